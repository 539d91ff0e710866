"""Zero-shot: labels are told apart by the texts that name them; nothing is fitted or chosen.

Scored in two ways: by the cosine with the mean of a label's names, and as ZETA does
(arXiv:2510.21551) by observations that speak for the label minus those that speak against it,
whose measurements are named `observations/…`.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from models.catalog import did_you_mean
from models.data._records import Records, Split
from models.embedding import Examined
from models.measurement import Measurement
from models.probes._folds import labelled_folds
from models.probes._points import Points, of_records, of_texts, unit
from models.probes._result import ProbeResult, discrimination
from models.recipe import RecipeError

NEEDS_TEXTS = True

_KINDS = ("names", "positive", "negative")
_SCORED: tuple[Split, ...] = ("validation", "test")

Prompts = Mapping[str, Sequence[str]]  # the texts of each kind, for one label


def evaluate(
    examined: Examined,
    *,
    languages: Sequence[str] = ("en",),
    prompts: Mapping[str, Any] | None = None,
) -> ProbeResult:
    """Score every label. `prompts`, a table for each label, go before those of prompts.toml."""
    records = examined.records
    asked = check(records, languages=languages, prompts=prompts)
    by_name = np.stack([_towards_names(examined, each) for each in asked.values()])
    by_observation = np.stack([_towards_observations(examined, each) for each in asked.values()])
    rows = labelled_folds(records, n_records=None, subset_seed=0, probe="zero_shot")
    measurements: list[Measurement] = []
    for split in _SCORED:
        points = of_records(examined, rows[split])
        scores = (points @ by_name.T).astype(np.float32)
        observed = (points @ by_observation.T).astype(np.float32)
        measurements += discrimination("zero_shot", split, records, rows[split], scores)
        found = discrimination("zero_shot", split, records, rows[split], observed)
        measurements += [replace(each, name=f"observations/{each.name}") for each in found]
    return ProbeResult(
        rows=rows["test"],
        scores=scores,
        per_record={"observation_scores": observed},
        measurements=tuple(measurements),
        details={"prompts": asked},
    )


def check(
    records: Records,
    *,
    languages: Sequence[str] = ("en",),
    prompts: Mapping[str, Any] | None = None,
) -> dict[str, Prompts]:
    """The prompts of every label, or, before anything is trained, what is wrong with them."""
    return prompts_for(records.label_names, languages=languages, prompts=prompts or {})


def prompts_for(
    labels: Sequence[str], *, languages: Sequence[str], prompts: Mapping[str, Any]
) -> dict[str, Prompts]:
    """Return the prompts of each label, or say for which there are none."""
    known = {**bundled(languages), **prompts}
    for label, kinds in prompts.items():
        if label not in labels:
            hint = did_you_mean(label, labels)
            raise RecipeError(
                f"probe_options.zero_shot.prompts has {label!r}, which is no label.{hint}"
            )
        if not isinstance(kinds, Mapping) or any(not kinds.get(kind) for kind in _KINDS):
            raise RecipeError(
                f"probe_options.zero_shot.prompts.{label} needs lists {', '.join(_KINDS)}."
            )
    missing = [label for label in labels if label not in known]
    if missing:
        raise RecipeError(
            f"No prompts for {', '.join(missing)}; state them as "
            f"probe_options.zero_shot.prompts.{missing[0]} with lists {', '.join(_KINDS)}."
        )
    return {label: known[label] for label in labels}


def bundled(languages: Sequence[str]) -> dict[str, Prompts]:
    """Read prompts.toml; with several languages a label has the prompts of them all."""
    tables = tomllib.loads(Path(__file__).with_name("prompts.toml").read_text(encoding="utf-8"))
    unknown = sorted(set(languages) - tables.keys())
    if unknown or not languages:
        raise RecipeError(
            f"probe_options.zero_shot.languages are of {', '.join(tables)}, "
            f"found {', '.join(unknown) or 'none'}."
        )
    return {
        label: {
            kind: [text for language in languages for text in tables[language][label][kind]]
            for kind in _KINDS
        }
        for label in tables[languages[0]]
    }


def _towards_names(examined: Examined, prompts: Prompts) -> Points:
    """Direction (P,) of the mean of a label's names, of length 1, as CLIP ensembles prompts."""
    mean = of_texts(examined, prompts["names"]).mean(axis=0)
    return unit(mean[None])[0]


def _towards_observations(examined: Examined, prompts: Prompts) -> Points:
    """Difference (P,) that gives mean cosine with what speaks for it minus with what against."""
    positive = of_texts(examined, prompts["positive"]).mean(axis=0)
    return positive - of_texts(examined, prompts["negative"]).mean(axis=0)
