"""How invented patients and their records differ, and what each finding does to the heart's dipole.

Sizes are chosen to look like an ECG and to be hard to tell apart, not measured on patients.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from models.data import _heart

FINDINGS = ("MI", "STTC", "CD", "HYP")
N_DRAWS = 48  # numbers each patient and each record draws beforehand; spares are free
_N_BEATS = 40  # 10 s at 180 per minute, and a margin

Array = npt.NDArray[np.float32]


@dataclass(frozen=True, kw_only=True)
class Draws:
    """Numbers drawn beforehand, a column for each use, so that batches stay vectorised."""

    uniform: Array  # (R, 48)
    normal: Array  # (R, 48)

    @classmethod
    def of(cls, pairs: list[tuple[npt.NDArray[Any], npt.NDArray[Any]]]) -> "Draws":
        return cls(
            uniform=np.stack([pair[0] for pair in pairs]).astype(np.float32),
            normal=np.stack([pair[1] for pair in pairs]).astype(np.float32),
        )


def findings_of(person: Draws, moment: Draws) -> dict[str, npt.NDArray[Any]]:
    """Severity of each finding in [0, 1], 0 where absent; shares resemble PTB-XL's."""
    is_sick = person.uniform[:, 0] > 0.42
    present = person.uniform[:, 1:5] < np.array([0.42, 0.40, 0.38, 0.24])
    forced = (person.uniform[:, 5] * 4).astype(int)
    without = ~present.any(axis=1)
    present[without, forced[without]] = True
    present &= is_sick[:, None]
    severity = 0.12 + 0.88 * person.uniform[:, 6:10] ** 1.3
    severity = np.clip(severity * np.exp(0.25 * moment.normal[:, :4]), 0.08, 1.0)
    severity = np.where(present, severity, 0.0).astype(np.float32)
    found: dict[str, npt.NDArray[Any]] = dict(zip(FINDINGS, severity.T, strict=True))
    found["mi_kind"] = (person.uniform[:, 10] * 3).astype(int)  # anterior, inferior, lateral
    found["cd_kind"] = (person.uniform[:, 11] * 3).astype(int)  # right, left bundle, AV delay
    return found


def rr_s(person: Draws, moment: Draws) -> Array:
    rate = 72 * np.exp(0.17 * person.normal[:, 0] + 0.08 * moment.normal[:, 4])
    return np.asarray(60 / np.clip(rate, 42, 150), dtype=np.float32)


def beats(person: Draws, moment: Draws) -> Array:
    """Times of the R peaks (R, 40): breathing, jitter, and for a few a wholly irregular rhythm."""
    rr = rr_s(person, moment)[:, None]
    beat = np.arange(_N_BEATS, dtype=np.float32)[None, :]
    breath = np.sin(2 * np.pi * (beat * rr * 0.25 + moment.uniform[:, :1]))
    irregular = np.where(person.uniform[:, 12:13] < 0.1, 0.16, 0.02)
    jitter = moment.normal[:, -_N_BEATS:] * irregular
    intervals = rr * np.clip(1 + 0.04 * breath + jitter, 0.6, 1.6)
    start = -rr * (1 + moment.uniform[:, 1:2])
    return np.asarray(start + np.cumsum(intervals, axis=1) - intervals[:, :1], dtype=np.float32)


def waves(person: Draws, moment: Draws, found: dict[str, npt.NDArray[Any]]) -> _heart.Waves:
    """Bumps P, Q, R, S, late QRS, ST, T-rise, T-peak of each record."""
    mi, sttc, cd, hyp = (found[label] for label in FINDINGS)
    n_records = len(mi)
    base = np.array(  # x, y, z in mV, standing for a middle-aged healthy heart
        [
            [0.07, 0.11, -0.02],
            [-0.10, -0.04, -0.14],
            [1.00, 0.75, 0.38],
            [-0.20, -0.16, 0.36],
            [0.0, 0.0, 0.0],
            [0.01, 0.01, -0.02],
            [0.09, 0.08, -0.07],
            [0.22, 0.18, -0.15],
        ]
    ).T
    dipole = np.tile(base, (n_records, 1, 1))
    own_size = np.exp(0.22 * person.normal[:, 8:16] + 0.05 * moment.normal[:, 40:48])
    own_size[:, 6] = own_size[:, 7]  # one T wave
    dipole *= own_size[:, None, :]
    dipole[:, :, 5] += 0.02 * person.normal[:, 16:19]
    dipole[:, :, 7] += 0.05 * person.normal[:, 19:22]

    regions = np.array([[0.1, 0.0, 0.42], [0.0, -0.40, 0.0], [-0.42, 0.0, 0.05]])
    region = regions[found["mi_kind"]] * mi[:, None]
    dipole[:, :, 1] += region
    dipole[:, :, 2] *= 1 - 0.22 * mi[:, None]
    dipole[:, :, 7] += 0.55 * region
    dipole[:, :, 5] -= 0.10 * region

    dipole[:, :, 5] += sttc[:, None] * np.array([-0.07, -0.06, 0.05])
    dipole[:, :, 6:8] *= (1 - 1.05 * sttc)[:, None, None]

    late = np.array([[-0.50, -0.05, -0.48], [0.50, 0.15, 0.42], [0.0, 0.0, 0.0]])
    dipole[:, :, 4] += late[found["cd_kind"]] * cd[:, None]
    is_left_bundle = found["cd_kind"] == 1
    dipole[:, :, 7] *= np.where(is_left_bundle, 1 - 0.9 * cd, 1.0)[:, None]
    dipole[:, :, 2] *= np.where(is_left_bundle, 1 - 0.2 * cd, 1.0)[:, None]

    dipole[:, :, 2:4] *= (1 + 0.50 * hyp)[:, None, None]
    dipole[:, 2, 2] += 0.25 * hyp
    strained = person.uniform[:, 13] < 0.4
    dipole[:, :, 7] -= np.where(strained, hyp, 0.0)[:, None] * np.array([0.16, 0.10, -0.10])

    dipole = np.einsum("rij,rjw->riw", _rotations(person, moment, hyp), dipole)
    dipole *= np.exp(0.24 * person.normal[:, 22] + 0.06 * moment.normal[:, 5])[:, None, None]

    rr = rr_s(person, moment)
    qt = np.sqrt(rr) * np.exp(0.05 * person.normal[:, 23])
    delay = np.where(found["cd_kind"] == 2, 0.10 * cd, 0.0)
    pr = np.clip(0.155 + 0.018 * person.normal[:, 24] + delay, 0.10, 0.45 * rr)
    breadth = np.exp(0.10 * person.normal[:, 25])
    slow = np.where(is_left_bundle, 1 + 0.55 * cd, 1 + 0.12 * cd)
    one = np.ones(n_records)
    centre = [-pr, -0.024 * breadth, 0 * one, 0.026 * breadth * slow]
    centre += [0.050 * breadth * slow, 0.13 * qt, 0.25 * qt, 0.31 * qt]
    width = [0.020 * (1 + 0.4 * hyp), 0.009 * breadth * (1 + 0.5 * mi), 0.011 * breadth * slow]
    width += [0.011 * breadth * slow, 0.015 * breadth, 0.04 * one, 0.045 * qt, 0.036 * qt]
    return _heart.Waves(
        centre_s=np.stack(centre, axis=1).astype(np.float32),
        width_s=np.stack(width, axis=1).astype(np.float32),
        dipole_mv=dipole.astype(np.float32),
    )


