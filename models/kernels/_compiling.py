"""Loops to machine code, by numba, without anything of Python's left in it."""

import importlib
from typing import Any

import llvmlite.binding as llvm
import numba
from numba import types

from models.kernels._kernel import ENTRY
from models.kernels._loops import HOW

# numba's functions return whether they failed, and where they would leave a result or a reason.
_ENTRY = f"""
define void @{ENTRY}(ptr %data) {{
  %result = alloca ptr
  %reason = alloca ptr
  %status = call i32 @FUNCTION(ptr %result, ptr %reason, ptr %data)
  ret void
}}
"""


def compiled(file: str, name: str, machine: Any) -> bytes:
    """Return an object file whose function `ENTRY` is the kernel."""
    function = getattr(importlib.import_module(f"models.kernels.{file}"), name)
    made = numba.cfunc(types.void(types.voidptr), **HOW)(function)
    text, own = made._library.get_llvm_str(), made._wrapper_name.removeprefix("cfunc.")
    module = llvm.parse_assembly(text + _ENTRY.replace("FUNCTION", own))
    for each in module.functions:  # what the kernel does not reach goes, the way to Python first
        if not each.is_declaration and each.name != ENTRY:
            each.linkage = llvm.Linkage.internal
    passes = llvm.create_new_module_pass_manager()
    passes.add_global_dead_code_eliminate_pass()
    builder = llvm.create_pass_builder(machine, llvm.create_pipeline_tuning_options())
    passes.run(module, builder)
    wanted = [each.name for each in module.functions if each.is_declaration]
    unknown = [each for each in wanted if not each.startswith("llvm.") and each not in _KNOWN]
    if unknown:
        raise RuntimeError(f"{file}.{name} calls {', '.join(unknown)}, which it must do without.")
    return bytes(machine.emit_object(module))


_KNOWN = {"memset", "memcpy", "log", "logf"}
