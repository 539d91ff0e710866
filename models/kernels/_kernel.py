"""A kernel: a loop over one slice of the work, compiled when first used, on torch's threads.

Work is cut into a fixed number of slices and threads take the next one that nobody has: sums over
a slice do not depend on how many threads there are, and a thread that is late holds up little.
"""

import ctypes
from collections.abc import Callable
from functools import cached_property
from typing import Any

import llvmlite.ir
import numba
import numpy as np
import torch
from numba import types
from numba.extending import intrinsic
from torch import Tensor

from models.kernels._ready import place_of_compiled, pool

numba.config.CACHE_DIR = str(place_of_compiled())
N_SLICES = 16
_LINE = 64  # bytes
_N_NUMBERS, _OWN = 32, 2  # two are the kernel's own: the next slice's and the next worker's

# Multiplications may be fused with additions and sums made in any order, the same one each time;
# what is not a number stays so.
_HOW = {"error_model": "numpy", "fastmath": {"contract", "reassoc", "nsz", "arcp"}}
row = numba.njit(**_HOW)
Data = Any  # the address of what a kernel is given


class Kernel:
    """What is called with numbers and tensors; the function finds them with `given` below."""

    def __init__(self, function: Callable[[Data], None]) -> None:
        self._function = function

    @cached_property
    def _compiled(self) -> Any:
        return numba.cfunc(types.void(types.voidptr), cache=True, **_HOW)(self._function)

    def __call__(self, *given: int | Tensor) -> None:
        numbers = np.zeros(_N_NUMBERS, dtype=np.int64)
        for place, each in enumerate(given, start=_OWN):
            numbers[place] = each.data_ptr() if isinstance(each, Tensor) else each
        if n_workers() == 1:
            self._compiled.ctypes(numbers.ctypes.data)
        else:
            _pool().GOMP_parallel(self._compiled.address, numbers.ctypes.data, n_workers(), 0)


def n_workers() -> int:
    """How many threads a kernel called now will run on, each with scratch of its own."""
    return min(torch.get_num_threads(), N_SLICES)


@row
def given(data: Data) -> Any:
    """Return the whole numbers a kernel was called with, addresses of tensors among them."""
    return numba.carray(data, (_N_NUMBERS,), types.int64)[_OWN:]


@row
def part(which: int, n: int, step: int) -> tuple[int, int]:
    """Return where a slice of n things begins and ends, in whole steps."""
    n_steps = (n + step - 1) // step
    first = n_steps * which // N_SLICES * step
    last = n_steps * (which + 1) // N_SLICES * step
    return first, min(last, n)


@row
def slices(data: Data) -> Any:
    """Yield slices that no other thread has taken, as long as there are any."""
    which = _next(data, 0)
    while which < N_SLICES:
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


def _pool() -> ctypes.CDLL:
    found = pool()
    assert found is not None  # or nobody would have come here
    return found


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
