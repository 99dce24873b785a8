"""The complex step: the slope along a direction as an imaginary part, with no difference taken."""

from __future__ import annotations

import numpy as np

from gradwright.verify.case import Case, Finding, Route
from gradwright.verify.routes.difference import NO_POINT, relative_error

STEP = 1e-30
"""So small that its square is lost beside 1; nothing is subtracted, so no digits are lost."""

TOLERANCE = 1e-10
"""Rounding of some thousand operations of 1e-16 each, with room for cancellation."""


def complex_step(case: Case) -> Finding:
    """The greatest relative error over all parameters and points.

    Source:
        Squire and Trapp, Using complex variables to estimate derivatives of real functions, SIAM Review 1998.
    """
    if not case.points:
        return Finding(NO_POINT, None)
    worst = 0.0
    for point in case.points:
        values = case.forward.values(point.arrays, point.sizes)
        for name in point.gradients:
            moved = {**values, name: values[name] + 1j * STEP * point.direction[name]}
            try:
                slope = case.forward.loss(moved, point.sizes, name).imag / STEP
            except TypeError as error:
                return Finding(f"skipped: not analytic: {error}", None)
            error_here = relative_error(point, name, slope)
            if np.isnan(error_here):
                return Finding(NO_POINT, None)
            worst = max(worst, error_here)
    return Finding(worst, worst < TOLERANCE)


COMPLEX_STEP = Route("complex_step", complex_step)
