"""The loops of `contrast`."""

from typing import Any

import numba
import numpy as np

from models.kernels._kernel import N_SLICES
from models.kernels._loops import Data, at, given, part, row, slices, worker
from models.kernels._numbers import e_to, larger, read, to

_NONE, _LOWEST, _ONE = np.float32(0), np.float32(-3e38), np.float32(1)


def counted(data: Data) -> None:
    numbers = given(data)
    n_rows, n_places, n_tokens = numbers[0], numbers[1], numbers[2]
    places = numba.carray(at(numbers[3]), (n_rows, n_places), np.int16)
    found = numba.carray(at(numbers[4]), (n_rows, n_tokens), np.int16)
    for which in slices(data):
        first, last = part(which, n_rows, 1)
        for place in range(first, last):
            counts = found[place]
            counts[:] = 0
            for each in places[place]:
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
