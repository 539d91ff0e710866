"""Whether kernels can be used: it takes numba, torch's own threads and a place to keep them."""

import ctypes
import hashlib
import importlib.metadata
import importlib.util
import os
import platform
import shutil
import sys
import time
from contextlib import suppress
from functools import cache
from pathlib import Path

import torch
from torch import Tensor

_COMPILERS = ("numba", "llvmlite")
_TRIED = ("x86_64", "AMD64")
_UNUSED_S = 7 * 24 * 3600
_KINDS = (torch.float32, torch.bfloat16)


def are_for(*tensors: Tensor) -> bool:
    """Whether kernels take these: numbers of 16 or 32 bits on a CPU, row by row in memory."""
    return (
        all(
            each.device.type == "cpu" and each.dtype in _KINDS and each.is_contiguous()
            for each in tensors
        )
        and not torch.compiler.is_compiling()
        and are_ready()
    )


@cache
def are_ready() -> bool:
    """Whether this process can make kernels; the first time a machine does, it takes seconds.

    They were tried on x86-64 alone, so others go torch's way.
    """
    if platform.machine() not in _TRIED:
        return False
    if any(importlib.util.find_spec(name) is None for name in _COMPILERS):
        return False
    return pool() is not None and place_of_compiled() is not None


def made_by(device: str) -> str:
    """Say what passes over tokens are made by, for the record of a run."""
    is_ours = device == "cpu" and are_ready()
    return f"numba {importlib.metadata.version('numba')}" if is_ours else "torch"


@cache
def pool() -> ctypes.CDLL | None:
    """Torch's own OpenMP: its threads are awake already, others would have to share their cores."""
    found = sorted(Path(torch.__file__).parent.glob("lib/libgomp*.so*"))
    if not found:
        return None
    library = ctypes.CDLL(str(found[0]))
    library.GOMP_parallel.argtypes = [
        ctypes.c_void_p,
        ctypes.c_void_p,
        ctypes.c_uint,
        ctypes.c_uint,
    ]
    library.GOMP_parallel.restype = None
    return library


@cache
def place_of_compiled() -> Path | None:
    """Where what was compiled is kept, None if nothing can be written there.

    The name holds a digest of all kernels and of what compiles them: none is used by another.
    """
    versions = [importlib.metadata.version(name) for name in _COMPILERS]
    digest = hashlib.sha256(f"{sys.version} {platform.machine()} {versions}".encode())
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.read_bytes())
    try:
        home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
        place = Path(home) / "replicheck" / f"kernels-{digest.hexdigest()[:16]}"
        is_new = not place.exists()
        place.mkdir(parents=True, exist_ok=True)
        os.utime(place)  # so that others see it is in use
    except (OSError, RuntimeError):
        return None
    if is_new:
        _clear_unused(place.parent)
    return place if os.access(place, os.W_OK | os.X_OK) else None


def _clear_unused(folder: Path) -> None:
    """Remove what other versions compiled, a week after the last process began that used it.

    One still at work makes the folder again when it wants to write there.
    """
    for each in folder.glob("kernels-*"):
        with suppress(OSError):
            if each.stat().st_mtime < time.time() - _UNUSED_S:
                shutil.rmtree(each, ignore_errors=True)
