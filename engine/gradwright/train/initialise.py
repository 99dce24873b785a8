"""How parameters start: by name, from seeded random numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from gradwright.errors import ModelError, nearest
from gradwright.execute.affine import whole
from gradwright.language.scope import Value

Array = Any
WAYS = ("xavier", "he", "normal", "zeros", "ones")


def initialise(
    parameters: Mapping[str, Value],
    ways: Mapping[str, str],
    sizes: Mapping[str, int],
    rng: np.random.Generator,
) -> dict[str, Array]:
    """Starting values of the parameters, float64, in their shapes.

    Args:
        parameters: The parameters, in the order in which the random numbers are drawn.
        ways: For each parameter ``xavier`` (uniform, variance 2 / (fan in + fan out)), ``he`` (normal,
            variance 2 / fan in), ``normal`` (standard deviation 0.1), ``zeros`` or ``ones``.
        sizes: The sizes of the axes.
        rng: Where the numbers come from.

    Raises:
        ModelError: A way that is not known.

    Source:
        Glorot and Bengio (2010), AISTATS, eq. 16; He et al. (2015), ICCV, eq. 10.
    """
    return {
        name: _draw(name, ways.get(name, "xavier"), [whole(extent, sizes) for extent in value.shape], rng)
        for name, value in parameters.items()
    }


def _draw(name: str, way: str, shape: Sequence[int], rng: np.random.Generator) -> Array:
    fan_in, fan_out = fans(shape)
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


def fans(shape: Sequence[int]) -> tuple[int, int]:
    """How many inputs an output has, and how many outputs an input has.

    A matrix is (inputs, outputs); an array of more axes ends so, and one of four is a kernel (outputs,
    inputs, height, width).
    """
    if len(shape) == 4:
        area = shape[2] * shape[3]
        return max(1, shape[1] * area), max(1, shape[0] * area)
    if len(shape) >= 2:
        return max(1, shape[-2]), max(1, shape[-1])
    return max(1, math.prod(shape)), 1
