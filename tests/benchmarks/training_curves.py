"""Training curves: a case's losses step by step, compiled and interpreted, in float32 and in float64.

All start at the same numbers and train on the same batch. In float64 nothing but the order of additions
differs between machine code and the interpreter; float32 rounds each operation, and training may enlarge it.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

import gradwright as gw
from tests.benchmarks.training_case import Array, Arrays, Case
from tests.benchmarks.training_peers import Runner, cast

INTERPRETED = 20.0
"""Seconds of the processor after which the interpreter stops."""


@dataclass(frozen=True)
class Training:
    """What is trained.

    Args:
        case: The model, its optimizer and learning rate.
        model: The same, loaded.
        sizes: Of its axes.
        params: The starting parameters, in the kind of numbers that is measured.
        batch: The data.
    """

    case: Case
    model: Any
    sizes: Mapping[str, int]
    params: Arrays
    batch: Arrays

    def compiled(self, steps: int, dtype: str, threads: int) -> Array:
        """The loss before each step."""
        trainer, batch = self._started(dtype, "numba", threads)
        return np.asarray(trainer.run(batch, steps), np.float64)

    def interpreted(self, steps: int) -> Array:
        """The loss before each step by the interpreter, in float64; of fewer steps if these take long."""
        trainer, batch = self._started("float64", "numpy")
        losses: list[float] = []
        begin = time.process_time()
        while len(losses) < steps and time.process_time() - begin < INTERPRETED:
            losses.append(trainer.step(batch))
        return np.array(losses)

    def _started(self, dtype: str, backend: str, threads: int = 1) -> tuple[Any, Arrays]:
        """A trainer at the starting parameters, and its batch."""
        program = gw.compile(self.model, self.sizes, dtype, backend, threads)
        trainer = gw.Trainer(program, self.case.optimizer, self.case.learning_rate)
        batch = cast(self.batch, dtype)
        trainer.start(batch, cast(self.params, dtype))
        return trainer, batch


def apart(one: Array, other: Array) -> float:
    """The largest relative distance of the losses of the same steps; infinite where one ended early."""
    count = min(len(one), len(other))
    if not (np.isfinite(one[:count]).all() and np.isfinite(other[:count]).all()):
        return float("inf")
    return float(np.max(np.abs(one[:count] - other[:count]) / np.maximum(np.abs(other[:count]), 1e-300)))


def _disturbed(params: Arrays, dtype: str) -> Arrays:
    """Parameters that are off by what a number of that kind is rounded by."""
    rng, share = np.random.default_rng(1), float(np.finfo(dtype).eps) / 2
    return {
        name: np.asarray(one, np.float64) * (1 + share * rng.uniform(-1, 1, np.shape(one)))
        for name, one in params.items()
    }


def curves(
    training: Training, runners: Mapping[str, Runner], dtype: str, threads: int, steps: int
) -> dict[str, Any]:
    """How far training curves are from one another.

    Args:
        training: What is trained.
        runners: The peers, at their starting parameters.
        dtype: The kind of numbers that is measured.
        threads: How many threads share our work.
        steps: How many steps.

    Returns:
        ``steps``; ``interpreted``: how many of them the interpreter did; ``float64``: how far our compiled
        losses are from the interpreter's in float64; ``float32``: how far ours in float32 are from those in
        float64; ``peers``: how far each peer's are from ours; ``growth``: how far ours in float64 are from
        those that start at parameters rounded another way.
    """
    exact, reference = training.compiled(steps, "float64", threads), training.interpreted(steps)
    beside = replace(training, params=_disturbed(training.params, dtype))
    found: dict[str, Any] = {"steps": steps, "interpreted": len(reference)}
    found["float64"] = apart(exact, reference)
    found["growth"] = apart(beside.compiled(steps, "float64", threads), exact)
    ours = exact
    if dtype == "float32":
        ours = training.compiled(steps, dtype, threads)
        found["float32"] = apart(ours, exact)
    found["peers"] = {
        name: apart(np.array([one.run(1) for _ in range(steps)]), ours)
        for name, one in runners.items()
        if one.chunk == 1
    }
    return found
