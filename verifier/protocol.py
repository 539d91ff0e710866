"""A claim's protocol, decided before the first run: what is compared with what, and how.

Read from verifier/claims/<id>.toml. Pure data and its reading; experiment.py carries it out.
"""

import json
import os
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from models.catalog import did_you_mean
from verifier.claim import Claim, InputError
from verifier.verdict import Kind

CLAIMS = Path(__file__).parent / "claims"
PRESETS_FILE = "_presets.toml"


def _listed(changes: Mapping[str, Any]) -> str:
    return ", ".join(f"{key} = {value}" for key, value in changes.items())


@dataclass(frozen=True, kw_only=True)
class Arm:
    """One setting of a recipe, by the changes it makes to the base recipe."""

    name: str
    changes: Mapping[str, Any] = field(default_factory=dict)

    @property
    def says(self) -> str:
        """What it changes, in words; empty if nothing."""
        return _listed(self.changes)


@dataclass(frozen=True, kw_only=True)
class Stress:
    """A nuisance that might explain the result: the same comparison with some arms changed."""

    name: str
    changes: Mapping[str, Any] = field(default_factory=dict)
    arms: tuple[str, ...] = ()  # the arms it changes; empty: all of them
    own_changes: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)  # by arm, on top
    contexts: tuple[str, ...] = ()  # the contexts it is tried in; empty: all of them
    sizes: str = "largest"  # or "all" of the protocol's
    fixes_epochs: bool = False  # as many passes over the records at every size as at the largest
    redraws_subsets: bool = False  # below the largest, other records at every size

    @property
    def says(self) -> str:
        """What it changes, in words.

        >>> Stress(name="s", arms=("b",), changes={"batch_size": 64}, fixes_epochs=True).says
        'batch_size = 64; as many epochs at every size; in b'
        """
        own = [f"{_listed(changes)} in {arm}" for arm, changes in self.own_changes.items()]
        epochs = ["as many epochs at every size"] if self.fixes_epochs else []
        subsets = ["other records at every size"] if self.redraws_subsets else []
        arms = [f"in {', '.join(self.arms)}"] if self.arms and not own else []
        contexts = [f"with {', '.join(self.contexts)}"] if self.contexts else []
        said = [_listed(self.changes), *own, *epochs, *subsets, *arms, *contexts]
        return "; ".join(each for each in said if each)


@dataclass(frozen=True, kw_only=True)
class Preset:
    """How thorough a verification is; the same for every protocol so that claims share runs."""

    name: str
    n_seeds: int
    n_stress_seeds: int | None = None  # the first of the seeds; None: all, 0: no stress arms
    changes: Mapping[str, Any] = field(default_factory=dict)  # applied to every recipe
    sizes: tuple[int, ...] = ()  # pretraining records, smallest first
    rotates_folds: bool = False  # each seed tests on another fold, where a data set has several
    says: str = ""  # in plain words, what it can decide

    def __post_init__(self) -> None:
        sizes = list(self.sizes)
        if any(size < 1 for size in sizes) or sizes != sorted(set(sizes)):
            raise InputError(
                f"preset {self.name!r}: sizes = {sizes}; they must be above 0 and rise, "
                "the smallest first, none of them twice."
            )
        if self.n_seeds < 1:
            raise InputError(f"preset {self.name!r}: n_seeds = {self.n_seeds}; at least 1.")


