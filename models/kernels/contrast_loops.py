"""The loops of `contrast`."""

from typing import Any

import numba
import numpy as np

from models.kernels._kernel import N_SLICES
from models.kernels._loops import Data, at, given, part, row, slices, worker
from models.kernels._numbers import e_to, larger, read, to

_NONE, _LOWEST, _ONE = np.float32(0), np.float32(-3e38), np.float32(1)


_GOLDEN, _FIRST_MIX, _SECOND_MIX = (
    np.uint64(0x9E3779B97F4A7C15),
    np.uint64(0xBF58476D1CE4E5B9),
    np.uint64(0x94D049BB133111EB),
)
_LOWER, _BITS = np.uint64(0xFFFFFFFF), np.uint64(32)


@row
def _drawn(seed: Any, first: Any, below: Any, places: Any, n: int) -> None:
    """Draw 2 n whole numbers: SplitMix64's from its number `first`, each for two.

    Steele, Lea and Flood 2014. 32 bits times `below`, its upper half: even to `below` / 2^32.
    """
    for place in range(n):
        bits = seed + (first + np.uint64(place)) * _GOLDEN
        bits = (bits ^ bits >> np.uint64(30)) * _FIRST_MIX
        bits = (bits ^ bits >> np.uint64(27)) * _SECOND_MIX
        bits = bits ^ bits >> np.uint64(31)
        places[place] = np.int32((bits >> _BITS) * below >> _BITS)
        places[n + place] = np.int32((bits & _LOWER) * below >> _BITS)


def counted(data: Data) -> None:
    numbers = given(data)
    n_rows, n_places, below, n_tokens = numbers[0], numbers[1], numbers[2], numbers[3]
    seed = np.uint64(numbers[4])
    found = numba.carray(at(numbers[5]), (n_rows, n_tokens), np.int16)
    half = (n_places + 1) // 2
    scratch = numba.carray(at(numbers[6]), (N_SLICES, 2 * half), np.int32)
    places = scratch[worker(data)]
    for which in slices(data):
        first, last = part(which, n_rows, 1)
        for place in range(first, last):
            _drawn(seed, np.uint64(place * half), np.uint64(below), places, half)
            counts = found[place]
            counts[:] = 0
            for each in places[:n_places]:
                counts[each] += 1


@row
def _largest(scores: Any, counts: Any, n: int) -> Any:
    """Among the tokens asked about: others may score so high that beside them all weigh 0."""
    found = _LOWEST
    for token in range(n):
        score = read(scores[token])
        found = larger(found, score if counts[token] > 0 else _LOWEST)
    return found


@row
def _weighed(scores: Any, counts: Any, largest: Any, weights: Any, n: int) -> Any:
    """Weigh tokens by what they add to the sum; return the sum."""
    total = _NONE
    for token in range(n):
        weight = np.float32(counts[token]) * e_to(read(scores[token]) - largest)
        weights[token] = weight
        total += weight
    return total


@row
def _written(weights: Any, share: Any, scores: Any, n: int) -> None:
    for token in range(n):
        scores[token] = to(scores.dtype, weights[token] * share)


@row
def _to_weights(data: Data, kind: Any) -> None:
    numbers = given(data)
    n_rows, n_asked, n_tokens, horizon = numbers[0], numbers[1], numbers[2], numbers[3]
    scores = numba.carray(at(numbers[4]), (n_rows, n_tokens), kind)
    counts = numba.carray(at(numbers[5]), (n_rows, n_tokens), np.int16)
    losses = numba.carray(at(numbers[6]), (N_SLICES,), np.float64)
    scratch = numba.carray(at(numbers[7]), (N_SLICES, n_tokens), np.float32)
    weights = scratch[worker(data)]
    for which in slices(data):
        first, last = part(which, n_rows, 1)
        loss = 0.0
        for place in range(first, last):
            its, asked = scores[place], counts[place]
            right = place % n_asked + horizon
            largest = _largest(its, asked, n_tokens)
            score = read(its[right]) - largest
            total = _weighed(its, asked, largest, weights, n_tokens)
            loss += np.log(total) - score
            _written(weights, _ONE / total, its, n_tokens)
            its[right] = to(its.dtype, weights[right] / total - _ONE)
        losses[which] = loss


def full(data: Data) -> None:
    _to_weights(data, np.float32)


def half(data: Data) -> None:
    _to_weights(data, np.uint16)
