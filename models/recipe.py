"""Recipe: everything that decides a run's result. No torch."""

import copy
import json
import math
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from models.catalog import Catalog, did_you_mean
from models.data._records import LEADS_USED

Options = Mapping[str, Any]

BUNDLED = Path(__file__).with_name("recipes")
CATALOGS = {
    "objective": Catalog("models.objectives"),
    "backbone": Catalog("models.backbones"),
    "dataset": Catalog("models.data"),
    "probes": Catalog("models.probes"),
}


class RecipeError(ValueError):
    """A recipe that cannot be run as written; the message says what to change."""


@dataclass(frozen=True, kw_only=True)
class Stem:
    """The shared convolutional stem: one convolution for each kernel."""

    width: int = 512  # leads of every convolution's output but the last, which has the backbone's
    kernels: tuple[int, ...] = (3, 1, 1, 1)
    strides: tuple[int, ...] = (2, 1, 1, 1)
    normalises_windows: bool = False  # each lead of each window to mean 0, deviation 1, before all

    def __post_init__(self) -> None:
        object.__setattr__(self, "kernels", tuple(self.kernels))
        object.__setattr__(self, "strides", tuple(self.strides))
        _check_whole("stem.width", self.width, least=1)
        for name in ("kernels", "strides"):
            for value in getattr(self, name):
                _check_whole(f"each of stem.{name}", value, least=1)
        if not self.kernels or len(self.kernels) != len(self.strides):
            raise RecipeError(
                f"stem.kernels and stem.strides need one number for each convolution, found "
                f"{len(self.kernels)} and {len(self.strides)}."
            )
        if any(kernel % 2 == 0 for kernel in self.kernels):
            raise RecipeError(f"stem.kernels must be odd, found {list(self.kernels)}.")
        if not isinstance(self.normalises_windows, bool):
            raise RecipeError(
                f"stem.normalises_windows is true or false, found {self.normalises_windows!r}."
            )


