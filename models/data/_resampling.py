"""Changing the rate of a signal by a ratio of whole numbers, as scipy's `resample_poly` does.

One product of matrices makes a whole signal: for every `down` samples in there are `up` out, each
the same weighted sum of the samples around it as `down` samples earlier. From 500 to 240 Hz
scipy's own loop takes three times as long.
"""

from fractions import Fraction
from functools import cache
from math import ceil

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

Array = npt.NDArray[np.float64]
_MOST_WEIGHTS = 20_000


def resampled(signal: Array, ratio: Fraction) -> Array:
    """Return (C, ceil(T x ratio)) of (C, T); beyond its ends the signal is held, not 0.

    The low-pass is scipy's default: a Kaiser window (5.0) of 20 times the larger number, plus 1.
    """
    up, down = ratio.numerator, ratio.denominator
    if up * down > _MOST_WEIGHTS:  # as 360 to 257 Hz: too many to keep
        return _by_scipy(signal, up, down)
    weights, before = _weights(up, down)
    n_times = signal.shape[1]
    n_found = ceil(n_times * ratio)
    n_pieces = ceil(n_found / up)
    after = max((n_pieces - 1) * down + weights.shape[1] - before - n_times, 0)
    padded = np.empty((len(signal), before + n_times + after))
    padded[:, :before] = signal[:, :1]
    padded[:, before : before + n_times] = signal
    padded[:, before + n_times :] = signal[:, -1:]
    pieces = sliding_window_view(padded, weights.shape[1], axis=1)[:, ::down][:, :n_pieces]
    # Pieces overlap, and NumPy's products of overlapping ones take twice as long as copying them.
    found: Array = np.ascontiguousarray(pieces) @ weights.T  # (C, pieces, up)
    return found.reshape(len(signal), -1)[:, :n_found]


def _by_scipy(signal: Array, up: int, down: int) -> Array:
    from scipy.signal import resample_poly

    found: Array = resample_poly(  # type: ignore[call-overload]  # arrays are allowed
        signal, up, down, axis=1, padtype="edge", window=_low_pass(max(up, down))
    )
    return found


@cache
def _low_pass(steps: int) -> Array:
    """Return scipy's own filter for resampling, which it would design for every record anew."""
    from scipy.signal import firwin

    taps: Array = firwin(20 * steps + 1, 1 / steps, window=("kaiser", 5.0))
    return taps


@cache
def _weights(up: int, down: int) -> tuple[Array, int]:
    """Return weights (up, K) of the samples in a piece, and how many of K lie before its first.

    The sum for output p is over x[n] taps[p down - n up + half], as in scipy.signal.upfirdn.
    """
    half = 10 * max(up, down)
    taps = up * _low_pass(max(up, down))
    before = half // up
    last = ((up - 1) * down + half) // up
    place = np.arange(up)[:, None] * down - np.arange(-before, last + 1) * up + half
    is_there = (place >= 0) & (place <= 2 * half)
    weights = np.where(is_there, taps[np.clip(place, 0, 2 * half)], 0.0)
    return np.asfortranarray(weights), before
