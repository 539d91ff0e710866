"""Pieces of matrix products that stay in the processor's registers: 8 rows by 32 columns.

bfloat16 goes in pairs, two features of a column, as the processor's instruction for them asks
(AVX512_BF16: a product of 16 pairs with 16 pairs, added up in float32).
"""

from typing import Any

import llvmlite.ir
import numba
from llvmlite.ir import Constant, VectorType
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from models.kernels._loops import at, row
from models.kernels.product import COLUMNS, LINE, ROWS

PACKED = COLUMNS * 4  # bytes of a packed row: one of float32, or two of bfloat16
_LANES = 16  # numbers of float32 in a register
_WORD, _SHORT, _NUMBER = llvmlite.ir.IntType(32), llvmlite.ir.IntType(16), llvmlite.ir.FloatType()
_NUMBERS, _WORDS = VectorType(_NUMBER, _LANES), VectorType(_WORD, _LANES)
_SHORTS = VectorType(_SHORT, COLUMNS)


class _Halves(llvmlite.ir.Type):
    """A vector of LLVM's bfloat16, of which llvmlite does not know."""

    def __init__(self, count: int) -> None:
        self._count = count

    def _to_string(self) -> str:
        return f"<{self._count} x bfloat>"


_PAIRS, _ROUNDED = _Halves(COLUMNS), _Halves(_LANES)


def _read(builder: Any, address: Any, kind: Any, align: int = 4) -> Any:
    return builder.load(builder.inttoptr(address, kind.as_pointer()), align=align)


def _write(builder: Any, vector: Any, address: Any, align: int = 4) -> None:
    builder.store(vector, builder.inttoptr(address, vector.type.as_pointer()), align=align)


def _beyond(builder: Any, address: Any, n_bytes: int) -> Any:
    return builder.add(address, Constant(address.type, n_bytes))


