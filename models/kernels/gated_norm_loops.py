"""The loops of `gated_norm`."""

from typing import Any

import numba
import numpy as np

from models.kernels._kernel import N_SLICES
from models.kernels._loops import Data, at, fetch, given, part, row, slices, worker
from models.kernels._numbers import e_to, read, root, to
from models.kernels._tiles import multiply

_NONE, _ONE = np.float32(0), np.float32(1)
_STEP = 64  # slices begin with whole lines of memory


@row
def _open(gate: Any, bias: Any, openness: Any, n: int) -> None:
    for column in range(n):
        openness[column] = _ONE / (_ONE + e_to(-(read(gate[column]) + bias)))


@row
def _gated(
    signal: Any, gate: Any, bias: Any, openness: Any, found: Any, total: Any, n: int
) -> None:
    for column in range(n):
        value = read(signal[column]) + (read(gate[column]) + bias) * openness[column]
        found[column] = value
        total[column] += value


@row
def _squared(found: Any, mean: Any, total: Any, n: int) -> None:
    for column in range(n):
        apart = found[column] - mean[column]
        total[column] += apart * apart


@row
def _normed(
    found: Any, mean: Any, inverse: Any, scale: Any, shift: Any, place: Any, n: int
) -> None:
    for column in range(n):
        value = (found[column] - mean[column]) * inverse[column]
        place[column] = to(place.dtype, value * scale + shift)


@row
def _forward(data: Data, kind: Any) -> None:
    numbers = given(data)
    n_features, n_columns, n_at_once = numbers[0], numbers[1], numbers[2]
    signal = numba.carray(at(numbers[3]), (n_features, n_columns), kind)
    gate = numba.carray(at(numbers[4]), (2 * n_features, n_columns), kind)
    small = numba.carray(at(numbers[5]), (4 * n_features + 1,), np.float32)
    found = numba.carray(at(numbers[6]), (n_features, n_columns), kind)
    means = numba.carray(at(numbers[7]), (n_columns,), np.float32)
    inverses = numba.carray(at(numbers[8]), (n_columns,), np.float32)
    scratch = numba.carray(at(numbers[9]), (N_SLICES, n_features + 1, n_at_once), np.float32)
    weights, rows, n_inner = numbers[10], numbers[11], numbers[12]
    who = worker(data)
    made, packed = scratch[who], numbers[13] + who * numbers[14]
    openness, share, epsilon = made[n_features], _ONE / np.float32(n_features), small[-1]
    for which in slices(data):
        begin, end = part(which, n_columns, _STEP)
        for first in range(begin, end, n_at_once):
            last = min(first + n_at_once, end)
            n = last - first
            mean, inverse = means[first:last], inverses[first:last]
            mean[:] = _NONE
            inverse[:] = _NONE
            if n_inner:
                multiply(
                    kind, 2 * n_features, n_inner, n_columns, first, last,
                    weights, rows, numbers[4], packed,
                )  # fmt: skip
            for feature in range(n_features):
                if feature + 1 < n_features:
                    fetch(signal[feature + 1, first:last])
                    fetch(gate[feature + 1, first:last])
                    fetch(gate[n_features + feature + 1, first:last])
                fetch(found[feature, first:last])
                its_gate, lock = gate[feature, first:last], gate[n_features + feature, first:last]
                _open(lock, small[n_features + feature], openness, n)
                its_signal = signal[feature, first:last]
                _gated(its_signal, its_gate, small[feature], openness, made[feature], mean, n)
            for column in range(n):
                mean[column] *= share
            for feature in range(n_features):
                _squared(made[feature], mean, inverse, n)
            for column in range(n):
                inverse[column] = _ONE / root(inverse[column] * share + epsilon)
            for feature in range(n_features):
                scale, shift = small[2 * n_features + feature], small[3 * n_features + feature]
                place = found[feature, first:last]
                _normed(made[feature], mean, inverse, scale, shift, place, n)


@row
def _again(
    signal: Any, gate: Any, bias: Any, openness: Any, mean: Any, inverse: Any, found: Any, n: int
) -> None:
    for column in range(n):
        value = read(signal[column]) + (read(gate[column]) + bias) * openness[column]
        found[column] = (value - mean[column]) * inverse[column]


@row
def _leaning(gradient: Any, found: Any, scale: Any, mean: Any, lean: Any, n: int) -> None:
    for column in range(n):
        value = read(gradient[column]) * scale
        mean[column] += value
        lean[column] += value * found[column]


@row
def _summed(gradient: Any, n: int) -> Any:
    total = _NONE
    for column in range(n):
        total += read(gradient[column])
    return total


@row
def _product(gradient: Any, found: Any, n: int) -> Any:
    total = _NONE
    for column in range(n):
        total += read(gradient[column]) * found[column]
    return total


