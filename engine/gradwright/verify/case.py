"""What a route verifies: a derivation, and points at which its gradients are known as numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gradwright.derive.derivation import Derivation
from gradwright.errors import UsageError
from gradwright.execute.interpret import run
from gradwright.execute.order import Recurrence, Straight, order
from gradwright.execute.prepare import prepare
from gradwright.execute.sample import draw, draw_sizes
from gradwright.model.model import Model
from gradwright.verify.forward import Forward

Array = Any

DRAWS = 8
"""Points tried for each kind of sizes."""

NUDGE = 1e-13
"""How far inputs move, relatively, to see what a point makes of rounding; 1e4 times that is too much."""


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
    rng = np.random.default_rng(seed)
    program = order(prepare(derivation.assignments()))
    forward = Forward(derivation.model)
    drawn = (_draw_point(derivation, program, forward, mode, rng) for mode in ("distinct", "equal"))
    return Case(derivation, forward, tuple(point for point in drawn if point is not None), seed)


def constants(model: Model) -> dict[str, Array]:
    """The model's constants as arrays without axes."""
    return {name: np.float64(value) for name, value in model.constants.items()}


def is_steady(value: Array, moved: Array) -> bool:
    """Whether a value is finite and hardly changes when its inputs change in their last digits."""
    spread, size = (float(np.max(np.abs(part), initial=0)) for part in (value - moved, value))
    return bool(np.all(np.isfinite(value)) and spread <= 1e4 * NUDGE * (size + 1e-10))


def nudged(array: Array, rng: np.random.Generator) -> Array:
    """The array with its last digits changed: a singular matrix betrays itself by what it makes of that."""
    return array * (1 + NUDGE * rng.normal(size=np.shape(array)))


def _draw_point(
    derivation: Derivation,
    program: Sequence[Straight | Recurrence],
    forward: Forward,
    mode: str,
    rng: np.random.Generator,
) -> Point | None:
    """A point at which the loss is finite and the gradients are steady, or None if none is found."""
    for attempt in range(DRAWS):
        try:
            sizes = draw_sizes(derivation.model.shapes, derivation.model.equations, rng, mode, 2)
        except UsageError:
            return None
        point = _point(derivation, program, sizes, 2.0 ** -(1 + attempt // 2), rng)
        if point is not None and np.isfinite(forward.loss(point.arrays, sizes)):
            return point
    return None


def _point(
    derivation: Derivation,
    program: Sequence[Straight | Recurrence],
    sizes: Mapping[str, int],
    scale: float,
    rng: np.random.Generator,
) -> Point | None:
    """A random point, scaled so that nothing saturates; None where a gradient is not steady."""
    model = derivation.model
    values = model.scope.values
    arrays = {
        name: array * scale if values[name].domain == "real" else array
        for name, array in draw(values, sizes, rng).items()
    }
    for name in model.parameters:
        if values[name].domain == "real" and np.ndim(arrays[name]) > 1:
            arrays[name] = arrays[name] / np.sqrt(len(arrays[name]))
    arrays |= constants(model)
    moved = {**arrays, **{name: nudged(arrays[name], rng) for name in derivation.gradients}}
    one, other = (
        {name: results[derivation.adjoint_of[name]] for name in derivation.gradients}
        for results in (run(program, arrays, sizes), run(program, moved, sizes))
    )
    if not all(is_steady(one[name], other[name]) for name in one):
        return None
    direction = {name: rng.normal(size=np.shape(arrays[name])) for name in one}
    return Point(sizes, arrays, one, direction)
