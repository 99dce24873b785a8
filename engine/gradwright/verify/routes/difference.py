"""Directional central differences of the forward formulas."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from gradwright.verify.case import Case, Finding, Point, Route
from gradwright.verify.forward import Forward

Array = Any

STENCILS = (
    (1e-5, ((1, 0.5),)),
    (1e-3, ((1, 2 / 3), (2, -1 / 12))),
    (1e-6, ((1, 0.5),)),
)
"""Steps, and weights of differences that far apart, tried until one agrees.

With a loss ``f`` the first errs by about ``step**2 * f'''/6 + 1e-16 * f/step``. Where the slope is small
beside the loss, five points and a wide step lose fewer digits; where a kink is near, a short step helps.
"""

TOLERANCE = 1e-6
"""Room for a large third derivative; a wrong gradient is off by far more in a random direction."""

NOISE = 1e-3
"""A slope smaller than this share of the loss has too few digits in a difference of two losses."""

NO_POINT = "skipped: the loss is not finite at random points"


def difference(case: Case) -> Finding:
    """The greatest relative error over all parameters and points."""
    if not case.points:
        return Finding(NO_POINT, None)
    worst = 0.0
    for point in case.points:
        values = case.forward.values(point.arrays, point.sizes)
        for name in point.gradients:
            worst = max(worst, _error(case.forward, point, values, name))
    return Finding(worst, worst < TOLERANCE) if np.isfinite(worst) else Finding(NO_POINT, None)


def relative_error(point: Point, name: str, slope: float, least: float = 1e-8) -> float:
    """How far the derived gradient's slope along the point's direction is from another route's.

    Args:
        point: Where, and in which direction.
        name: The parameter.
        slope: The other route's slope.
        least: What the difference is measured against where both slopes are smaller.
    """
    gradient, direction = point.gradients[name], point.direction[name]
    derived = float(np.sum(gradient * direction))
    # A slope that happens to be near 0 is measured against the gradient's own length.
    length = float(np.linalg.norm(gradient)) * float(np.linalg.norm(direction))
    scale = max(abs(derived), abs(slope), 1e-2 * length, least)
    return abs(derived - slope) / scale


def _error(forward: Forward, point: Point, values: Mapping[str, Array], name: str) -> float:
    best = np.inf
    least = max(1e-8, NOISE * float(abs(values[forward.model.minimise])))
    for step, weights in STENCILS:

        def loss(count: int, step: float = step) -> float:
            moved = values[name] + count * step * point.direction[name]
            return forward.loss({**values, name: moved}, point.sizes, name).real

        slope = sum(weight * (loss(count) - loss(-count)) for count, weight in weights) / step
        best = np.fmin(best, relative_error(point, name, slope, least))
        if best < TOLERANCE:
            break
    return float(best)


DIFFERENCE = Route("difference", difference)
