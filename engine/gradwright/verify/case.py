"""What a route verifies: a derivation, and points at which its gradients are known as numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from gradwright.derive.derivation import Derivation
from gradwright.errors import UsageError
from gradwright.execute.interpret import interpret
from gradwright.execute.sample import draw, draw_sizes
from gradwright.model.model import Model
from gradwright.verify.forward import Forward

Array = Any


@dataclass(frozen=True)
class Point:
    """Sizes, the values of data, parameters and constants, and the derived gradients there.

    Args:
        gradients: The derived gradient by each parameter, in the parameter's shape.
        direction: A random direction for each parameter.
    """

    sizes: Mapping[str, int]
    arrays: Mapping[str, Array]
    gradients: Mapping[str, Array]
    direction: Mapping[str, Array]


@dataclass(frozen=True)
class Case:
    """A derivation under verification.

    Args:
        forward: The forward formulas as written.
        points: Points with all axes of different sizes, and with equal ones where that can be.
        seed: Where the random numbers of a route begin.
    """

    derivation: Derivation
    forward: Forward
    points: tuple[Point, ...]
    seed: int


@dataclass(frozen=True)
class Finding:
    """What a route found.

    Args:
        figure: The greatest relative error, ``"proved"``, or in words why not.
        ok: Whether the derivation agrees; None where the route could not tell.
    """

    figure: float | str
    ok: bool | None


@dataclass(frozen=True)
class Route:
    """One way to verify a derivation.

    Args:
        name: Its key in reports.
        run: From a case to a finding.
    """

    name: str
    run: Callable[[Case], Finding]


def make_case(derivation: Derivation, seed: int) -> Case:
    """Draw points and evaluate the derived gradients there."""
    model = derivation.model
    rng = np.random.default_rng(seed)
    points = []
    for mode in ("distinct", "equal"):
        try:
            sizes = draw_sizes(model.shapes, model.equations, rng, mode, 2)
        except UsageError:
            continue
        points.append(_point(derivation, sizes, rng))
    return Case(derivation, Forward(model), tuple(points), seed)


def constants(model: Model) -> dict[str, Array]:
    """The model's constants as arrays without axes."""
    return {name: np.float64(value) for name, value in model.constants.items()}


def _point(derivation: Derivation, sizes: Mapping[str, int], rng: np.random.Generator) -> Point:
    model = derivation.model
    arrays = {**draw(model.scope.values, sizes, rng), **constants(model)}
    results = interpret(derivation.assignments(), arrays, sizes)
    gradients = {name: results[derivation.adjoint_of[name]] for name in derivation.gradients}
    direction = {name: rng.normal(size=np.shape(arrays[name])) for name in gradients}
    return Point(sizes, arrays, gradients, direction)
