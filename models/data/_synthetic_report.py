"""The sentence or three that a reader would write under a synthetic record."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

_NAMES = {
    "MI": (
        ("anterior myocardial infarction", "loss of R waves in V1 to V4, anterior infarct"),
        ("inferior myocardial infarction", "Q waves in II, III and aVF, inferior infarct"),
        ("lateral myocardial infarction", "Q waves in I and aVL, lateral infarct"),
    ),
    "STTC": (("ST-T changes", "ST depression with flat T waves", "repolarisation abnormality"),),
    "CD": (
        ("right bundle branch block", "RSR pattern in V1, right bundle branch block"),
        ("left bundle branch block", "broad notched QRS, left bundle branch block"),
        ("first degree AV block", "prolonged PR interval"),
    ),
    "HYP": (("left ventricular hypertrophy", "high voltage, suggesting LV hypertrophy"),),
}
_ABSENT = {
    "MI": "no sign of infarction",
    "STTC": "no ST-T abnormality",
    "CD": "normal conduction",
    "HYP": "no hypertrophy",
}
_NORMAL = ("Normal ECG.", "Within normal limits.", "No abnormality found.", "Unremarkable tracing.")
_DOUBT = ("Possible {}.", "Borderline {}.", "Suspected {}.", "Slight {}.")
_CERTAIN = ("{}.", "Marked {}.", "There is {}.", "Consistent with {}.")


def write(
    *,
    findings: Mapping[str, float],
    kinds: Mapping[str, int],
    rate: float,
    draws: npt.NDArray[np.float32],
) -> str:
    """Compose a report; `draws` are at least 12 numbers in [0, 1) that choose the wording.

    >>> write(
    ...     findings={"MI": 0.0, "STTC": 0.8, "CD": 0.0, "HYP": 0.0},
    ...     kinds={},
    ...     rate=71.6,
    ...     draws=np.zeros(12, dtype=np.float32),
    ... )
    'Sinus rhythm at 72/min. ST-T changes. No sign of infarction.'
    """
    sentences = [_rhythm(rate, float(draws[0]))]
    present = [label for label in findings if findings[label] > 0]
    for place, label in enumerate(present):
        wordings = _NAMES[label][kinds.get(label, 0)]
        frames = _CERTAIN if findings[label] > 0.4 else _DOUBT
        finding = _pick(wordings, draws[1 + place])
        sentences.append(_capital(_pick(frames, draws[5 + place]).format(finding)))
    if not present:
        sentences.append(_pick(_NORMAL, draws[9]))
    absent = [label for label in findings if label not in present]
    if absent and draws[10] < 0.6:
        sentences.append(_capital(_ABSENT[_pick(absent, draws[11])] + "."))
    return " ".join(sentences)


def _rhythm(rate: float, draw: float) -> str:
    name = (
        "Sinus bradycardia" if rate < 55 else "Sinus tachycardia" if rate > 100 else "Sinus rhythm"
    )
    wordings = (f"{name} at {rate:.0f}/min.", f"{name}.", f"{name}, rate {rate:.0f}.")
    return _pick(wordings, draw)


def _pick(choices: "tuple[str, ...] | list[str]", draw: "float | np.float32") -> str:
    return choices[int(float(draw) * len(choices))]


def _capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]
