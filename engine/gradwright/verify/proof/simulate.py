"""Expectations estimated from seeded draws, by the interpreter: what is claimed lies within a few errors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from sympy import Expr, Integer

from gradwright.execute.interpret import interpret
from gradwright.language.lower import lower
from gradwright.tensor.moments import Mean, Variance
from gradwright.tensor.nodes import Assignment, Entry, Index, Tensor, size
from gradwright.verify.proof.world import World

Array = Any
DRAWS = 20_000
BOUND = 5.0
"""Standard errors: of a thousand sound lines less than one in a thousand runs strays so far."""
_AXIS = "draws"


@dataclass(frozen=True)
class Estimate:
    """An estimate of an expectation or a variance, its standard error, and what was claimed."""

    estimate: float
    error: float
    claimed: float

    @property
    def deviation(self) -> float:
        """How many standard errors the claim is away."""
        distance = abs(self.estimate - self.claimed)
        return 0.0 if distance <= 1e-12 else distance / max(self.error, 1e-300)


def simulated(world: World, left: Tensor, right: Tensor) -> Estimate | None:
    """The left side estimated, if it is an expectation or a variance and the right side is a number.

    None where the claim is of another form, or about a recurrence.
    """
    node = left.entry
    if not isinstance(node, Mean | Variance) or right.entry.has(Mean, Variance) or world.made:
        return None
    place = tuple(0 for _ in left.indices)
    claimed = float(world.value(right, place).mid())
    draws = _draws(world, Tensor(left.indices, node.args[0]))
    draws = draws[(slice(None), *place)] if left.indices else draws
    if isinstance(node, Mean):
        return Estimate(float(draws.mean()), float(draws.std() / np.sqrt(DRAWS)), claimed)
    centred = (draws - draws.mean()) ** 2
    return Estimate(float(centred.mean()), float(centred.std() / np.sqrt(DRAWS)), claimed)


def _draws(world: World, body: Tensor) -> Array:
    """The body at many draws, the draws along a leading axis."""
    statement = world.statement
    draw = Index("draw", size(_AXIS))
    random = set(statement.laws)
    assignments = []
    for one in statement.definitions:
        if any(node.name in random for node in one.tensor.entry.atoms(Entry)):
            assignments.append(Assignment(one.name, _along(one.tensor, random, draw)))
            random.add(one.name)
        else:
            assignments.append(one)
    assignments.append(Assignment("drawn", _along(body, random, draw)))
    sizes = {**world.sizes, _AXIS: DRAWS}
    arrays = {name: np.asarray(array, dtype=float) for name, array in world.arrays.items()}
    arrays.update({name: _sample(world, name) for name in statement.laws})
    result: Array = interpret(assignments, arrays, sizes)["drawn"]
    return result


def _along(tensor: Tensor, random: set[str], draw: Index) -> Tensor:
    """A tensor whose random entries have the draw as their leading index."""
    reads: Mapping[Expr, Expr] = {
        node: Entry(node.name, draw, *node.indices)
        for node in tensor.entry.atoms(Entry)
        if node.name in random
    }
    return Tensor((draw, *tensor.indices), tensor.entry.xreplace(dict(reads)))


def _sample(world: World, name: str) -> Array:
    """Draws of a random value: normal ones, but bits for a mask."""
    statement, value = world.statement, world.statement.scope.values[name]
    law = statement.laws[name]
    shape = (DRAWS, *(int(world.explicit.extent(extent)) for extent in value.shape))
    mean, variance = (_moment(world, tree) for tree in (law.mean, law.variance))
    middle = (0.0 if law.symmetric else 0.3) if mean is None else mean
    if value.domain in ("mask", "binary"):
        return (world.rng.random(shape) < middle).astype(float)
    count = shape if law.independent else (DRAWS, *(1 for _ in value.shape))
    spread = np.sqrt(0.7 if variance is None else variance)
    return np.broadcast_to(middle + spread * world.rng.standard_normal(count), shape)


def _moment(world: World, tree: Any) -> float | None:
    if tree is None:
        return None
    tensor = lower(tree, world.statement.scope)
    return float(world.value(tensor, tuple(int(Integer(0)) for _ in tensor.indices)).mid())
