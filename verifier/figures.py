"""How well both witnesses are calibrated, where the dashboard finds it."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from verifier.statistics.reliability import calibration_error, reliability
from verifier.verdict import Finding

NAME = "calibration.json"
# what the literature's stack said of labelled pairs that it was not fitted on, by corpus
LITERATURE = Path(__file__).with_name("literature") / "reliability.json"
FINDINGS = (Finding.SUPPORTED, Finding.CONTRADICTED, Finding.INCONCLUSIVE)  # the columns there
BUNDLED = Path(__file__).with_name("calibration.json")


def keep(home: Path, found: Mapping[str, Any]) -> Path:
    """Write what a calibration found, whole or not at all."""
    path = home / NAME
    half_made = path.with_name(f".{NAME}.{os.getpid()}")
    half_made.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    half_made.replace(path)
    return path


def last(home: Path) -> tuple[Mapping[str, Any], bool]:
    """The last calibration made here, and whether it was; otherwise the bundled one."""
    path = home / NAME
    own = path if path.is_file() else None
    found: Mapping[str, Any] = json.loads((own or BUNDLED).read_text(encoding="utf-8"))
    return found, own is not None


def of_literature(path: Path = LITERATURE) -> dict[str, dict[str, Any]]:
    """For each corpus of labelled pairs: n, the calibration error, and what came of what was said.

    What is said of a pair is the probability of its likeliest finding. Empty where nothing is kept.
    """
    if not path.is_file():
        return {}
    found = {}
    for corpus, kept in json.loads(path.read_text(encoding="utf-8")).items():
        probabilities = np.array(kept["probabilities"], dtype=np.float64)
        words = [finding.value for finding in FINDINGS]
        labels = np.array(
            [words.index(each) if isinstance(each, str) else int(each) for each in kept["labels"]]
        )
        said, came = probabilities.max(axis=1), probabilities.argmax(axis=1) == labels
        found[corpus] = {
            "n": len(said),
            "expected_calibration_error": calibration_error(said, came),
            "reliability": reliability(said, came),
        }
    return found
