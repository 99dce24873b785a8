"""The opaque functions of a matrix, of floats and of balls: inverse, determinant, exponential and so on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import scipy.linalg
from flint import arb_mat

from gradwright.execute.ball_functions import ENTRIES, UNKNOWN

Array = Any


def _stacked(function: Callable[..., Array]) -> Callable[..., Array]:
    """The function of a matrix, applied to each matrix of a stack; NaN where it does not exist."""

    def apply(matrix: Array) -> Array:
        if matrix.ndim == 2:
            return _one(function, matrix)
        flat = matrix.reshape(-1, *matrix.shape[-2:])
        parts = np.stack([np.asarray(_one(function, part)) for part in flat])
        return parts.reshape(*matrix.shape[:-2], *parts.shape[1:])

    return apply


def _one(function: Callable[[Array], Array], matrix: Array) -> Array:
    if matrix.shape[0] == matrix.shape[1] and not np.all(np.isfinite(matrix)):
        return np.asarray(function(np.eye(len(matrix)))) * np.nan
    try:
        return np.asarray(function(matrix))
    except np.linalg.LinAlgError:
        return np.asarray(function(np.eye(*matrix.shape))) * np.nan


def _log_determinant(matrix: Array) -> Array:
    if not np.iscomplexobj(matrix):
        return np.linalg.slogdet(matrix)[1]
    determinant = np.linalg.det(matrix)
    return np.log(determinant * np.sign(np.real(determinant)))


def _pseudo_inverse(matrix: Array) -> Array:
    """Analytic in the entries of a matrix of full rank, where they are complex."""
    if not np.iscomplexobj(matrix):
        return np.linalg.pinv(matrix)
    if matrix.shape[0] >= matrix.shape[1]:
        return np.linalg.solve(matrix.T @ matrix, matrix.T)
    return np.linalg.solve(matrix @ matrix.T, matrix).T


def _solution(matrix: Array, right: Array) -> Array:
    try:
        return (
            np.linalg.solve(matrix, right[:, None])[:, 0]
            if right.ndim == 1
            else np.linalg.solve(matrix, right)
        )
    except np.linalg.LinAlgError:
        return right * np.nan


FLOAT_MATRICES: Mapping[str, Callable[..., Array]] = {
    "inv": _stacked(np.linalg.inv),
    "pinv": _stacked(_pseudo_inverse),
    "solve": _solution,
    "det": _stacked(np.linalg.det),
    "logdet": _stacked(_log_determinant),
    "expm": _stacked(scipy.linalg.expm),
    "cholesky": _stacked(np.linalg.cholesky),
    "spectral": _stacked(lambda matrix: np.linalg.norm(matrix, 2)),
}


def _balls(function: Callable[[Any], Any]) -> Callable[[Array], Array]:
    """A function of ``arb_mat`` on an array of balls; unknown where the precision does not tell."""

    def apply(matrix: Array) -> Array:
        if matrix.ndim > 2:
            parts = [apply(part) for part in matrix]
            return np.stack(parts)
        try:
            result = function(arb_mat(matrix.tolist()))
        except (ZeroDivisionError, ValueError):
            result = None
        if result is None:
            return _unknown(matrix, function)
        return _array(result)

    return apply


def _array(result: Any) -> Array:
    if not isinstance(result, arb_mat):
        return np.array(result, dtype=object)
    filled = np.empty((result.nrows(), result.ncols()), dtype=object)
    for place in np.ndindex(filled.shape):
        filled[place] = result[place]
    return filled


def _unknown(matrix: Array, function: Callable[[Any], Any]) -> Array:
    rows, columns = matrix.shape
    model = _array(function(arb_mat([[int(i == j) for j in range(columns)] for i in range(rows)])))
    return np.full(model.shape, UNKNOWN, dtype=object)


def _ball_pseudo_inverse(matrix: Any) -> Any:
    turned = matrix.transpose()
    if matrix.nrows() >= matrix.ncols():
        return (turned * matrix).inv() * turned
    return turned * (matrix * turned).inv()


def _largest_singular_value(matrix: Any) -> Any:
    turned = matrix.transpose()
    square = turned * matrix if matrix.nrows() >= matrix.ncols() else matrix * turned
    largest = UNKNOWN
    for place, value in enumerate(square.eig(multiple=True)):
        largest = value.real if place == 0 else largest.max(value.real)
    return ENTRIES["sqrt"](largest)


def _ball_cholesky(matrix: Array) -> Array:
    """The lower triangular factor, a column at a time."""
    count = len(matrix)
    lower = matrix * 0
    for j in range(count):
        rest = matrix[j, j] - sum((lower[j, k] * lower[j, k] for k in range(j)), 0)
        lower[j, j] = ENTRIES["sqrt"](rest)
        for i in range(j + 1, count):
            rest = matrix[i, j] - sum((lower[i, k] * lower[j, k] for k in range(j)), 0)
            lower[i, j] = ENTRIES["divide"](rest, lower[j, j])
    return lower


_ball_inverse = _balls(lambda matrix: matrix.inv())

BALL_MATRICES: Mapping[str, Callable[..., Array]] = {
    "inv": _ball_inverse,
    "solve": lambda matrix, right: _ball_inverse(matrix) @ right,
    "pinv": _balls(_ball_pseudo_inverse),
    "det": _balls(lambda matrix: matrix.det()),
    "logdet": _balls(lambda matrix: ENTRIES["log"](abs(matrix.det()))),
    "expm": _balls(lambda matrix: matrix.exp()),
    "cholesky": _ball_cholesky,
    "spectral": _balls(_largest_singular_value),
}
