"""The synthetic heart: a dipole of Gaussian waves seen by twelve leads.

Each beat is a sum of Gaussian bumps in time, each with a direction in space (x left, y to the
feet, z to the back), after McSharry et al. 2003 (doi:10.1109/TBME.2003.808805), carried to
three dimensions as in Sameni et al. 2007 (doi:10.1155/2007/43407). The leads see the dipole through
Dower's transform (Edenbrandt and Pahlm 1988, doi:10.1016/0022-0736(88)90156-1).
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float32]

_DOWER = {  # lead: weights of x, y, z
    "I": (0.632, -0.235, 0.059),
    "II": (0.235, 1.066, -0.132),
    "V1": (-0.515, 0.157, -0.917),
    "V2": (0.044, 0.164, -1.387),
    "V3": (0.882, 0.098, -1.277),
    "V4": (1.213, 0.127, -0.601),
    "V5": (1.125, 0.127, -0.086),
    "V6": (0.831, 0.076, 0.230),
}


def lead_matrix() -> Array:
    """Return (12, 3): limb leads III, aVR, aVL, aVF follow from I and II by Einthoven's law."""
    seen = {lead: np.array(weights) for lead, weights in _DOWER.items()}
    one, two = seen["I"], seen["II"]
    limbs = [one, two, two - one, -(one + two) / 2, one - two / 2, two - one / 2]
    chest = [seen[f"V{number}"] for number in range(1, 7)]
    return np.stack(limbs + chest).astype(np.float32)


@dataclass(frozen=True, kw_only=True)
class Waves:
    """Gaussian bumps of R records: W per beat."""

    centre_s: Array  # (R, W), from the R peak
    width_s: Array  # (R, W)
    dipole_mv: Array  # (R, 3, W)


def seen_by_leads(
    waves: Waves, beats_s: Array, *, leads: Array, sampling_hz: int, n_times: int
) -> Array:
    """Return (R, 12, T) in millivolts.

    `beats_s` (R, n) are the times of the R peaks, ascending, from before the first sample to
    after the last. A sample is reached by the waves of the beats on either side of it only:
    a wave wider than a beat does not occur.
    """
    times = np.arange(n_times, dtype=np.float32) / np.float32(sampling_hz)
    before, after = _neighbours(beats_s, times, sampling_hz)
    shape = np.zeros((beats_s.shape[0], waves.centre_s.shape[1], n_times), dtype=np.float32)
    for since in (before, after):
        distance = since[:, None, :] - waves.centre_s[:, :, None]
        distance /= waves.width_s[:, :, None]
        np.square(distance, out=distance)
        distance *= np.float32(-0.5)
        shape += np.exp(distance, out=distance)
    return np.matmul(np.matmul(leads, waves.dipole_mv), shape)


def first_samples(beats_s: Array, sampling_hz: int) -> npt.NDArray[np.int64]:
    """Return the first sample at or after each R peak, 0 for those before the record, (R, n)."""
    return np.ceil(np.maximum(beats_s, 0) * sampling_hz).astype(np.int64)


def _neighbours(beats_s: Array, times: Array, sampling_hz: int) -> tuple[Array, Array]:
    """Return time since the last R peak (>= 0) and since the next one (< 0), each (R, T)."""
    n_records, n_times = beats_s.shape[0], times.shape[0]
    first_after = first_samples(beats_s, sampling_hz)
    passed = np.zeros((n_records, n_times + 1), dtype=np.int64)
    rows = np.arange(n_records)[:, None]
    np.add.at(passed, (rows, np.minimum(first_after, n_times)), 1)
    n_passed = np.cumsum(passed[:, :n_times], axis=1)
    last = np.take_along_axis(beats_s, n_passed - 1, axis=1)
    following = np.take_along_axis(beats_s, np.minimum(n_passed, beats_s.shape[1] - 1), axis=1)
    return times - last, times - following
