"""Passes over tokens on a CPU, several of them in one; each is compiled for it by numba.

A pass of torch's goes through memory, and in bfloat16 to float32 and back, for a single operation.
Each file here holds one chain of operations, forwards and backwards, and says in its first line
what torch would write; the file with `_loops` beside it holds its loops over rows that stay in the
cache. Whoever calls asks `are_for(tensor)` first and otherwise goes torch's way: on an accelerator,
in double, under the compiler, without numba. The two agree but for rounding.
"""

from models.kernels._ready import are_for, are_ready, made_by

__all__ = ["are_for", "are_ready", "made_by"]
