"""What the loops of kernels are written with; numba compiles them (see `_compiling`).

A kernel is a function of one address. There lie whole numbers: the next slice's and the next
worker's, then what it was called with, tensors by their addresses.
"""

from typing import Any

import llvmlite.ir
import numba
from numba import types
from numba.extending import intrinsic

from models.kernels._kernel import N_NUMBERS, N_SLICES, OWN

_LINE = 64  # bytes
# Multiplications may be fused with additions and sums made in any order, the same one each time;
# what is not a number stays so.
HOW = {"error_model": "numpy", "fastmath": {"contract", "reassoc", "nsz", "arcp"}}
row = numba.njit(**HOW)
Data = Any  # the address of what a kernel is given


@row
def given(data: Data) -> Any:
    """Return the whole numbers a kernel was called with, addresses of tensors among them."""
    return numba.carray(data, (N_NUMBERS,), types.int64)[OWN:]


@row
def part(which: int, n: int, step: int) -> tuple[int, int]:
    """Return where a slice of n things begins and ends, in whole steps."""
    n_steps = (n + step - 1) // step
    first = n_steps * which // N_SLICES * step
    last = n_steps * (which + 1) // N_SLICES * step
    return first, min(last, n)


@row
def slices(data: Data) -> Any:
    """Yield slices that no other thread has taken, as long as there are any.

    The next is far from the last: threads in neighbouring columns draw each other's memory away.
    """
    which = _next(data, 0)
    while which < N_SLICES:  # 16, the four bits of whose numbers are read backwards
        yield (which & 1) << 3 | (which & 2) << 1 | (which & 4) >> 1 | (which & 8) >> 3
        which = _next(data, 0)


@row
def worker(data: Data) -> int:
    """Number the threads as they come; ask once in a kernel."""
    return _next(data, 1)


@intrinsic
def _next(context: Any, data: Any, which: Any) -> Any:
    def made(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        kind = llvmlite.ir.IntType(64)
        first = builder.bitcast(arguments[0], kind.as_pointer())
        place = builder.gep(first, [arguments[1]])
        return builder.atomic_rmw("add", place, kind(1), "seq_cst")

    return types.int64(types.voidptr, types.int64), made


@intrinsic
def at(context: Any, address: Any) -> Any:
    """Turn a whole number into what `numba.carray` reads from."""

    def made(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.inttoptr(arguments[0], context.get_value_type(types.voidptr))

    return types.voidptr(types.int64), made


@intrinsic
def _fetch(context: Any, address: Any) -> Any:
    def made(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        number, place = llvmlite.ir.IntType(32), llvmlite.ir.IntType(8).as_pointer()
        kind = llvmlite.ir.FunctionType(llvmlite.ir.VoidType(), [place, number, number, number])
        fetch = builder.module.declare_intrinsic("llvm.prefetch", [place], kind)
        to_read, soon, data = number(0), number(3), number(1)
        builder.call(fetch, [builder.inttoptr(arguments[0], place), to_read, soon, data])
        return context.get_dummy_value()

    return types.none(types.int64), made


@row
def fetch(numbers: Any) -> None:
    """Ask memory for a row that is wanted next; it does not foresee rows that lie far apart."""
    first = numbers.ctypes.data
    for place in range(first, first + numbers.nbytes, _LINE):
        _fetch(place)
