"""A model's training step compiled at given sizes, and what was made."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from gradwright.derive.derivation import derive
from gradwright.errors import GradwrightError, UsageError
from gradwright.execute import cache
from gradwright.execute.native.executable import Executable
from gradwright.execute.native.module import ModuleWriter
from gradwright.execute.native.shape import products
from gradwright.execute.native.show import Notes, part_of, shown
from gradwright.execute.native.statement import kernels_in
from gradwright.execute.program import Program
from gradwright.model.model import Model
from gradwright.train.adjustments import adjusted
from gradwright.train.bind import bind
from gradwright.train.optimizers import Optimizer
from gradwright.train.optimizers import optimizer as find
from gradwright.train.program import joined
from gradwright.train.readable import notes
from gradwright.train.run import settings_of, shown_sizes

PLACES = 16
"""The places of an axis of which nothing says how many it has."""


@dataclass(frozen=True)
class CompiledStep:
    """A training step as machine code.

    Args:
        model: The model.
        sizes: The number of places of every axis.
        seconds: What ``derive``, ``plan`` and ``compile`` took.
        is_cached: Whether the machine code was there from before.
    """

    model: Model
    sizes: Mapping[str, int]
    optimizer: Optimizer
    program: Program
    notes: Notes
    executable: Executable
    seconds: Mapping[str, float]
    is_cached: bool

    @property
    def width(self) -> int:
        """The lanes of a vector."""
        return 8 if self.program.dtype == "float32" else 4

    def row(self) -> dict[str, Any]:
        """What was made, as data; memory in bytes."""
        made = self.executable.program
        kernels = list(kernels_in(made.statements))
        parts = part_of(kernels, self.notes.adjoints)
        update = len(list(kernels_in(made.update)))
        own = [products(kernel) for kernel in kernels]
        item = np.dtype(self.program.dtype).itemsize
        numbers = sum(made.buffers[name].size for name in self.program.parameters)
        return {
            "model": self.model.name,
            "sizes": dict(self.sizes),
            "dtype": self.program.dtype,
            "threads": self.program.threads,
            "optimizer": self.optimizer.name,
            "kernels": len(kernels) + update,
            "forward": sum(part != "backward" for part in parts),
            "backward": parts.count("backward"),
            "update": update,
            "products": sum(map(len, own)),
            "parameters": numbers,
            "memory": {
                "values": self.executable.layout.numbers * item + self.executable.layout.integers * 4,
                "optimizer": numbers * item * len(self.optimizer.update.slots),
            },
            "seconds": {name: round(spent, 4) for name, spent in self.seconds.items()},
            "cached": self.is_cached,
        }

    def text(self) -> str:
        """The loop program as text to read."""
        sizes = ", ".join(f"{name} = {number}" for name, number in self.sizes.items())
        head = f"# {self.model.name}: a training step by {self.optimizer.name}, {self.program.dtype}"
        return f"{head}\n# {sizes}\n" + shown(self.executable.program, self.notes, self.width)

    def llvm(self) -> str:
        """The module in LLVM's language."""
        made = self.executable
        return ModuleWriter(made.program, made.layout, self.program.dtype, self.program.threads).text()


def compile_step(
    model: Model,
    sizes: Mapping[str, int] | None = None,
    dtype: str = "float32",
    threads: int = 1,
    optimizer: str | None = None,
) -> CompiledStep:
    """Compile a model's training step.

    Args:
        model: The model.
        sizes: Sizes of axes, over the model's own and those that its data set shows.
        dtype: ``float32`` or ``float64``.
        threads: How many threads share the work.
        optimizer: The name of an optimizer; the model's own unless given.

    Raises:
        UsageError: There is no such axis or optimizer.
        GradwrightError: The model has no compiled form.
        ImportError: What compiles is not installed.
        RuntimeError: LLVM refuses the code.
    """
    name = optimizer or model.training.optimizer
    exempt = [one for one, parameter in model.parameters.items() if not parameter.decay]
    rule = adjusted(find(name), settings_of(model.training, name), exempt)
    begin = time.perf_counter()
    derivation = derive(model)
    derived = time.perf_counter() - begin
    found = step_sizes(model, sizes or {})
    program = joined(derivation, found, dtype, "numba", threads)
    found = program.completed(found)
    before, begin = _cached(), time.perf_counter()
    try:
        executable = program.executable(found, rule.update)
    except UsageError as error:
        message = f"{model.name} has no compiled form: {error.message}"
        raise GradwrightError(
            message, hint="train goes on with NumPy's interpreter, which is slower"
        ) from error
    spent = time.perf_counter() - begin
    seconds = {
        "derive": derived,
        "plan": executable.maker.planned,
        "compile": spent - executable.maker.planned,
    }
    about = notes(derivation, program, rule.update)
    return CompiledStep(model, found, rule, program, about, executable, seconds, _cached() == before)


def step_sizes(model: Model, given: Mapping[str, int]) -> dict[str, int]:
    """A size for each axis: as given, as the model or its data set says, else ``PLACES``.

    Raises:
        UsageError: A given size is of no axis of the model.
    """
    axes = [
        str(s) for value in model.scope.values.values() for extent in value.shape for s in extent.free_symbols
    ]
    follow = {str(left) for left, _ in model.equations}
    names = [name for name in dict.fromkeys(axes) if name not in follow]
    for name in given:
        if name not in names:
            raise UsageError(f"{model.name} has no axis {name}", hint=f"its axes are {', '.join(names)}")
    known = {**model.sizes, **given}
    if not set(names) <= set(known):
        known = {**_of_data(model), **known}
    return {name: known.get(name, PLACES) for name in names}


def _of_data(model: Model) -> dict[str, int]:
    """The sizes that the model's own data set shows, if it is at hand."""
    training = model.training
    if not training.data:
        return {}
    try:
        first, _ = bind(model, training.data, np.random.default_rng(0))
    except UsageError:
        return {}
    return shown_sizes(model, first, training.batch)


def _cached() -> frozenset[str]:
    return (
        frozenset(path.name for path in cache.folder().glob("native_*"))
        if cache.folder().is_dir()
        else frozenset()
    )