@dataclass(frozen=True, kw_only=True)
class Protocol:
    """Everything that decides what is run and how it is judged.

    Members of the claim are the pairs (favoured arm, rival arm) in every context and at every
    size; the claim holds if each favoured arm beats its rival by more than `delta`.
    """

    id: str
    hypothesis: str
    words: str  # what the test can and cannot say
    check: str  # a file in verifier/checks/
    recipe: str  # a bundled recipe of models/recipes/
    changes: Mapping[str, Any] = field(default_factory=dict)  # of that recipe, for all arms alike
    favoured: tuple[Arm, ...]
    rivals: tuple[Arm, ...] = ()
    contexts: tuple[Arm, ...] = ()  # settings in which arms are compared, e.g. objectives
    controls: tuple[Arm, ...] = ()  # e.g. the random encoder
    stress: tuple[Stress, ...] = ()  # each compares again
    sizes: str = "largest"  # which of the preset's sizes: "largest" or "all"
    metric: str = "macro_auroc"  # a name in verifier/statistics/metrics.py
    probes: tuple[str, ...] = ("linear",)  # every member is asked of each
    options: Mapping[str, Any] = field(default_factory=dict)  # what its check may be told
    delta: float = 0.02
    why_delta: str = (
        "Training the same arm again with another seed moves its macro AUROC by about 0.015 at "
        "this scale (one standard deviation, measured before any protocol was run, see "
        "verifier/spreads.toml), so whoever trains once would not notice less than 0.02."
    )
    limits: tuple[str, ...] = ()  # what the claim says that this protocol does not test
    beyond: str = ""  # what the claim is about, where no run of ours can be inside it

    @property
    def probe(self) -> str:
        """The first probe, which the tables of runs show."""
        return self.probes[0]

    def __post_init__(self) -> None:
        if not self.probes:
            raise InputError(f"{self.id}: probes is empty; name at least one, such as 'linear'.")
        if self.sizes not in ("largest", "all"):
            raise InputError(f"{self.id}: sizes = {self.sizes!r}; allowed: 'largest', 'all'.")
        if not self.delta > 0:
            raise InputError(f"{self.id}: delta = {self.delta}; it must be above 0.")
        self._check_names()
        arms = {arm.name for arm in (*self.favoured, *self.rivals)}
        for stress in self.stress:
            if unknown := set(stress.arms) - arms:
                raise InputError(
                    f"{self.id}: the stress {stress.name!r} changes {', '.join(sorted(unknown))}, "
                    f"but the arms are {', '.join(sorted(arms))}."
                )
            self._check_stress(stress)

    def _check_names(self) -> None:
        """What has one name would be counted as one, and silently."""
        arms = [arm.name for arm in (*self.favoured, *self.rivals)]
        contexts = [context.name for context in self.contexts]
        roles = ["arm", *(each.name for each in self.controls), *(s.name for s in self.stress)]
        for names in (arms, contexts, roles):
            if twice := sorted({name for name in names if names.count(name) > 1}):
                raise InputError(f"{self.id}: {', '.join(twice)} is there twice.")

    def _check_stress(self, stress: Stress) -> None:
        where = f"{self.id}: the stress {stress.name!r}"
        contexts = [context.name for context in self.contexts]
        if unknown := set(stress.contexts) - set(contexts):
            raise InputError(
                f"{where} names the contexts {', '.join(sorted(unknown))}; "
                f"there are {', '.join(contexts) or 'none'}."
            )
        arms = [arm.name for arm in (*self.favoured, *self.rivals)]
        if unknown := set(stress.own_changes) - set(stress.arms or arms):
            raise InputError(f"{where} has own_changes for {', '.join(sorted(unknown))}, no arm.")
        if stress.sizes not in ("largest", "all"):
            raise InputError(f"{where}: sizes = {stress.sizes!r}; allowed: 'largest', 'all'.")
        if stress.sizes == "all" and self.sizes != "all":
            raise InputError(f"{where} wants all sizes, but the protocol uses the largest alone.")
        by_planning = stress.fixes_epochs or stress.redraws_subsets
        if not (stress.changes or stress.own_changes or by_planning):
            raise InputError(f"{where} changes nothing.")


@dataclass(frozen=True, kw_only=True)
class Expectation:
    """One fact of a described setting, looked up in what the bundled module really builds."""

    says: str
    fact: str  # dotted path into the description, e.g. "stem.n_convolutions"
    equals: Any
    recipe: str


@dataclass(frozen=True, kw_only=True)
class BundledClaim:
    """One file of verifier/claims/."""

    claim: Claim
    protocol: Protocol | None
    expectations: tuple[Expectation, ...]
    note: str
    untested_because: str  # for an empirical claim without a protocol
    toml: str  # the file as it stands, for people to read


def protocol_hash(protocol: Protocol, preset: Preset) -> str:
    """Digest of all that was decided beforehand; a changed protocol is a new one."""
    asked = {key: value for key, value in asdict(protocol).items() if key != "beyond" or value}
    decided = {key: value for key, value in asdict(preset).items() if key != "says"}
    parts = {"protocol": asked, "preset": decided}
    return sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def stands(digest: str, protocol: Protocol | None) -> bool:
    """Whether what was decided under a `protocol_hash` is decided by this protocol as it is now."""
    return protocol is not None and digest in hashes(protocol)


def hashes(protocol: Protocol) -> set[str]:
    """A protocol as it is now, under each preset."""
    return {protocol_hash(protocol, preset) for preset in presets().values()}


def hashes_by_protocol() -> set[tuple[str, str]]:
    """Every (protocol, hash) that decides a claim today; what any other decided is outdated."""
    tested = {id: entry.protocol for id, entry in bundled().items() if entry.protocol is not None}
    return {(id, digest) for id, protocol in tested.items() for digest in hashes(protocol)}


def folders(environment: Mapping[str, str] = os.environ) -> tuple[Path, ...]:
    """Where claim files lie: ours, and the folder that VERIFIER_CLAIMS names, if any."""
    own = environment.get("VERIFIER_CLAIMS")
    return (CLAIMS, Path(own).absolute()) if own else (CLAIMS,)


def bundled() -> Mapping[str, BundledClaim]:
    """Every claim that has a file, by id, in the order of the files' names."""
    return _read_folders(folders())


