"""Rows of eight numbers and matrices of eight such rows, by their addresses: vectors throughout.

Left to itself LLVM sees loops of eight as too short to make vectors of.
"""

from typing import Any

import llvmlite.ir
from numba import types
from numba.extending import intrinsic

from models.kernels._loops import row
from models.kernels.state_space import STATE

ROW = 4 * STATE  # bytes
MATRIX = STATE * ROW
_PLACE, _NUMBER = llvmlite.ir.IntType(32), llvmlite.ir.FloatType()
_VECTOR = llvmlite.ir.VectorType(_NUMBER, STATE)
_FUSED = ("contract", "reassoc", "nsz")


def _row(builder: Any, address: Any, number: int) -> Any:
    first = builder.inttoptr(address, _VECTOR.as_pointer())
    return builder.gep(first, [_PLACE(number)])


def _read(builder: Any, address: Any, number: int = 0) -> Any:
    return builder.load(_row(builder, address, number), align=4)


def _times(builder: Any, vector: Any, number: int, other: Any) -> Any:
    """One number of a vector, times another vector."""
    which = llvmlite.ir.Constant(llvmlite.ir.VectorType(_PLACE, STATE), [number] * STATE)
    return builder.fmul(builder.shuffle_vector(vector, vector, which), other, flags=_FUSED)


@intrinsic
def add_product(context: Any, left: Any, right: Any, found: Any) -> Any:
    """Add left (8,) @ right (8, 8) to found (8,), by their addresses."""

    def made(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        left, right, found = arguments
        vector, total = _read(builder, left), _read(builder, found)
        for number in range(STATE):
            product = _times(builder, vector, number, _read(builder, right, number))
            total = builder.fadd(total, product, flags=_FUSED)
        builder.store(total, _row(builder, found, 0), align=4)
        return context.get_dummy_value()

    return types.none(types.int64, types.int64, types.int64), made


@intrinsic
def add_outer(context: Any, left: Any, right: Any, found: Any) -> Any:
    """Add left (8,) by right (8,) to found (8, 8)."""

    def made(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        left, right, found = arguments
        vector, other = _read(builder, left), _read(builder, right)
        for number in range(STATE):
            product = _times(builder, vector, number, other)
            total = builder.fadd(_read(builder, found, number), product, flags=_FUSED)
            builder.store(total, _row(builder, found, number), align=4)
        return context.get_dummy_value()

    return types.none(types.int64, types.int64, types.int64), made


@row
def add_matrix_product(left: int, right: int, found: int) -> None:
    for place in range(0, MATRIX, ROW):
        add_product(left + place, right, found + place)


@row
def add_back(left: int, turned: int, gradient: int, to_left: int, to_right: int) -> None:
    """Add what comes back through a product of matrices; `turned` is the right one's transpose."""
    for place in range(0, MATRIX, ROW):
        add_product(gradient + place, turned, to_left + place)
        add_outer(left + place, gradient + place, to_right)
