"""Running averages: what stands for a batch's own statistics where a trained model predicts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
from sympy import Max, Rational

from gradwright.execute.affine import whole
from gradwright.execute.deferred import Deferred
from gradwright.execute.update import PLACE, Update, in_numpy
from gradwright.language.scope import Value
from gradwright.tensor.nodes import Assignment, Entry, Tensor

if TYPE_CHECKING:
    from gradwright.execute.program import Program

Array = Any
AVERAGE, NEW = "a", "g"


@cache
def averaging(keep: float, settings: tuple[str, ...] = ("step",)) -> Update:
    """The formula of an average at a training step.

    The first steps count alike, so that the start, which no step has seen, counts nothing: ``a`` becomes
    ``a + (g - a)*max(1 - keep, 1/step)``.

    Args:
        keep: The share of the average that stays at each later step.
        settings: The settings among which the step is.
    """
    old, new = Entry(AVERAGE, PLACE), Entry(NEW, PLACE)
    entry = old + (new - old) * Max(1 - Rational(str(keep)), 1 / Entry("step"))
    return Update((AVERAGE,), settings, (Assignment("new", Tensor((PLACE,), entry)),), {AVERAGE: "new"})


def begun(program: Program, sizes: Mapping[str, int]) -> dict[str, Array]:
    """The averages before the first step."""
    return {
        name: np.zeros([whole(extent, sizes) for extent in value.shape], program.dtype)
        for name, value in averaged(program).items()
    }


def advance(program: Program, averages: Mapping[str, Array], values: Mapping[str, Array], step: int) -> None:
    """The averages after a step, in place."""
    for name, keep in program.running.items():
        arrays = {AVERAGE: averages[name].reshape(-1), NEW: np.ravel(values[name])}
        in_numpy(averaging(keep), arrays, {"step": float(step)})


def averaged(program: Program) -> dict[str, Value]:
    """The shapes of the values that have an average."""
    shapes = {one.name: one.tensor.shape for one in program.formulas.forward}
    return {name: Value(shapes[name]) for name in program.running}


def settled(program: Program) -> Program:
    """The forward values of a program to which the parameters and the averages are given."""
    kept = tuple(one for one in program.formulas.forward if one.name not in program.running)
    identity = program.formulas.identity and f"{program.formulas.identity} settled"
    return replace(
        program,
        formulas=Deferred(lambda: (kept, {}), identity, kept),
        data={**program.data, **program.parameters, **averaged(program)},
        parameters={},
        running={},
        executables={},
        _groups=(),
        _shown={},
    )
