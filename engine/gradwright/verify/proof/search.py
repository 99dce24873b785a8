"""An extremum compared with many points that obey the constraint."""

from __future__ import annotations

import numpy as np
from flint import arb
from sympy import Integer

from gradwright.derive.proof.line import Proved, Say, Side
from gradwright.errors import ModelError
from gradwright.tensor.nodes import Entry, Tensor
from gradwright.verify.proof.world import World

TRIES = 40
_STEP = 2.0**-6


def is_best(world: World, part: Proved) -> None:
    """Look for a point near the solution that obeys the constraint and is better.

    Directions are random; each is made one along which a linear constraint does not change.

    Raises:
        ModelError: There is one.
    """
    asked = next(item for item in part.claim if isinstance(item, Say))
    objective, left = (asked.values[key] for key in ("objective", "left"))
    name = str(asked.values["value"])
    assert isinstance(objective, Side) and isinstance(left, Side)
    tensor = part.solution[name]
    found = np.array([float(world.value(tensor, place).mid()) for place in world.places(tensor)])
    sign = 1.0 if part.kind == "maximise" else -1.0

    def at(side: Side, values: np.ndarray) -> np.ndarray:
        return _at(world, side.tensor, name, tensor, values)

    best, level = at(objective, found), at(left, found)
    slopes = np.array([at(left, found + step) - level for step in np.eye(len(found)) * _STEP])
    for _ in range(TRIES):
        direction = world.rng.standard_normal(len(found))
        direction -= slopes @ np.linalg.lstsq(slopes, direction)[0]
        moved = found + direction * _STEP * np.abs(found).min()
        if (np.abs(at(left, moved) - level) > 1e-9 * (1 + np.abs(level))).any():
            continue
        if (sign * (at(objective, moved) - best) > 1e-12 * (1 + np.abs(best))).any():
            raise ModelError(f"a point near the solution for {name} is better: {moved.tolist()}")


def _at(world: World, side: Tensor, name: str, tensor: Tensor, values: np.ndarray) -> np.ndarray:
    """The entries of a side with those of a value changed."""
    other = World(world.statement, {}, world.sizes, 0)
    other.arrays = dict(world.arrays)
    for place, number in zip(world.places(tensor), values, strict=True):
        symbol = other.explicit.entry(Tensor((), Entry(name, *map(Integer, place))), ())
        other.values[symbol] = arb(float(number))
    return np.array([float(other.value(side, place).mid()) for place in other.places(side)])