@dataclass(frozen=True, kw_only=True)
class Alignment:
    """What follows pretraining where reports are to meet an encoder that no longer changes."""

    n_updates: int
    n_pairs: int | None = None  # training records with their reports, at most
    objective: str = "clip"  # one on pairs
    objective_options: Options = field(default_factory=dict)
    batch_size: int = 64  # pairs
    learning_rate: float = 1e-3
    weight_decay: float = 1e-3

    def __post_init__(self) -> None:
        _check_whole("alignment.n_updates", self.n_updates, least=1)
        _check_whole("alignment.batch_size", self.batch_size, least=2)
        if self.n_pairs is not None:
            _check_whole("alignment.n_pairs", self.n_pairs, least=1)
        for name in ("learning_rate", "weight_decay"):
            _check_positive(f"alignment.{name}", getattr(self, name), or_zero=name[0] == "w")
            object.__setattr__(self, name, float(getattr(self, name)))
        try:
            CATALOGS["objective"].check(self.objective)
        except LookupError as error:
            raise RecipeError(f"alignment.objective = {self.objective!r}: {error}") from None
        if not isinstance(self.objective_options, Mapping):
            raise RecipeError(
                f"alignment.objective_options must be a table, found {self.objective_options!r}."
            )


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """Everything that decides a run's result. Saved beside what it produced."""

    objective: str  # a file in models/objectives/
    backbone: str  # a file in models/backbones/
    seed: int = 0
    dataset: str = "synthetic"  # a file in models/data/
    n_records: int | None = None  # pretraining records at most; nested, whatever the seed
    n_updates: int  # 0 is the control with a random encoder
    batch_size: int = 64  # windows
    learning_rate: float = 3e-3
    weight_decay: float = 1e-3
    sampling_hz: int = 240
    window_s: float = 2.5
    n_leads: int = 12
    stem: Stem = field(default_factory=Stem)
    backbone_options: Options = field(default_factory=dict)
    objective_options: Options = field(default_factory=dict)
    dataset_options: Options = field(default_factory=dict)
    probe_options: Options = field(default_factory=dict)  # a table for each probe
    probes: tuple[str, ...] = ("linear",)
    precision: str = "fp32"  # or bf16: of the products in pretraining; probes are always fp32
    is_compiled: bool = False  # torch.compile of stem and backbone while pretraining
    parameter_budget: int | None = None  # of the backbone, whose size is then chosen to meet it
    alignment: Alignment | None = None  # after pretraining, with the encoder frozen
    paper: str = ""  # arXiv id whose settings these are; empty for our own
    # Options of the objectives, backbones and data sets not chosen; `with_changes` picks from them.
    # They decide nothing, so they are neither compared nor written.
    alternatives: Mapping[str, Mapping[str, Options]] = field(
        default_factory=dict, compare=False, repr=False
    )

    def __post_init__(self) -> None:
        object.__setattr__(self, "probes", tuple(self.probes))
        for name in _FLOATS:
            if _is_number(value := getattr(self, name)):
                object.__setattr__(self, name, float(value))
        for name in _TABLES:
            if not isinstance(getattr(self, name), Mapping):
                raise RecipeError(f"{name} must be a table, found {getattr(self, name)!r}.")
            object.__setattr__(self, name, copy.deepcopy(dict(getattr(self, name))))
        self._check_choices()
        self._check_numbers()
        _check_alternatives(self.alternatives)

    def __hash__(self) -> int:
        return hash(self.canonical_json())

    @property
    def n_times(self) -> int:
        return round(self.window_s * self.sampling_hz)

    @property
    def width(self) -> int:
        """Width D of the backbone: its own where stated, otherwise the stem's."""
        return int(self.backbone_options.get("width", self.stem.width))

    @classmethod
    def from_toml(cls, path: Path | str) -> "Recipe":
        try:
            settings = tomllib.loads(Path(path).read_text(encoding="utf-8"))
        except OSError as error:
            raise RecipeError(f"Cannot read recipe {path}: {error.strerror}.") from None
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise RecipeError(f"{path} is not TOML: {error}.") from None
        return cls.from_dict(settings, where=str(path))

    @classmethod
    def from_json(cls, text: str, where: str = "the JSON recipe") -> "Recipe":
        """Read what `canonical_json` wrote, or any JSON object with a recipe's keys."""
        try:
            settings = json.loads(text)
        except json.JSONDecodeError as error:
            raise RecipeError(f"{where} is not JSON: {error}.") from None
        if not isinstance(settings, dict):
            raise RecipeError(f"{where} must hold an object, found {type(settings).__name__}.")
        return cls.from_dict(settings, where=where)

    @classmethod
    def bundled(cls, name: str) -> "Recipe":
        """Read models/recipes/<name>.toml; an unknown name offers the nearest one."""
        if name not in (known := bundled_names()):
            raise RecipeError(f"No bundled recipe {name!r}.{_nearest(name, known)}")
        return cls.from_toml(BUNDLED / f"{name}.toml")

    @classmethod
    def from_dict(cls, settings: Mapping[str, Any], where: str = "the recipe") -> "Recipe":
        _refuse_unknown(settings, [each.name for each in fields(cls)], where=where)
        missing = [name for name in ("objective", "backbone", "n_updates") if name not in settings]
        if missing:
            raise RecipeError(f"{where} does not state {', '.join(missing)}.")
        made = dict(settings)
        stem = made.pop("stem", {})
        if not isinstance(stem, Mapping):
            raise RecipeError(f"{where}: stem must be a table, found {stem!r}.")
        _refuse_unknown(stem, [each.name for each in fields(Stem)], where=f"{where}, table stem,")
        for name in ("probes", "stem.kernels", "stem.strides"):
            value = {**made, **{f"stem.{key}": stem[key] for key in stem}}.get(name, [])
            if isinstance(value, str) or not isinstance(value, list | tuple):
                raise RecipeError(f"{where}: {name} must be a list, found {value!r}.")
        alternatives = made.get("alternatives", {})
        _check_alternatives(alternatives)
        if isinstance(made.get("alignment"), Mapping):
            made["alignment"] = _alignment(made["alignment"], alternatives, where=where)
        probes = made.get("probes", ["linear"])
        made.setdefault("probe_options", _stated(probes, alternatives))
        for choice in _CHOICES:
            chosen = made.get(choice, "synthetic" if choice == "dataset" else "")
            stated = alternatives.get(choice, {}).get(chosen, {})
            made.setdefault(f"{choice}_options", stated)
        try:
            return cls(stem=Stem(**stem), **made)
        except RecipeError as error:
            raise RecipeError(f"{where}: {error}") from None

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON values, all of them, so that `from_dict` gives an equal recipe."""
        made: dict[str, Any] = {}
        for each in fields(self):
            if each.name != "alternatives":
                made[each.name] = copy.deepcopy(getattr(self, each.name))
        for name in ("stem", "alignment"):
            part = made[name]
            made[name] = part and {each.name: getattr(part, each.name) for each in fields(part)}
        return dict(json.loads(json.dumps(made, allow_nan=False)))

    def canonical_json(self) -> str:
        """Return the one spelling of this recipe: keys in order, no spaces."""
        return json.dumps(self.to_dict(), sort_keys=True, separators=(",", ":"), ensure_ascii=True)

    def with_changes(self, changes: Mapping[str, Any]) -> "Recipe":
        """Return a changed copy; a dotted key, "backbone_options.n_layers", reaches into a table.

        Options belong to the objective, backbone or data set they were written for. Choosing
        another one therefore takes the options that this recipe's file states for it under
        `[alternatives.<objective|backbone|dataset>.<name>]`, or its class defaults; changes to
        options in the same call are applied after that. Probes bring theirs along from
        `[alternatives.probes.<name>]`.
        """
        settings = self.to_dict()
        known = [each.name for each in fields(self) if each.name != "alternatives"]
        for choice in _CHOICES:
            if choice in changes and changes[choice] != settings[choice]:
                stated = self.alternatives.get(choice, {}).get(str(changes[choice]), {})
                settings[f"{choice}_options"] = copy.deepcopy(dict(stated))
        if isinstance(probes := changes.get("probes"), list | tuple):
            stated = {**_stated(probes, self.alternatives), **settings["probe_options"]}
            settings["probe_options"] = {name: stated[name] for name in probes if name in stated}
        for key, value in changes.items():
            table, dot, rest = key.partition(".")
            _refuse_unknown([table], known, where=f"the change {key!r}")
            if not dot:
                settings[key] = value
                continue
            if table == "alignment" and settings[table] is None:
                settings[table] = {}
            place = settings[table]
            for part in (*rest.split(".")[:-1],):
                place = place.setdefault(part, {}) if isinstance(place, dict) else None
            if not isinstance(place, dict):
                raise RecipeError(f"The change {key!r} reaches into {table}, which is no table.")
            place[rest.split(".")[-1]] = value
        return type(self).from_dict({**settings, "alternatives": self.alternatives})

    def _check_choices(self) -> None:
        for name, catalog in CATALOGS.items():
            chosen = getattr(self, name)
            for one in chosen if name == "probes" else [chosen]:
                try:
                    catalog.check(one)
                except LookupError as error:
                    raise RecipeError(f"{name} = {one!r}: {error}") from None
        _refuse_unknown(self.probe_options, self.probes, where="probe_options")
        for name, options in self.probe_options.items():
            if not isinstance(options, Mapping):
                raise RecipeError(f"probe_options.{name} must be a table, found {options!r}.")
        if not isinstance(self.paper, str):
            raise RecipeError(f"paper must be text, found {self.paper!r}.")
        if not isinstance(self.alignment, Alignment | None):
            raise RecipeError(f"alignment must be a table, found {self.alignment!r}.")
        if self.precision not in _PRECISIONS:
            raise RecipeError(
                f"precision must be {' or '.join(_PRECISIONS)}, found {self.precision!r}."
            )
        if not isinstance(self.is_compiled, bool):
            raise RecipeError(f"is_compiled is true or false, found {self.is_compiled!r}.")

    def _check_numbers(self) -> None:
        for name, least in _WHOLE.items():
            if name in _MAY_BE_ABSENT and getattr(self, name) is None:
                continue
            _check_whole(name, getattr(self, name), least=least)
        for name in _FLOATS:
            _check_positive(name, getattr(self, name), or_zero=name == "weight_decay")
        if self.n_leads not in LEADS_USED:
            allowed = " or ".join(str(number) for number in sorted(LEADS_USED))
            raise RecipeError(f"n_leads must be {allowed}, found {self.n_leads}.")
        n_times = self.window_s * self.sampling_hz
        if abs(n_times - round(n_times)) > 1e-6:
            raise RecipeError(
                f"window_s={self.window_s:g} at sampling_hz={self.sampling_hz} is {n_times:g} "
                f"time points; it must be a whole number."
            )
        _check_whole("backbone_options.width", self.width, least=1)


_CHOICES = ("objective", "backbone", "dataset")
_TABLES = ("backbone_options", "objective_options", "dataset_options", "probe_options")
_FLOATS = ("learning_rate", "weight_decay", "window_s")
_WHOLE = {  # the least value each may have
    "seed": 0,
    "n_records": 1,
    "n_updates": 0,
    "batch_size": 2,
    "sampling_hz": 50,
    "n_leads": 1,
    "parameter_budget": 1,
}
_MAY_BE_ABSENT = ("n_records", "parameter_budget")
_PRECISIONS = ("fp32", "bf16")


def bundled_names() -> list[str]:
    return sorted(path.stem for path in BUNDLED.glob("*.toml"))


def _refuse_unknown(found: Iterable[str], known: Iterable[str], *, where: str) -> None:
    known = list(known)
    for name in found:
        if name not in known:
            raise RecipeError(f"{where} has an unknown key {name!r}.{_nearest(name, known)}")


def _nearest(name: str, known: Iterable[str]) -> str:
    known = list(known)
    return f"{did_you_mean(name, known)} Known: {', '.join(known) or 'none'}."


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _check_whole(name: str, value: Any, *, least: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise RecipeError(f"{name} must be a whole number from {least} up, found {value!r}.")


def _check_positive(name: str, value: Any, *, or_zero: bool = False) -> None:
    is_allowed = _is_number(value) and math.isfinite(value) and value >= 0
    if not is_allowed or (value == 0 and not or_zero):
        raise RecipeError(f"{name} must be a positive number, found {value!r}.")


def _alignment(settings: Mapping[str, Any], alternatives: Any, *, where: str) -> Alignment:
    _refuse_unknown(
        settings, [each.name for each in fields(Alignment)], where=f"{where}, table alignment,"
    )
    if "n_updates" not in settings:
        raise RecipeError(f"{where}, table alignment, does not state n_updates.")
    chosen = str(settings.get("objective", "clip"))
    options = alternatives.get("objective", {}).get(chosen, {})
    return Alignment(**{"objective_options": copy.deepcopy(dict(options)), **settings})


def _stated(probes: Iterable[Any], alternatives: Any) -> dict[str, Options]:
    """Options that a recipe's file states for such of these probes as it speaks of."""
    known = alternatives.get("probes", {})
    return {str(name): copy.deepcopy(dict(known[name])) for name in probes if name in known}


def _check_alternatives(alternatives: Any) -> None:
    if not isinstance(alternatives, Mapping):
        raise RecipeError(f"alternatives must be a table, found {alternatives!r}.")
    _refuse_unknown(alternatives, [*_CHOICES, "probes"], where="alternatives")
    for choice, tables in alternatives.items():
        for name, options in tables.items():
            try:
                CATALOGS[choice].check(name)
            except LookupError as error:
                raise RecipeError(f"alternatives.{choice}.{name}: {error}") from None
            if not isinstance(options, Mapping):
                raise RecipeError(f"alternatives.{choice}.{name} must be a table.")
