"""Numbers inside kernels: float32, read from and rounded to bfloat16, and e to a power.

numba has no bfloat16, so its 16 bits come as whole numbers. Nor does it put a vector of numbers
into a C library's `exp`, so that is written out.
"""

from typing import Any

import llvmlite.binding as llvm
import llvmlite.ir
import numba
import numpy as np
from numba import types
from numba.extending import intrinsic

_BITS, _FLOAT = llvmlite.ir.IntType(32), llvmlite.ir.FloatType()
_HALF_BITS = llvmlite.ir.IntType(16)
_NOT_A_NUMBER = 0x7FC0
inlined = numba.njit(inline="always", error_model="numpy")


class _Half(llvmlite.ir.Type):
    """LLVM's bfloat16, of which llvmlite does not know."""

    def _to_string(self) -> str:
        return "bfloat"


_ROUNDS = bool(llvm.get_host_cpu_features().get("avx512bf16"))  # in one instruction


@intrinsic
def read(context: Any, number: Any) -> Any:
    """Return a number of an array as float32."""

    def widened(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        bits = builder.shl(builder.zext(arguments[0], _BITS), _BITS(16))
        return builder.bitcast(bits, _FLOAT)

    def as_it_is(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return arguments[0]

    return types.float32(number), widened if number == types.uint16 else as_it_is


@intrinsic
def to(context: Any, kind: Any, number: Any) -> Any:
    """Return float32 as the kind of an array, rounded to the nearest, to even ones half way."""

    def rounded(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        number = arguments[1]
        if _ROUNDS:
            return builder.bitcast(builder.fptrunc(number, _Half()), _HALF_BITS)
        bits = builder.bitcast(number, _BITS)
        upper = builder.lshr(bits, _BITS(16))
        raised = builder.add(builder.add(bits, _BITS(0x7FFF)), builder.and_(upper, _BITS(1)))
        found = builder.trunc(builder.lshr(raised, _BITS(16)), _HALF_BITS)
        is_none = builder.fcmp_unordered("uno", number, number)
        return builder.select(is_none, _HALF_BITS(_NOT_A_NUMBER), found)

    def as_it_is(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return arguments[1]

    signature = kind.dtype(kind, types.float32)
    return signature, rounded if kind.dtype == types.uint16 else as_it_is


@intrinsic
def _of_bits(context: Any, bits: Any) -> Any:
    def made(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], _FLOAT)

    return types.float32(types.int32), made


@intrinsic
def _bits(context: Any, number: Any) -> Any:
    def made(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], _BITS)

    return types.int32(types.float32), made


def _own(name: str, n_numbers: int) -> Any:
    """A function the processor has for whole vectors."""

    def made(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        kind = llvmlite.ir.FunctionType(_FLOAT, [_FLOAT] * n_numbers)
        return builder.call(builder.module.declare_intrinsic(name, [_FLOAT], kind), arguments)

    def of_one(context: Any, number: Any) -> Any:
        return types.float32(types.float32), made

    def of_two(context: Any, number: Any, other: Any) -> Any:
        return types.float32(types.float32, types.float32), made

    return intrinsic(of_one if n_numbers == 1 else of_two)


root = _own("llvm.sqrt", 1)
size = _own("llvm.fabs", 1)
larger = _own("llvm.maximum", 2)  # what is no number stays so
_whole = _own("llvm.rint", 1)

_LOWEST, _HIGHEST = np.float32(-87), np.float32(88)  # beyond them e to it is no float32
_TO_2 = np.float32(1.4426950408889634)  # 1 / ln 2
_LN_2, _LN_2_REST = np.float32(0.693359375), np.float32(-2.12194440e-4)
_ONE, _TAYLOR = np.float32(1), [np.float32(1 / n) for n in (5040, 720, 120, 24, 6, 2)]
_T7, _T6, _T5, _T4, _T3, _T2 = _TAYLOR


@inlined
def e_to(power: Any) -> Any:
    """E to a power: 2 to the next whole number times Taylor's series within ln 2 / 2 of 0.

    Its seven terms are as good as float32. Powers are taken as within -87 and 88.
    """
    power = _LOWEST if power < _LOWEST else power  # so written, what is no number stays
    power = _HIGHEST if power > _HIGHEST else power
    n = _whole(power * _TO_2)
    rest = power - n * _LN_2 - n * _LN_2_REST
    found = _T7 * rest + _T6
    found = found * rest + _T5
    found = found * rest + _T4
    found = found * rest + _T3
    found = found * rest + _T2
    found = found * rest * rest + rest + _ONE
    return _of_bits(_bits(found) + (np.int32(n) << np.int32(23)))
