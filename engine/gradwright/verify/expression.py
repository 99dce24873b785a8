"""A quick check of an expression's gradient as it is printed: evaluated as text, against the complex step."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from gradwright.derive.expression import ExpressionGradient
from gradwright.errors import GradwrightError
from gradwright.execute.evaluate import evaluate
from gradwright.execute.interpret import interpret
from gradwright.execute.sample import draw, draw_sizes
from gradwright.verify.case import is_steady, nudged

Array = Any

COMPLEX_TOLERANCE = 1e-9
"""Rounding, with room for what a badly conditioned inverse loses."""

DIFFERENCE_TOLERANCE = 1e-5
"""Central differences with a step of 1e-6, where the complex step can't be taken."""

DRAWS = 10
"""Points tried for each kind of sizes until one has a finite loss."""


def verified(gradient: ExpressionGradient, seed: int = 0) -> bool | None:
    """Whether the gradient in matrix notation (else in index form) is right at two random points.

    One point has all axes of different sizes, the other has equal ones, so that a missing transpose shows.

    Returns:
        None where no point was found at which loss and gradient are finite.
    """
    rng = np.random.default_rng(seed)
    verdicts = []
    for mode in ("distinct", "equal"):
        try:
            verdict = _at_sizes(gradient, mode, rng)
        except GradwrightError:
            continue
        if verdict is False:
            return False
        verdicts.append(verdict)
    return True if True in verdicts else None


def _at_sizes(gradient: ExpressionGradient, mode: str, rng: np.random.Generator) -> bool | None:
    model = gradient.derivation.model
    values = model.scope.values
    for _ in range(DRAWS):
        sizes = draw_sizes(values, model.equations, rng, mode)
        arrays = draw(values, sizes, rng)
        derived = np.asarray(_derived(gradient, arrays, sizes))
        at = arrays[gradient.wrt]
        if derived.shape != np.shape(at):
            return False
        direction = rng.normal(size=np.shape(at))
        loss = _loss(gradient, arrays, sizes)
        if not (np.all(np.isfinite(derived)) and np.isfinite(loss(at))):
            continue
        if _agrees(derived, at, direction, loss):
            return True
        moved = {**arrays, gradient.wrt: nudged(at, rng)}
        if is_steady(derived, np.asarray(_derived(gradient, moved, sizes))):
            return False
    return None


def _derived(gradient: ExpressionGradient, arrays: Mapping[str, Array], sizes: Mapping[str, int]) -> Array:
    """The gradient's value: of its matrix notation if all its names are values, else of its index form."""
    derivation = gradient.derivation
    if gradient.matrix is not None:
        try:
            return evaluate(gradient.matrix, arrays, sizes, derivation.model.composites)
        except GradwrightError:
            pass
    return interpret(derivation.assignments(), arrays, sizes)[derivation.adjoint_of[gradient.wrt]]


def _loss(
    gradient: ExpressionGradient, arrays: Mapping[str, Array], sizes: Mapping[str, int]
) -> Callable[[Array], complex]:
    model = gradient.derivation.model
    body = model.formulas[-1].body

    def loss(value: Array) -> complex:
        return complex(evaluate(body, {**arrays, gradient.wrt: value}, sizes, model.composites))

    return loss


def _agrees(derived: Array, at: Array, direction: Array, loss: Callable[[Array], complex]) -> bool:
    """Whether the slope along a direction is that of the complex step, or else of central differences."""
    slope = float(np.sum(derived * direction))
    scale = max(abs(slope), 1e-2 * float(np.linalg.norm(derived)) * float(np.linalg.norm(direction)), 1e-8)
    try:
        complex_slope = loss(at + 1e-30j * direction).imag / 1e-30
    except TypeError:
        complex_slope = np.nan
    if abs(complex_slope - slope) <= COMPLEX_TOLERANCE * scale:
        return True
    ends = [loss(at + step * direction).real for step in (1e-6, -1e-6)]
    return bool(abs((ends[0] - ends[1]) / 2e-6 - slope) <= DIFFERENCE_TOLERANCE * scale)