@row
def _to_sum(
    gradient: Any, scale: Any, mean: Any, lean: Any, inverse: Any, found: Any, n: int
) -> None:
    for column in range(n):
        value = read(gradient[column]) * scale - mean[column] - found[column] * lean[column]
        found[column] = value * inverse[column]


@row
def _written(found: Any, place: Any, n: int) -> None:
    for column in range(n):
        place[column] = to(place.dtype, found[column])


@row
def _to_gate(found: Any, openness: Any, place: Any, n: int) -> Any:
    total = _NONE
    for column in range(n):
        value = found[column] * openness[column]
        place[column] = to(place.dtype, value)
        total += value
    return total


@row
def _to_lock(found: Any, openness: Any, gate: Any, bias: Any, place: Any, n: int) -> Any:
    total = _NONE
    for column in range(n):
        value = openness[column] * (_ONE - openness[column]) * found[column]
        value = value * (read(gate[column]) + bias)
        place[column] = to(place.dtype, value)
        total += value
    return total


@row
def _backward(data: Data, kind: Any) -> None:
    numbers = given(data)
    n_features, n_columns, n_at_once = numbers[0], numbers[1], numbers[2]
    signal = numba.carray(at(numbers[3]), (n_features, n_columns), kind)
    gate = numba.carray(at(numbers[4]), (2 * n_features, n_columns), kind)
    small = numba.carray(at(numbers[5]), (4 * n_features + 1,), np.float32)
    gradient = numba.carray(at(numbers[6]), (n_features, n_columns), kind)
    means = numba.carray(at(numbers[7]), (n_columns,), np.float32)
    inverses = numba.carray(at(numbers[8]), (n_columns,), np.float32)
    to_signal = numba.carray(at(numbers[9]), (n_features, n_columns), kind)
    sums = numba.carray(at(numbers[10]), (N_SLICES, 4, n_features), np.float32)
    scratch = numba.carray(at(numbers[11]), (N_SLICES, 2 * n_features + 2, n_at_once), np.float32)
    weights, to_rows, n_inner = numbers[12], numbers[13], numbers[14]
    who = worker(data)
    mine, packed = scratch[who], numbers[15] + who * numbers[16]
    made, opened = mine[:n_features], mine[n_features : 2 * n_features]
    level, lean = mine[2 * n_features], mine[2 * n_features + 1]
    share = _ONE / np.float32(n_features)
    for which in slices(data):
        begin, end = part(which, n_columns, _STEP)
        total = sums[which]
        for first in range(begin, end, n_at_once):
            last = min(first + n_at_once, end)
            n = last - first
            mean, inverse = means[first:last], inverses[first:last]
            level[:] = _NONE
            lean[:] = _NONE
            for feature in range(n_features):
                if feature + 1 < n_features:
                    fetch(signal[feature + 1, first:last])
                    fetch(gate[feature + 1, first:last])
                    fetch(gate[n_features + feature + 1, first:last])
                    fetch(gradient[feature + 1, first:last])
                its, scale = gradient[feature, first:last], small[2 * n_features + feature]
                its_gate, lock = gate[feature, first:last], gate[n_features + feature, first:last]
                _open(lock, small[n_features + feature], opened[feature], n)
                _again(
                    signal[feature, first:last], its_gate, small[feature], opened[feature],
                    mean, inverse, made[feature], n,
                )  # fmt: skip
                _leaning(its, made[feature], scale, level, lean, n)
                total[2, feature] += _product(its, made[feature], n)
                total[3, feature] += _summed(its, n)
            for column in range(n):
                level[column] *= share
                lean[column] *= share
            for feature in range(n_features):
                fetch(to_signal[feature, first:last])
                its, scale = gradient[feature, first:last], small[2 * n_features + feature]
                found, openness = made[feature], opened[feature]
                _to_sum(its, scale, level, lean, inverse, found, n)
                _written(found, to_signal[feature, first:last], n)
                its_gate, lock = gate[feature, first:last], gate[n_features + feature, first:last]
                total[1, feature] += _to_lock(found, openness, its_gate, small[feature], lock, n)
                total[0, feature] += _to_gate(found, openness, its_gate, n)
            if n_inner:
                multiply(
                    kind, n_inner, 2 * n_features, n_columns, first, last,
                    weights, numbers[4], to_rows, packed,
                )  # fmt: skip


def forward_full(data: Data) -> None:
    _forward(data, np.float32)


def forward_half(data: Data) -> None:
    _forward(data, np.uint16)


def backward_full(data: Data) -> None:
    _backward(data, np.float32)


def backward_half(data: Data) -> None:
    _backward(data, np.uint16)