@intrinsic
def _pack_rows(context: Any, kind: Any, rows: Any, apart: Any, place: Any) -> Any:
    """Put 32 columns where they belong: of a row, in bfloat16 of two side by side; 128 bytes."""

    def pair(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        _, first, apart, place = arguments
        rows = [_read(builder, each, _SHORTS, 2) for each in (first, builder.add(first, apart))]
        for part in range(2):
            columns = range(_LANES * part, _LANES * (part + 1))
            order = [column + COLUMNS * row for column in columns for row in range(2)]
            mixed = builder.shuffle_vector(*rows, Constant(VectorType(_WORD, COLUMNS), order))
            _write(builder, mixed, _beyond(builder, place, LINE * part), LINE)
        return context.get_dummy_value()

    def one(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        _, row, _, place = arguments
        for part in (0, LINE):
            vector = _read(builder, _beyond(builder, row, part), _NUMBERS)
            _write(builder, vector, _beyond(builder, place, part), LINE)
        return context.get_dummy_value()

    signature = types.none(kind, types.int64, types.int64, types.int64)
    return signature, pair if kind.dtype == types.uint16 else one


@intrinsic
def _tile(
    context: Any, kind: Any, weights: Any, apart: Any, packed: Any, n: Any, found: Any, wide: Any
) -> Any:
    """Multiply 8 rows of weights, `apart` bytes apart, with n packed rows.

    Written are 8 rows of 32 columns, `wide` bytes apart.
    """

    def made(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        _, weights, apart, packed, n, found, wide = arguments
        none = Constant(_NUMBERS, [0.0] * _LANES)
        totals = [[cgutils.alloca_once_value(builder, none) for _ in range(2)] for _ in range(ROWS)]
        with cgutils.for_range(builder, n, intp=n.type) as loop:
            place = builder.add(packed, builder.mul(loop.index, Constant(n.type, PACKED)))
            columns = [
                _read(builder, _beyond(builder, place, each), _NUMBERS, LINE) for each in (0, LINE)
            ]
            weight = builder.add(weights, builder.mul(loop.index, Constant(n.type, 4)))
            for row in range(ROWS):
                one = _read(
                    builder, builder.add(weight, builder.mul(apart, Constant(n.type, row))), _NUMBER
                )
                every = _everywhere(builder, one)
                for total, column in zip(totals[row], columns, strict=True):
                    builder.store(add(builder, builder.load(total), every, column), total)
        for row in range(ROWS):
            place = builder.add(found, builder.mul(wide, Constant(n.type, row)))
            for part, total in enumerate(totals[row]):
                write(builder, builder.load(total), place, part)
        return context.get_dummy_value()

    is_half = kind.dtype == types.uint16
    add, write = (_add_pairs, _write_halves) if is_half else (_add, _write_numbers)
    return types.none(kind, *[types.int64] * 6), made


def _everywhere(builder: Any, number: Any) -> Any:
    lone = builder.insert_element(Constant(_NUMBERS, llvmlite.ir.Undefined), number, _FIRST)
    return builder.shuffle_vector(lone, lone, Constant(_WORDS, [0] * _LANES))


def _add(builder: Any, total: Any, weight: Any, column: Any) -> Any:
    return builder.fadd(total, builder.fmul(weight, column, flags=_FUSED), flags=_FUSED)


def _add_pairs(builder: Any, total: Any, weight: Any, column: Any) -> Any:
    kind = llvmlite.ir.FunctionType(_NUMBERS, [_NUMBERS, _PAIRS, _PAIRS])
    add = cgutils.get_or_insert_function(builder.module, kind, _OF_PAIRS)
    return builder.call(add, [total, *[builder.bitcast(each, _PAIRS) for each in (weight, column)]])


def _write_numbers(builder: Any, total: Any, place: Any, part: int) -> None:
    _write(builder, total, _beyond(builder, place, 4 * _LANES * part), 4)


def _write_halves(builder: Any, total: Any, place: Any, part: int) -> None:
    rounded = builder.bitcast(builder.fptrunc(total, _ROUNDED), VectorType(_SHORT, _LANES))
    _write(builder, rounded, _beyond(builder, place, 2 * _LANES * part), 2)


_FUSED = ("contract",)
_FIRST = Constant(_WORD, 0)
_OF_PAIRS = "llvm.x86.avx512bf16.dpbf16ps.512"


@intrinsic
def _width(context: Any, kind: Any) -> Any:
    """Bytes of a number."""

    def made(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return context.get_constant(types.int64, kind.dtype.bitwidth // 8)

    return types.int64(kind), made


@row
def multiply(
    kind: Any, n_rows: int, n_inner: int, n_columns: int, first: int, last: int,
    weights: int, rows: int, found: int, packed: int,
) -> None:  # fmt: skip
    """Make columns first to last of weights (R, K) @ rows (K, M), all by their addresses.

    `packed` is `packing_room` for rows, of at least so many columns at once.
    """
    width = _width(kind)
    together = 4 // width  # rows in a packed one
    n_steps = n_inner // together
    wide = n_columns * width
    rows += first * width
    found += first * width
    n_whole, n_left = (last - first) // COLUMNS, (last - first) % COLUMNS
    aside = packed + (n_whole + 1) * n_steps * PACKED
    for step in range(n_steps):
        for piece in range(n_whole):
            place = packed + (piece * n_steps + step) * PACKED
            _pack_rows(kind, rows + piece * COLUMNS * width, wide, place)
        if n_left:  # beyond the last row nothing may be read
            for row in range(together):
                start = rows + row * wide + n_whole * COLUMNS * width
                _copy(kind, start, aside + row * COLUMNS * width, n_left)
            place = packed + (n_whole * n_steps + step) * PACKED
            _pack_rows(kind, aside, COLUMNS * width, place)
        rows += together * wide
    for _ in range(0, n_rows, ROWS):
        for piece in range(n_whole):
            its = packed + piece * n_steps * PACKED
            _tile(kind, weights, n_steps * 4, its, n_steps, found + piece * COLUMNS * width, wide)
        if n_left:
            its = packed + n_whole * n_steps * PACKED
            _tile(kind, weights, n_steps * 4, its, n_steps, aside, COLUMNS * width)
            for row in range(ROWS):
                place = found + row * wide + n_whole * COLUMNS * width
                _copy(kind, aside + row * COLUMNS * width, place, n_left)
        weights += ROWS * n_steps * 4
        found += ROWS * wide


@row
def _copy(kind: Any, source: int, place: int, n: int) -> None:
    taken, left = numba.carray(at(source), (n,), kind), numba.carray(at(place), (n,), kind)
    for each in range(n):
        left[each] = taken[each]
