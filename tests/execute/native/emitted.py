"""Compiles emitted functions for the processor at hand, as loops over arrays."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import llvmlite.binding as llvm
import numpy as np
from llvmlite import ir

Emit = Callable[..., ir.Value]
TYPES = {np.dtype(np.float32): ir.FloatType(), np.dtype(np.float64): ir.DoubleType()}


@dataclass(frozen=True)
class Kernel:
    """An elementwise function of some arrays, run in steps of ``lanes`` numbers."""

    emit: Emit
    dtype: np.dtype[Any]
    lanes: int
    count: int = 1


@dataclass(frozen=True)
class Compiled:
    """Kernels as machine code; the engine owns their memory."""

    engine: Any
    kernels: Mapping[str, Kernel]
    text: str

    def __call__(self, name: str, *arrays: np.ndarray) -> np.ndarray:
        kernel = self.kernels[name]
        size = -(-len(arrays[0]) // 16) * 16
        inputs = [np.ones(size, kernel.dtype) for _ in arrays]
        for padded, array in zip(inputs, arrays, strict=True):
            padded[: len(array)] = array
        result = np.empty(size, kernel.dtype)
        function = self.function(name)
        function(*(array.ctypes.data for array in (*inputs, result)), size)
        return result[: len(arrays[0])]

    def function(self, name: str) -> Any:
        pointers = [ctypes.c_void_p] * (self.kernels[name].count + 1)
        return ctypes.CFUNCTYPE(None, *pointers, ctypes.c_int64)(self.engine.get_function_address(name))


def compile_kernels(kernels: Mapping[str, Kernel]) -> Compiled:
    """All kernels in one module, optimised and compiled."""
    module = ir.Module("kernels")
    for name, kernel in kernels.items():
        _add_loop(module, name, kernel)
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    target = llvm.Target.from_default_triple().create_target_machine(
        cpu=llvm.get_host_cpu_name(), features=llvm.get_host_cpu_features().flatten(), opt=3
    )
    module.triple = target.triple
    parsed = llvm.parse_assembly(str(module))
    parsed.verify()
    options = llvm.PipelineTuningOptions(speed_level=3)
    options.loop_vectorization = True
    builder = llvm.create_pass_builder(target, options)
    builder.getModulePassManager().run(parsed, builder)
    text = str(parsed)
    engine = llvm.create_mcjit_compiler(parsed, target)
    engine.finalize_object()
    return Compiled(engine, kernels, text)


def _add_loop(module: ir.Module, name: str, kernel: Kernel) -> None:
    lane = TYPES[kernel.dtype]
    kind = lane if kernel.lanes == 1 else ir.VectorType(lane, kernel.lanes)
    index = ir.IntType(64)
    signature = ir.FunctionType(ir.VoidType(), [ir.PointerType()] * (kernel.count + 1) + [index])
    function = ir.Function(module, signature, name)
    *sources, target, size = function.args
    for pointer in function.args[:-1]:
        pointer.add_attribute("noalias")
    entry, loop, done = (function.append_basic_block(label) for label in ("entry", "loop", "done"))
    ir.IRBuilder(entry).branch(loop)
    builder = ir.IRBuilder(loop)
    place = builder.phi(index)
    align = kernel.dtype.itemsize
    values = [
        builder.load(builder.gep(source, [place], source_etype=lane), align=align, typ=kind)
        for source in sources
    ]
    result = kernel.emit(builder, *values)
    builder.store(result, builder.gep(target, [place], source_etype=lane), align=align)
    following = builder.add(place, ir.Constant(index, kernel.lanes))
    place.add_incoming(ir.Constant(index, 0), entry)
    place.add_incoming(following, loop)
    builder.cbranch(builder.icmp_signed("<", following, size), loop, done)
    ir.IRBuilder(done).ret_void()
