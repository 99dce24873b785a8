"""Where floats hardly tell two values apart: whether balls of real arithmetic do."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gradwright.errors import GradwrightError
from gradwright.execute.evaluate import evaluate
from gradwright.execute.fields import ball
from gradwright.grade.why.points import Place
from gradwright.grade.why.program import Program
from gradwright.language.tree import Tree

_BITS = 200
_NEAR = 1e-7
_WORK = 300_000


def doubtful(program: Program, places: Sequence[Place]) -> bool:
    """Whether rounding may be all there is between the two values.

    They are near at every point; or at some point, so that the others may be those where much cancels, which
    is only said of formulas that can be looked at more closely.
    """
    near = [_is_near(place) for place in places]
    return all(near) or (any(near) and _is_plain(program))


def _is_near(place: Place) -> bool:
    if place.answer.shape != place.reference.shape or not np.all(np.isfinite(place.answer)):
        return False
    gap = float(np.max(np.abs(place.answer - place.reference), initial=0))
    return gap <= _NEAR * float(np.max(np.abs(place.reference), initial=0))


def _is_plain(program: Program) -> bool:
    return len(program.lines) == 1 and not program.lines[0].indices


def surely_different(program: Program, answer: Tree, places: Sequence[Place]) -> bool:
    """Whether the right formula and the answer certainly differ at some point.

    Formulas of several lines, or with free indices, are not looked at so closely: they count as equal.
    """
    if not _is_plain(program):
        return False
    line = program.lines[0]
    try:
        return any(_differ(line.tree, answer, place) for place in places)
    except (GradwrightError, ArithmeticError, ValueError, TypeError):
        return False


def _differ(right: Tree, answer: Tree, place: Place) -> bool:
    bench = place.bench
    left, got = (
        evaluate(tree, bench.arrays, bench.sizes, bench.composites, ball(_BITS), _WORK)
        for tree in (right, answer)
    )
    pairs = zip(np.ravel(left), np.ravel(got), strict=True)
    return any(one.is_finite() and not one.overlaps(other) for one, other in pairs)
