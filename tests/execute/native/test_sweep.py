"""Kernels that read a large array by rows go on block by block, and give the interpreter's values."""

from __future__ import annotations

import pytest

from gradwright.execute.native.statement import Repeat
from tests.execute.native.formulas import Case
from tests.execute.native.programs import TOLERANCE, compare, guarded_values

SIZES = {"n": 2700, "d": 101}
VALUES = "X: n d; w: d; y: n"
SWEPT = (
    "r = X @ w - y\nF = r",
    "r = X @ w - y\nL = sum(r**2)/n + sum(abs(w))",
    "z = X @ w\nL = sum(softplus(z) - y*z)/n + sum(w**2)",
    "m = y * (X @ w)\nL = exp(sum(relu(1 - m))/n) + sum(w)**2",
)
APART = (  # The second pass needs another row's value, or all of the first.
    "r = X @ w - y\nL = sum(r[1:]*r[:-1])",
    "z = X @ w\nc = z - mean(z)\nL = sum(c**2 * y)",
)


def swept(formulas: str, dtype: str) -> bool:
    """Whether a program goes on by blocks, once its values are found to be right."""
    case = Case(formulas, VALUES)
    params, data = case.arrays(SIZES)
    program = case.program(SIZES, dtype)
    compare(guarded_values(program, params, data), case.reference.values(params, data), TOLERANCE[dtype])
    made = program.executable(program.sizes_of({**params, **data})).program
    return any(isinstance(statement, Repeat) for statement in made.statements)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("formulas", SWEPT)
def test_a_large_array_is_read_once(formulas: str, dtype: str) -> None:
    assert swept(formulas, dtype)


@pytest.mark.parametrize("formulas", APART)
def test_what_needs_other_rows_waits_for_them(formulas: str) -> None:
    swept(formulas, "float64")
