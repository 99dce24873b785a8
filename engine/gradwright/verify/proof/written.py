"""A side as it was typed, evaluated from its tree with NumPy's meaning: its reading is checked too."""

from __future__ import annotations

import numpy as np

from gradwright.derive.proof.line import Side
from gradwright.execute.evaluate import evaluate
from gradwright.language.free import CONSTANTS, free_indices
from gradwright.language.tree import Call, names, walk
from gradwright.model.statement import MOMENTS
from gradwright.verify.proof.world import World


def as_written(world: World, side: Side, place: tuple[int, ...]) -> float | None:
    """The value of the text at a place; None where it is of expectations, or of other than given values."""
    if side.tree is None or free_indices(side.tree, world.statement.scope):
        return None
    if any(isinstance(node, Call) and node.function in MOMENTS for node in walk(side.tree)):
        return None
    used = names(side.tree)
    if not used <= world.arrays.keys() | world.sizes.keys() | CONSTANTS:
        return None
    arrays = {name: np.asarray(world.arrays[name], dtype=float) for name in used if name in world.arrays}
    value = np.asarray(evaluate(side.tree, arrays, world.sizes, world.statement.scope.composites))
    return float(value[place] if value.ndim == len(place) else value)