@cache
def _read_folders(found: tuple[Path, ...]) -> Mapping[str, BundledClaim]:
    claims: dict[str, BundledClaim] = {}
    for folder in found:
        if not folder.is_dir():
            raise InputError(f"VERIFIER_CLAIMS: there is no folder {folder}.")
        paths = sorted(path for path in folder.glob("*.toml") if not path.name.startswith("_"))
        claims |= {path.stem: read_claim(path) for path in paths}
    return claims


def entry_for(claim: Claim) -> BundledClaim | None:
    """The bundled claim whose protocol tests this claim; one without any says why it has none."""
    if claim.protocol_id is not None:
        return bundled().get(claim.protocol_id)
    own = bundled().get(claim.id)
    return own if own is not None and own.claim.protocol_id is None else None


def presets() -> Mapping[str, Preset]:
    """By name; those of VERIFIER_CLAIMS come after ours and may replace them."""
    return _read_presets(folders())


@cache
def _read_presets(found: tuple[Path, ...]) -> Mapping[str, Preset]:
    by_name = {}
    for path in (folder / PRESETS_FILE for folder in found):
        tables = tomllib.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        for name, table in tables.items():
            _refuse_unknown(table, Preset, where=f"{path.name} [{name}]", but={"name"})
            by_name[name] = Preset(
                **{**table, "name": name, "sizes": tuple(table.get("sizes", ()))}
            )
    return by_name


def preset_named(name: str) -> Preset:
    known = presets()
    if name not in known:
        raise InputError(f"There is no preset {name!r}. Known: {', '.join(known)}.")
    return known[name]


CLAIM_KEYS = {"statement", "kind", "study", "topic", "context", "note", "protocol", "conformity"}
CLAIM_KEYS |= {"untested_because"}


def read_claim(path: Path) -> BundledClaim:
    """Read one claim file; a misspelt key is refused by name.

    Raises:
        InputError: what is wrong, in which file.
    """
    text = path.read_text(encoding="utf-8")
    table = tomllib.loads(text)
    _refuse_unknown(table, CLAIM_KEYS, where=path.name)
    kind = Kind(table["kind"])
    protocol = _protocol(path.stem, table["protocol"]) if "protocol" in table else None
    claim = Claim(
        id=path.stem,
        statement=table["statement"],
        kind=kind,
        origin="bundled",
        study=table.get("study"),
        topic=table.get("topic", ""),
        protocol_id=path.stem if protocol is not None or "conformity" in table else None,
        context_needed=table.get("context", ""),
    )
    return BundledClaim(
        claim=claim,
        protocol=protocol,
        expectations=_expectations(path.name, table.get("conformity", {})),
        note=table.get("note", {}).get("text", ""),
        untested_because=table.get("untested_because", ""),
        toml=text,
    )


def _protocol(claim_id: str, table: Mapping[str, Any]) -> Protocol:
    where = f"{claim_id}.toml [protocol]"
    _refuse_unknown(table, Protocol, where=where, but={"id"})
    arms = {
        role: tuple(_arm(entry, where=f"{where} {role}") for entry in table.get(role, ()))
        for role in ("favoured", "rivals", "contexts", "controls")
    }
    stress = tuple(_stress(entry, where=f"{where} stress") for entry in table.get("stress", ()))
    lists = {name: tuple(table[name]) for name in ("limits", "probes") if name in table}
    return Protocol(**{**table, **arms, **lists, "id": claim_id, "stress": stress})


def _stress(entry: Mapping[str, Any], *, where: str) -> Stress:
    _refuse_unknown(entry, Stress, where=where)
    lists = {name: tuple(entry.get(name, ())) for name in ("arms", "contexts")}
    return Stress(**{**entry, **lists})


def _arm(entry: Mapping[str, Any], *, where: str) -> Arm:
    _refuse_unknown(entry, Arm, where=where)
    return Arm(**entry)


def _expectations(name: str, table: Mapping[str, Any]) -> tuple[Expectation, ...]:
    _refuse_unknown(table, {"recipes", "expect"}, where=f"{name} [conformity]")
    found = []
    for entry in table.get("expect", ()):
        allowed = {"says", "fact", "equals", "recipes"}
        _refuse_unknown(entry, allowed, where=f"{name} [[conformity.expect]]")
        recipes = entry.get("recipes", table.get("recipes", ()))
        if not recipes:
            raise InputError(f"{name}: the expectation {entry['says']!r} names no recipes.")
        said = {key: value for key, value in entry.items() if key != "recipes"}
        found += [Expectation(**said, recipe=recipe) for recipe in recipes]
    return tuple(found)


def _refuse_unknown(
    table: Mapping[str, Any],
    allowed: type[Any] | set[str],
    *,
    where: str,
    but: frozenset[str] | set[str] = frozenset(),
) -> None:
    names = allowed if isinstance(allowed, set) else {f.name for f in fields(allowed)} - but
    for key in table:
        if key not in names:
            hint = did_you_mean(key, names)
            raise InputError(
                f"{where}: there is no {key!r}.{hint} Allowed: {', '.join(sorted(names))}."
            )
