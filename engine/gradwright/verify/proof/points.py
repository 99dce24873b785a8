"""Perceptrons checked at all points in exact numbers, and so the reason why none exists."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from gradwright.derive.proof.line import Grid, Proved
from gradwright.errors import ModelError
from gradwright.model.statement import Points

TRIES = 2000


def classes_hold(points: Points, part: Proved) -> None:
    """Check the table of a proof with weights, or the weights of points of one without.

    Raises:
        ModelError: A class is not met, or the weights of points do not show what they should.
    """
    if part.margins:
        _is_absurd(points, part.margins)
        return
    table = [item for item in part.proof if isinstance(item, Grid)][-1]
    for row, point, one in zip(table.rows, points.rows, points.classes, strict=True):
        numbers = [side.tensor.entry for side in row]
        if [int(numbers[-2]), int(numbers[-1])] != [one, one]:
            raise ModelError(f"the weights give {point} the class {numbers[-2]}, expected {one}")


def _is_absurd(points: Points, margins: Sequence[Fraction]) -> None:
    """Both classes have one weighted sum, class 1 a positive weight; and random weights do fail."""
    signs = [1 if one else -1 for one in points.classes]
    columns = zip(*((*row, Fraction(1)) for row in points.rows), strict=True)
    sums = [sum(m * s * x for m, s, x in zip(margins, signs, column, strict=True)) for column in columns]
    weight = sum(m for m, one in zip(margins, points.classes, strict=True) if one)
    if any(sums) or weight <= 0 or any(margin < 0 for margin in margins):
        raise ModelError("the weights of the points do not show that no perceptron separates them")
    rows = np.array([[*map(float, row), 1.0] for row in points.rows])
    tried = np.random.default_rng(0).standard_normal((TRIES, rows.shape[1]))
    hits = ((tried @ rows.T > 0) == np.array(points.classes, dtype=bool)).all(axis=1)
    if hits.any():
        raise ModelError(f"these weights do separate the points: {tried[hits][0].tolist()}")
