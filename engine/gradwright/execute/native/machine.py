"""LLVM at work: a module's text made machine code for this processor, kept in the cache folder."""

from __future__ import annotations

import ctypes
import hashlib
from collections.abc import Callable, Mapping
from typing import Any

import llvmlite.binding as llvm

from gradwright.execute import cache
from gradwright.execute.native import host


def _target() -> Any:
    """LLVM's description of this processor; an engine takes one of its own."""
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    target = llvm.Target.from_default_triple()
    return target.create_target_machine(
        cpu=llvm.get_host_cpu_name(),
        features=llvm.get_host_cpu_features().flatten(),
        opt=3,
        codemodel="jitdefault",
        jit=True,
    )


def processor() -> str:
    """The processor and what it can do."""
    return f"{llvm.get_host_cpu_name()} {llvm.get_host_cpu_features().flatten()}"


def object_code(text: str) -> bytes:
    """A module's machine code.

    Args:
        text: The module in LLVM's language.
    """
    machine = _target()
    module = llvm.parse_assembly(text)
    module.verify()
    tuning = llvm.create_pipeline_tuning_options(speed_level=2)
    tuning.loop_vectorization = False
    tuning.slp_vectorization = False
    tuning.loop_unrolling = False  # a tile fills the registers already
    builder = llvm.create_pass_builder(machine, tuning)
    builder.getModulePassManager().run(module, builder)
    return bytes(machine.emit_object(module))


class Engine:
    """Machine code in memory by LLVM's own loader; it stays as long as this object does.

    Args:
        image: What ``object_code`` gave.
        outside: The addresses of the functions that it may call, but for those of the C library.
    """

    def __init__(self, image: bytes, outside: Mapping[str, int]) -> None:
        for name, place in outside.items():
            llvm.add_symbol(name, place)
        empty = llvm.parse_assembly("")
        self._engine = llvm.create_mcjit_compiler(empty, _target())
        self._engine.add_object_file(llvm.ObjectFileRef.from_data(image))
        self._engine.finalize_object()

    def function(self, name: str, *kinds: Any) -> Callable[..., None]:
        """A function that gives nothing back; it is called without Python's lock."""
        return ctypes.CFUNCTYPE(None, *kinds)(self._engine.get_function_address(name))


def made(text: str) -> bytes:
    """The machine code of a text, from the cache if it was made before on such a processor."""
    return cache.kept(file(text), lambda: object_code(text))


def file(text: str) -> str:
    """The name of the file in the cache folder that keeps the machine code of a text."""
    key = hashlib.sha256(f"{host.processor()}\n{text}".encode()).hexdigest()[:24]
    return f"native_{key}.o"