def _rotations(person: Draws, moment: Draws, hyp: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return (R, 3, 3): the heart's position in the chest, turned a little by each breath held."""
    frontal = 0.30 * person.normal[:, 26] + 0.06 * moment.normal[:, 6] - 0.25 * hyp
    across = 0.22 * person.normal[:, 27] + 0.05 * moment.normal[:, 7]
    one, zero = np.ones_like(frontal), np.zeros_like(frontal)
    cos, sin = np.cos(frontal), np.sin(frontal)
    in_front = np.array([[cos, -sin, zero], [sin, cos, zero], [zero, zero, one]])
    cos, sin = np.cos(across), np.sin(across)
    from_above = np.array([[cos, zero, -sin], [zero, one, zero], [sin, zero, cos]])
    return np.einsum("ijr,jkr->rik", in_front, from_above)


def electrodes(person: Draws, moment: Draws) -> Array:
    """Gain of each lead (R, 12); chest electrodes are placed less exactly than limb ones."""
    spread = np.array([0.04] * 6 + [0.16] * 6)
    gain = np.exp(spread * (person.normal[:, 28:40] + 0.5 * moment.normal[:, 8:20]))
    return np.asarray(gain, dtype=np.float32)


@dataclass(frozen=True, kw_only=True)
class Wave:
    """One sine of each record, in all leads at once."""

    rate_hz: Array  # (R,)
    phase: Array  # (R, 1), in turns
    size_mv: Array  # (R, 12)


def muscle_mv(moment: Draws, sampling_hz: int) -> Array:
    """Standard deviation (R,) of white noise at the recording's rate: per hertz it is the same."""
    muscle = 0.018 * np.exp(0.7 * moment.normal[:, 20])
    return np.asarray(muscle * np.sqrt(sampling_hz / 100), dtype=np.float32)


def hum(moment: Draws, sampling_hz: int) -> list[Wave]:
    """Baseline wander of breath and drift, and mains, where the recording's rate can show them."""
    wander = np.exp(0.6 * moment.normal[:, 22])[:, None] * 0.05 * moment.normal[:, 23:35]
    breath_hz = 0.15 + 0.25 * moment.uniform[:, 2]
    drift_hz = 0.03 + 0.10 * moment.uniform[:, 3]
    mains_hz = 49.7 + 0.29 * moment.uniform[:, 4]  # below half the lowest sampling rate, 100 Hz
    mains = 0.006 * np.exp(moment.normal[:, 21])[:, None] * moment.normal[:, 35:47]
    waves = [(breath_hz, 5, wander), (drift_hz, 6, 1.5 * wander[:, ::-1]), (mains_hz, 7, mains)]
    return [
        Wave(
            rate_hz=rate_hz,
            phase=moment.uniform[:, column : column + 1],
            size_mv=size.astype(np.float32),
        )
        for rate_hz, column, size in waves
        # a recorder's anti-aliasing filter would have removed what is faster
        if sampling_hz >= 2 * float(rate_hz.max())
    ]


def disturbances(moment: Draws, noise: Array, sampling_hz: int) -> Array:
    """Baseline wander, muscle and mains, (R, 12, T) in millivolts; `noise` is used up."""
    n_times = noise.shape[2]
    times = np.arange(n_times, dtype=np.float32) / np.float32(sampling_hz)
    noise *= muscle_mv(moment, sampling_hz)[:, None, None]
    for each in hum(moment, sampling_hz):
        turns = each.rate_hz[:, None] * times[None, :] + each.phase
        noise += each.size_mv[:, :, None] * np.sin(2 * np.pi * turns).astype(np.float32)[:, None, :]
    return noise
