"""The loops of `state_space`.

A state is written as a row here, so what takes it on is A's transpose; a readout goes on by A.
"""

from typing import Any

import numba
import numpy as np

from models.kernels._eights import (
    MATRIX,
    ROW,
    add_back,
    add_matrix_product,
    add_outer,
    add_product,
)
from models.kernels._loops import Data, at, given, part, row, slices, worker
from models.kernels._numbers import read, to
from models.kernels.state_space import STATE

_NONE, _ONE = np.float32(0), np.float32(1)


@row
def _copied(vector: Any, found: Any) -> None:
    for state in range(STATE):
        found[state] = vector[state]


@row
def _turned(matrix: Any, found: Any) -> None:
    for first in range(STATE):
        for second in range(STATE):
            found[second, first] = matrix[first, second]


@row
def _undone(place_of_power: int, is_truncated: bool, place_of_found: int) -> None:
    """Invert one - power, or one, by Gauss and Jordan's elimination.

    A contraction's power leaves a symmetric part that is positive: no rows need exchanging.
    """
    power = numba.carray(at(place_of_power), (STATE, STATE), np.float32)
    found = numba.carray(at(place_of_found), (STATE, STATE), np.float32)
    for first in range(STATE):
        for second in range(STATE):
            one = _ONE if first == second else _NONE
            found[first, second] = one - power[first, second] if is_truncated else one
    for place in range(STATE):
        share = _ONE / found[place, place]
        found[place, place] = _ONE
        for second in range(STATE):
            found[place, second] *= share
        for first in range(STATE):
            if first != place:
                factor = found[first, place]
                found[first, place] = _NONE
                for second in range(STATE):
                    found[first, second] -= factor * found[place, second]


@row
def _goes_on(rows: int, n: int, matrix: int) -> None:
    """Make of a first row all others, which are 0 yet."""
    for place in range(rows, rows + (n - 1) * ROW, ROW):
        add_product(place, matrix, place + ROW)


@row
def _goes_back(rows: int, n: int, gradients: int, turned: int, to_matrix: int) -> None:
    """Gather what came back to all rows in the first, and in the matrix that made them."""
    for place in range((n - 1) * ROW, 0, -ROW):
        add_product(gradients + place, turned, gradients + place - ROW)
        add_outer(rows + place - ROW, gradients + place, to_matrix)


@row
def _laid_out(numbers: Any, place: int) -> Any:
    """Lay powers, states reached and readouts (directions, c, 8) from an address on; the next.

    The last powers are A^0, what undoes I - A^n where a readout is truncated, and its transpose.
    """
    n_directions, length, n_powers = numbers[1], numbers[2], numbers[4] + 4
    first = place + n_powers * MATRIX
    second = first + length * ROW
    return (
        numba.carray(at(place), (n_powers, STATE, STATE), np.float32),
        numba.carray(at(first), (length, STATE), np.float32),
        numba.carray(at(second), (n_directions, length, STATE), np.float32),
        second + n_directions * length * ROW,
    )


@row
def _given(numbers: Any) -> Any:
    """Return A, B and C of all features."""
    n_features, n_directions = numbers[0], numbers[1]
    return (
        numba.carray(at(numbers[8]), (n_features, STATE, STATE), np.float32),
        numba.carray(at(numbers[9]), (n_features, STATE), np.float32),
        numba.carray(at(numbers[10]), (n_directions, n_features, STATE), np.float32),
    )


@row
def _followed(data: Data, feature: int, place: int) -> None:
    """Make all that follows from one feature's A, B and C, and lay it out from an address on."""
    numbers = given(data)
    n_directions, length, n_steps = numbers[1], numbers[2], numbers[4]
    steps = numba.carray(at(numbers[6]), (n_steps, 2), np.int64)
    matrices, entries, readouts = _given(numbers)
    powers, reached, read_out, _ = _laid_out(numbers, place)
    powers[1:] = _NONE
    reached[:] = _NONE
    read_out[:] = _NONE
    _turned(matrices[feature], powers[0])
    for step in range(n_steps):
        left, right = place + steps[step, 0] * MATRIX, place + steps[step, 1] * MATRIX
        add_matrix_product(left, right, place + (step + 1) * MATRIX)
    for state in range(STATE):
        powers[n_steps + 1, state, state] = _ONE
    undone = powers[n_steps + 2]
    _undone(place + numbers[5] * MATRIX, numbers[5] >= 0, undone.ctypes.data)
    _turned(undone, powers[n_steps + 3])
    _copied(entries[feature], reached[0])
    _goes_on(reached.ctypes.data, length, powers.ctypes.data)
    for direction in range(n_directions):
        its = read_out[direction]
        given_one = readouts[direction, feature].ctypes.data
        add_product(given_one, powers[n_steps + 3].ctypes.data, its.ctypes.data)
        _goes_on(its.ctypes.data, length, matrices[feature].ctypes.data)


