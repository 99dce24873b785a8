"""An index over a reshaped axis is written in the indices of the axes that it is made of."""

import pytest
import sympy
from sympy import Mod, floor

from gradwright.tensor.nodes import Delta, Entry, Index, Sum, size
from gradwright.tensor.sift import sift
from tests.tensor.values import COLUMN, ROW, arrays, same

N, M = size("n"), size("m")
LONG = Index("l", N * M)
GIVEN = {**arrays(), "v": arrays()["X"].ravel(), "V": arrays()["X"].T.copy()}


def test_the_two_halves_of_an_index_become_two_indices() -> None:
    deltas = Delta(ROW, floor(LONG / M)) * Delta(COLUMN, Mod(LONG, M))
    found = sift(Sum(Entry("v", LONG) * deltas, LONG))
    assert found == Entry("v", M * ROW + COLUMN)
    assert same(found, Entry("X", ROW, COLUMN), given=GIVEN)


def test_what_else_reads_the_halves_reads_the_two_indices() -> None:
    deltas = Delta(ROW, floor(LONG / M)) * Delta(COLUMN, Mod(LONG, M))
    expression = Sum(sympy.exp(Entry("X", floor(LONG / M), Mod(LONG, M))) * deltas, LONG)
    assert sift(expression) == sympy.exp(Entry("X", ROW, COLUMN))


def test_three_axes_in_one_come_apart() -> None:
    whole = Index("w", size("k") * N * M)
    first = Index("f", size("k"))
    deltas = (
        Delta(first, floor(floor(whole / M) / N))
        * Delta(ROW, Mod(floor(whole / M), N))
        * Delta(COLUMN, Mod(whole, M))
    )
    found = sift(Sum(Entry("t", whole) * deltas, whole))
    assert sympy.expand(found.indices[0] - (M * (N * first + ROW) + COLUMN)) == 0


def test_two_indices_that_are_counted_together_come_apart_the_other_way() -> None:
    slow, fast = Index("s", M), Index("q", N)
    together = N * slow + fast
    deltas = Delta(ROW, floor(together / M)) * Delta(COLUMN, Mod(together, M))
    expression = Sum(Entry("V", slow, fast) * deltas, slow, fast)
    found = sift(expression)
    assert not found.has(Sum)
    assert same(expression, found, given=GIVEN)


@pytest.mark.parametrize("step", [2, size("k")])
def test_a_step_that_does_not_divide_the_axis_is_left_alone(step: sympy.Expr) -> None:
    index = Index("o", N)
    expression = Sum(Entry("x", index) * Delta(ROW, floor(index / step)), index)
    assert sift(expression) == expression
