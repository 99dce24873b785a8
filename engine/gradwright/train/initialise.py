"""How parameters start: by name, from seeded random numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from gradwright.errors import ModelError, nearest
from gradwright.execute.affine import whole
from gradwright.execute.order import names_in
from gradwright.language.scope import Value
from gradwright.tensor.nodes import Assignment, Entry, Sum

Array = Any
WAYS = ("xavier", "he", "normal", "zeros", "ones")


def initialise(
    parameters: Mapping[str, Value],
    ways: Mapping[str, str],
    sizes: Mapping[str, int],
    rng: np.random.Generator,
    assignments: Sequence[Assignment] = (),
) -> dict[str, Array]:
    """Starting values of the parameters, float64, in their shapes.

    Args:
        parameters: The parameters, in the order in which the random numbers are drawn.
        ways: For each parameter ``xavier`` (uniform, variance 2 / (fan in + fan out)), ``he`` (normal,
            variance 2 / fan in), ``normal`` (standard deviation 0.1), ``zeros`` or ``ones``.
        sizes: The sizes of the axes.
        rng: Where the numbers come from.
        assignments: The formulas, which show what a parameter's inputs and outputs are.

    Raises:
        ModelError: A way that is not known.

    Source:
        Glorot and Bengio (2010), AISTATS, eq. 16; He et al. (2015), ICCV, eq. 10.
    """
    users: dict[str, list[Assignment]] = {}
    for assignment in assignments:
        for used in names_in(assignment.tensor.entry):
            users.setdefault(used, []).append(assignment)
    return {
        name: _draw(name, ways.get(name, "xavier"), value, sizes, rng, users.get(name, ()))
        for name, value in parameters.items()
    }


def _draw(
    name: str,
    way: str,
    value: Value,
    sizes: Mapping[str, int],
    rng: np.random.Generator,
    assignments: Sequence[Assignment],
) -> Array:
    shape = [whole(extent, sizes) for extent in value.shape]
    fan_in, fan_out = fans(name, shape, assignments)
    if way == "xavier":
        limit = math.sqrt(6 / (fan_in + fan_out))
        return rng.uniform(-limit, limit, shape)
    if way == "he":
        return rng.normal(0, math.sqrt(2 / fan_in), shape)
    if way == "normal":
        return rng.normal(0, 0.1, shape)
    if way in ("zeros", "ones"):
        return np.full(shape, float(way == "ones"))
    raise ModelError(
        f"{name} starts by {way}, which is not known", hint=nearest(way, WAYS) or f"known: {', '.join(WAYS)}"
    )


def fans(name: str, shape: Sequence[int], assignments: Sequence[Assignment]) -> tuple[int, int]:
    """How many inputs an output has, and outputs an input has, by the first sum that uses a parameter.

    The axes that the sum runs over are the inputs, the others the outputs. Where no sum uses it, the last
    two axes are (inputs, outputs).
    """
    for assignment in assignments:
        for node in sorted(assignment.tensor.entry.atoms(Sum), key=str):
            for entry in node.body.atoms(Entry):
                if entry.name == name and set(entry.indices) & set(node.bound):
                    summed = [place in node.bound for place in entry.indices]
                    inputs = math.prod(extent for extent, inside in zip(shape, summed, strict=True) if inside)
                    return max(1, inputs), max(1, math.prod(shape) // max(1, inputs))
    if len(shape) >= 2:
        return max(1, shape[-2]), max(1, shape[-1])
    return max(1, math.prod(shape)), 1