@row
def _blocks(numbers: Any, kind: Any) -> Any:
    """Return what is within blocks, states, carry and onwards, or where their gradients lie."""
    n_features, length, n_blocks = numbers[0], numbers[2], numbers[3]
    n_states = numbers[1] * STATE
    carry = n_features, n_blocks, n_states, n_blocks, n_states
    return (
        numba.carray(at(numbers[12]), (n_features, length, length), kind),
        numba.carray(at(numbers[13]), (n_features, length, n_states), kind),
        numba.carray(at(numbers[14]), carry, kind),
        numba.carray(at(numbers[15]), (n_features, n_states, length), kind),
    )


@row
def _turned_round(place: int, n: int, direction: int) -> int:
    """The second direction counts tokens and blocks from the end."""
    return place if direction == 0 else n - 1 - place


@row
def _lag(direction: int, token: int, length: int) -> int:
    """Where a tap lies among lags; the other direction's begin at the next token, its last at 0."""
    return length + token if direction == 0 else length - 1 - token


@row
def _forward(data: Data, kind: Any) -> None:
    numbers = given(data)
    n_features, n_directions, length, n_blocks = numbers[0], numbers[1], numbers[2], numbers[3]
    hops = numba.carray(at(numbers[7]), (n_directions, n_blocks - 1), np.int64)
    skip = numba.carray(at(numbers[11]), (n_features,), np.float32)
    withins, all_states, carries, all_onwards = _blocks(numbers, kind)
    mine = numbers[17] + worker(data) * numbers[16] * ROW
    _, entries, _ = _given(numbers)
    powers, reached, read_out, rest = _laid_out(numbers, mine)
    lags = numba.carray(at(rest), (2 * length,), np.float32)
    for which in slices(data):
        first, last = part(which, n_features, 1)
        for feature in range(first, last):
            _followed(data, feature, mine)
            entry = entries[feature]
            within, states = withins[feature], all_states[feature]
            carry, onwards = carries[feature], all_onwards[feature]
            carry[:] = 0
            lags[:] = _NONE
            for direction in range(n_directions):
                own = direction * STATE
                for token in range(length):
                    its = read_out[direction, token]
                    lags[_lag(direction, token, length)] = _product(its, entry)
                    place = _turned_round(token, length, direction)
                    for state in range(STATE):
                        onwards[own + state, place] = to(kind, its[state])
                        last_first = states[length - 1 - place]
                        last_first[own + state] = to(kind, reached[token, state])
                for hop in range(n_blocks - 1):
                    power = powers[hops[direction, hop]]
                    for block in range(n_blocks - 1 - hop):
                        begin = _turned_round(block, n_blocks, direction)
                        end = _turned_round(block + 1 + hop, n_blocks, direction)
                        for state in range(STATE):
                            place = carry[begin, own + state, end, own : own + STATE]
                            for other in range(STATE):
                                place[other] = to(kind, power[state, other])
            lags[length] += skip[feature]
            for token in range(length):
                its = lags[length - token :]
                for place in range(length):
                    within[token, place] = to(kind, its[place])


