"""Directional central differences of the forward formulas."""

from __future__ import annotations

import numpy as np

from gradwright.verify.case import Case, Finding, Point, Route
from gradwright.verify.forward import Forward

STEPS = (1e-5, 1e-6)
"""For a loss ``f`` the error is about ``step**2 * f'''/6 + 1e-16 * f/step``: 1e-10 if f is near 1."""

TOLERANCE = 1e-6
"""Room for a large third derivative; a wrong gradient is off by far more in a random direction."""

NO_POINT = "skipped: the loss is not finite at random points"


def difference(case: Case) -> Finding:
    """The greatest relative error of all parameters and points; a second step serves where a kink is near."""
    if not case.points:
        return Finding(NO_POINT, None)
    worst = 0.0
    for point in case.points:
        for name in point.gradients:
            first = relative_error(point, name, _slope(case.forward, point, name, STEPS[0]))
            if not first < TOLERANCE:
                first = min(first, relative_error(point, name, _slope(case.forward, point, name, STEPS[1])))
            if np.isnan(first):
                return Finding(NO_POINT, None)
            worst = max(worst, first)
    return Finding(worst, worst < TOLERANCE)


def relative_error(point: Point, name: str, slope: float) -> float:
    """How far the derived gradient's slope along the point's direction is from another route's."""
    gradient, direction = point.gradients[name], point.direction[name]
    derived = float(np.sum(gradient * direction))
    # A slope that happens to be near 0 is measured against the gradient's own length.
    length = float(np.linalg.norm(gradient)) * float(np.linalg.norm(direction))
    scale = max(abs(derived), abs(slope), 1e-2 * length, 1e-8)
    return abs(derived - slope) / scale


def _slope(forward: Forward, point: Point, name: str, step: float) -> float:
    ends = []
    for sign in (1, -1):
        moved = {**point.arrays, name: point.arrays[name] + sign * step * point.direction[name]}
        ends.append(forward.loss(moved, point.sizes).real)
    return (ends[0] - ends[1]) / (2 * step)


DIFFERENCE = Route("difference", difference)
