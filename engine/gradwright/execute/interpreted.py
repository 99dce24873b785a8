"""Training steps by the interpreter, where there is no compiled program."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from gradwright.execute import average
from gradwright.execute import update as updates
from gradwright.execute.batches import Batches
from gradwright.execute.state import State, flat
from gradwright.execute.touched import Touched, touched, where_touched
from gradwright.execute.update import Update

if TYPE_CHECKING:
    from gradwright.execute.program import Program

Array = Any


def interpreted(
    program: Program,
    state: State,
    data: Mapping[str, Array],
    optimizer: Update,
    settings: Mapping[str, float],
    steps: int | Batches,
) -> Array:
    """Training steps, in place; what is told of each, ending with one whose loss is not finite."""
    rows = touched(program.source) if optimizer.is_lazy else {}
    told = np.empty((steps if isinstance(steps, int) else len(steps.order), len(program.told)))
    for number in range(len(told)):
        if isinstance(steps, Batches):
            data = {**data, **steps.batch(number)}
            if steps.rates is not None:
                settings = {**settings, "learning_rate": float(steps.rates[number])}
        state.count += 1
        told[number] = _step(program, state, data, optimizer, settings, rows)
        if not math.isfinite(told[number, 0]):
            return told[: number + 1]
    return told


def _step(
    program: Program,
    state: State,
    data: Mapping[str, Array],
    optimizer: Update,
    settings: Mapping[str, float],
    rows: Mapping[str, Touched],
) -> list[Array]:
    """One step, the state's count being its number; a loss that is not finite changes nothing."""
    sizes = program.sizes_of(data)
    data = {**data, **program.draws.masks(sizes, state.seed, state.count)}
    values = program.values(program.parameters_of(state, sizes), data)
    told = [values[name] for name in program.told]
    if math.isfinite(told[0]):
        gradients = {name: values[program.adjoint_of[name]] for name in program.parameters}
        vectors = {**state.slots, "g": flat(gradients, program.parameters, program.dtype)}
        where = (
            flat(where_touched(rows, gradients, data, sizes), program.parameters, "bool") if rows else True
        )
        learn(optimizer, vectors, {**settings, "step": float(state.count)}, gradients, where)
        average.advance(program, state.averages, values, state.count)
    return told


def learn(
    optimizer: Update,
    vectors: Mapping[str, Array],
    settings: Mapping[str, float],
    gradients: Mapping[str, Array],
    where: Array = True,
) -> None:
    """Carry out an optimizer's formulas in place, apart for parameters that are exempt from its decay.

    Args:
        optimizer: The formulas.
        vectors: The slots and the gradient ``g``, each a vector of all parameters' numbers.
        settings: The settings' values.
        gradients: An array in the shape of each parameter.
        where: Which numbers are changed.
    """
    if not optimizer.exempt:
        updates.in_numpy(optimizer, vectors, settings, where)
        return
    for is_exempt in (True, False):
        names = [name for name in gradients if (name in optimizer.exempt) == is_exempt]
        own = {name: np.full(np.shape(one), name in names) for name, one in gradients.items()}
        chosen = flat(own, gradients, "bool") & where
        updates.in_numpy(optimizer.of(names[0]) if names else optimizer, vectors, settings, chosen)
