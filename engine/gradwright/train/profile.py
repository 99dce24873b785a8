"""Where the time of a training step goes, by named value."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gradwright.errors import UsageError
from gradwright.execute.native import cycles
from gradwright.execute.native.executable import Executable
from gradwright.execute.native.shape import products
from gradwright.execute.native.show import Notes, captions, part_of
from gradwright.execute.native.signature import outer
from gradwright.execute.native.statement import Kernel, Outside, kernels_in
from gradwright.train.trainer import Trainer

Array = Any
SECONDS = 0.3
MOST = 20_000


@dataclass(frozen=True)
class Part:
    """What is computed together, and how long that takes.

    Args:
        values: The names of the values.
        formulas: Their formulas.
        kind: ``forward``, ``backward``, ``both`` or ``update``.
        microseconds: Of one step.
        operations: Multiplications and additions of the products of matrices in it, a step.
    """

    values: tuple[str, ...]
    formulas: tuple[str, ...]
    kind: str
    microseconds: float
    operations: int

    @property
    def rate(self) -> float | None:
        """GFLOP/s; None where there is no product of matrices."""
        return self.operations / self.microseconds / 1e3 if self.operations and self.microseconds else None


@dataclass(frozen=True)
class Profile:
    """The parts of a training step in the order in which they are carried out.

    Args:
        steps: How many steps were timed.
        microseconds: Of a whole step by the clock, the time between the parts too.
    """

    parts: tuple[Part, ...]
    steps: int
    microseconds: float

    def share(self, part: Part) -> float:
        """The share of the time of all parts."""
        return part.microseconds / max(self.total, 1e-9)

    @property
    def total(self) -> float:
        """The microseconds of all parts."""
        return sum(part.microseconds for part in self.parts)

    def kinds(self) -> dict[str, float]:
        """The microseconds of each kind."""
        found: dict[str, float] = {}
        for part in self.parts:
            found[part.kind] = found.get(part.kind, 0.0) + part.microseconds
        return found

    def row(self) -> dict[str, Any]:
        """The profile as data."""
        parts = [
            {
                "values": list(part.values),
                "formulas": list(part.formulas),
                "kind": part.kind,
                "us": round(part.microseconds, 3),
                "share": round(self.share(part), 4),
                "gflops": None if part.rate is None else round(part.rate, 2),
            }
            for part in self.parts
        ]
        return {"step_us": round(self.microseconds, 2), "steps": self.steps, "parts": parts}


def profile(trainer: Trainer, batch: Mapping[str, Array], notes: Notes) -> Profile:
    """Time further training steps on copies of what a trainer has learned; the trainer stays as it is.

    Args:
        trainer: After training.
        batch: The examples of a step.
        notes: What is known of the program's values.

    Raises:
        UsageError: The program is not compiled, or the loss is not finite.
    """
    program, update = trainer.program, trainer.optimizer.update
    sizes = program.sizes_of(dict(batch))
    if program.compiled_for(sizes, update) is None:
        raise UsageError("only compiled code is timed part by part", hint="train with --backend numba")
    assert trainer.state is not None
    timed = Executable(program.source, sizes, program.dtype, program.threads, update, timed=True)
    slots = {name: vector.copy() for name, vector in trainer.state.slots.items()}
    data = {**{name: np.asarray(value) for name, value in batch.items()}, **program.constants}
    settings = {**trainer.settings, "step": float(trainer.state.count + 1)}
    averages = {name: array.copy() for name, array in trainer.state.averages.items()}
    steps, seconds = _run(
        lambda count: timed.train(slots, data, settings, count, averages=averages)[:, 0], timed
    )
    micro = timed.clock / cycles.per_second() / steps * 1e6
    return Profile(tuple(_parts(timed, notes, micro)), steps, seconds / steps * 1e6)


def _run(steps_of: Callable[[int], Array], timed: Executable) -> tuple[int, float]:
    """How many steps were timed, and their seconds."""
    first = steps_of(2)
    if not np.isfinite(first).all():
        raise UsageError("the loss is not finite, so there is no step to time")
    timed.clock[:] = 0
    steps, count, seconds = 0, 1, 0.0
    while seconds < SECONDS and steps < MOST:
        begin = time.perf_counter()
        losses = steps_of(count)
        seconds += time.perf_counter() - begin
        done = int(np.isfinite(losses).sum())
        steps += done
        if done < count:
            break
        count = min(2 * count, MOST - steps) or 1
    return max(steps, 1), seconds


def _parts(timed: Executable, notes: Notes, micro: Array) -> list[Part]:
    """The parts that took time, in order."""
    kernels, updates = timed.kernels, len(list(kernels_in(timed.program.update)))
    before = len(kernels) - updates
    kinds = [*_kinds(kernels[:before], notes), *["update"] * updates]
    told = captions(timed.program, notes)
    found = []
    for kernel, kind, spent in zip(kernels, kinds, micro, strict=True):
        if spent <= 0:
            continue
        values, formulas = told[_made(kernel)]
        found.append(Part(values, formulas, kind, float(spent), _operations(kernel)))
    return found


def _kinds(steps: Sequence[Kernel | Outside], notes: Notes) -> list[str]:
    """What each belongs to; a call of NumPy to what the kernel after it does."""
    kernels = [one for one in steps if isinstance(one, Kernel)]
    parts = part_of(kernels, notes.adjoints)
    after = [sum(isinstance(one, Kernel) for one in steps[:at]) for at in range(len(steps))]
    return [parts[at] if at < len(parts) else "forward" for at in after]


def _made(kernel: Kernel | Outside) -> tuple[str, ...]:
    return (kernel.target,) if isinstance(kernel, Outside) else tuple(one.buffer for one in kernel.stores)


def _operations(kernel: Kernel | Outside) -> int:
    """Multiplications and additions of a kernel's products of matrices in a step."""
    if isinstance(kernel, Outside):
        return 0
    rounds = math.prod(var.extent for var in outer(kernel))
    return rounds * sum(made.operations for _, made in products(kernel))