@row
def _backward(data: Data, kind: Any) -> None:
    numbers = given(data)
    n_features, n_directions, length, n_blocks = numbers[0], numbers[1], numbers[2], numbers[3]
    truncated_at = numbers[5]
    hops = numba.carray(at(numbers[7]), (n_directions, n_blocks - 1), np.int64)
    steps = numba.carray(at(numbers[6]), (numbers[4], 2), np.int64)
    withins, all_states, carries, all_onwards = _blocks(numbers, kind)
    to_matrices = numba.carray(at(numbers[18]), (n_features, STATE, STATE), np.float32)
    to_entries = numba.carray(at(numbers[19]), (n_features, STATE), np.float32)
    to_readouts = numba.carray(at(numbers[20]), (n_directions, n_features, STATE), np.float32)
    to_skip = numba.carray(at(numbers[21]), (n_features,), np.float32)
    mine = numbers[17] + worker(data) * numbers[16] * ROW
    matrices, entries, _ = _given(numbers)
    powers, reached, read_out, rest = _laid_out(numbers, mine)
    to_mine = rest
    to_powers, to_reached, to_read_out, rest = _laid_out(numbers, to_mine)
    turned = numba.carray(at(rest), (STATE, STATE), np.float32)
    to_matrix = numba.carray(at(rest + MATRIX), (STATE, STATE), np.float32)
    lags = numba.carray(at(rest + 2 * MATRIX), (2 * length,), np.float32)
    for which in slices(data):
        first, last = part(which, n_features, 1)
        for feature in range(first, last):
            _followed(data, feature, mine)
            entry = entries[feature]
            within, states = withins[feature], all_states[feature]
            carry, onwards = carries[feature], all_onwards[feature]
            to_entry = to_entries[feature]
            lags[:] = _NONE
            for token in range(length):
                its = lags[length - token :]
                for place in range(length):
                    its[place] += read(within[token, place])
            to_skip[feature] = lags[length]
            to_powers[:] = _NONE
            to_matrix[:] = _NONE
            to_reached[:] = _NONE
            to_entry[:] = _NONE
            for direction in range(n_directions):
                own = direction * STATE
                for token in range(length):
                    tap = lags[_lag(direction, token, length)]
                    place = _turned_round(token, length, direction)
                    last_first = states[length - 1 - place]
                    for state in range(STATE):
                        value = read(onwards[own + state, place])
                        to_read_out[direction, token, state] = value + tap * entry[state]
                        to_reached[token, state] += read(last_first[own + state])
                        to_entry[state] += tap * read_out[direction, token, state]
                for hop in range(n_blocks - 1):
                    power = to_powers[hops[direction, hop]]
                    for block in range(n_blocks - 1 - hop):
                        begin = _turned_round(block, n_blocks, direction)
                        end = _turned_round(block + 1 + hop, n_blocks, direction)
                        for state in range(STATE):
                            place = carry[begin, own + state, end, own : own + STATE]
                            for other in range(STATE):
                                power[state, other] += read(place[other])
                rows, arrived = read_out[direction].ctypes.data, to_read_out[direction].ctypes.data
                _goes_back(rows, length, arrived, powers.ctypes.data, to_matrix.ctypes.data)
                given_one = to_readouts[direction, feature]
                given_one[:] = _NONE
                add_product(arrived, powers[numbers[4] + 2].ctypes.data, given_one.ctypes.data)
                if truncated_at >= 0:
                    to_power = to_powers[truncated_at].ctypes.data
                    add_outer(given_one.ctypes.data, rows, to_power)
            for step in range(len(steps) - 1, -1, -1):
                left, right = steps[step, 0], steps[step, 1]
                _turned(powers[right], turned)
                add_back(
                    mine + left * MATRIX, turned.ctypes.data, to_mine + (step + 1) * MATRIX,
                    to_mine + left * MATRIX, to_mine + right * MATRIX,
                )  # fmt: skip
            matrix, arrived = matrices[feature].ctypes.data, to_reached.ctypes.data
            _goes_back(reached.ctypes.data, length, arrived, matrix, to_powers.ctypes.data)
            _turned(to_powers[0], turned)
            for state in range(STATE):
                to_entry[state] += to_reached[0, state]
                for other in range(STATE):
                    to_matrices[feature, state, other] = (
                        to_matrix[state, other] + turned[state, other]
                    )


@row
def _product(first: Any, second: Any) -> Any:
    total = _NONE
    for state in range(STATE):
        total += first[state] * second[state]
    return total


def forward_full(data: Data) -> None:
    _forward(data, np.float32)


def forward_half(data: Data) -> None:
    _forward(data, np.uint16)


def backward_full(data: Data) -> None:
    _backward(data, np.float32)


def backward_half(data: Data) -> None:
    _backward(data, np.uint16)
