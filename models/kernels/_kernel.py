"""A kernel as it is called: loops over slices of the work, compiled once, on torch's threads.

Work is cut into a fixed number of slices and threads take the next one that nobody has: sums over
a slice do not depend on how many threads there are, and a thread that is late holds up little.
"""

import ctypes
import hashlib
from functools import cached_property
from typing import Any

import llvmlite.binding as llvm
import numpy as np
import torch
from torch import Tensor

from models.kernels._ready import place_of_compiled, pool
from models.whole_file import replacing

N_SLICES = 16
N_NUMBERS, OWN = 32, 2  # at most that many numbers; two of them are the kernel's own


class Kernel:
    """A function of `models/kernels/`, given by file and name, called with numbers and tensors.

    What numba compiles is kept as machine code and loaded without numba, whose start alone would
    take a process most of a second.
    """

    def __init__(self, file: str, name: str) -> None:
        self._file, self._name = file, name

    def __call__(self, *given: int | Tensor) -> None:
        numbers = np.zeros(N_NUMBERS, dtype=np.int64)
        for place, each in enumerate(given, start=OWN):
            numbers[place] = each.data_ptr() if isinstance(each, Tensor) else each
        if n_workers() == 1:
            self._function(numbers.ctypes.data)
        else:
            openmp, address = pool(), ctypes.cast(self._function, ctypes.c_void_p)
            assert openmp is not None  # or nobody would have come here
            openmp.GOMP_parallel(address, numbers.ctypes.data, n_workers(), 0)

    @cached_property
    def _function(self) -> Any:
        machine, processor = _machine()
        folder = place_of_compiled()
        assert folder is not None
        path = folder / f"{self._file}.{self._name}.{processor}.o"
        try:
            code = path.read_bytes()
        except OSError:
            from models.kernels._compiling import compiled

            code = compiled(self._file, self._name, machine)
            folder.mkdir(parents=True, exist_ok=True)  # another version may have cleared it away
            with replacing(path) as half_made:
                half_made.write_bytes(code)
        self._engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), machine)
        self._engine.add_object_file(llvm.ObjectFileRef.from_data(code))
        self._engine.finalize_object()
        address = self._engine.get_function_address(ENTRY)
        return ctypes.CFUNCTYPE(None, ctypes.c_void_p)(address)


ENTRY = "kernel"


def n_workers() -> int:
    """How many threads a kernel called now will run on, each with scratch of its own."""
    return min(torch.get_num_threads(), N_SLICES)


def _machine() -> tuple[Any, str]:
    """The processor at hand, and a short name of it and all it can do.

    Made for each kernel, for what loads its code takes it along when it goes.
    """
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    cpu, features = llvm.get_host_cpu_name(), llvm.get_host_cpu_features().flatten()
    target = llvm.Target.from_default_triple()
    machine = target.create_target_machine(
        cpu=cpu, features=features, opt=3, codemodel="jitdefault", jit=True
    )
    return machine, f"{cpu}-{hashlib.sha256(features.encode()).hexdigest()[:8]}"
