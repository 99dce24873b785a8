"""What is always on an axis, what is never, and conditions that ranges decide."""

import pytest
import sympy
from sympy import Expr, Ge, Gt, Le, Lt

from gradwright.tensor.bounds import decide, inside, nonnegative, on_axis, reach, same_length
from gradwright.tensor.nodes import Entry, Index, Iverson, size

N, M, H = size("n"), size("m"), size("H")
ROW, SHORT = Index("i", N), Index("s", N - 1)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        (N - 1, True),
        (N + M - 2, True),
        (N - 2, False),
        (N - M, False),
        (sympy.Integer(0), True),
        (2 * N - 1, True),
    ],
)
def test_sizes_are_at_least_one(expression: Expr, expected: bool) -> None:
    assert nonnegative(expression) is expected


def test_the_reach_of_an_index_is_that_of_its_axis() -> None:
    assert reach(ROW) == (0, N - 1)
    assert reach(2 * ROW + 1) == (1, 2 * (N - 1) + 1)
    assert reach(N - 1 - ROW) == (0, N - 1)
    assert reach(Entry("k", ROW)) is None or reach(ROW * ROW) is None


def test_a_shorter_index_is_inside_a_longer_axis_but_not_the_other_way() -> None:
    assert inside(SHORT, N) == (True, True)
    assert inside(SHORT + 1, N) == (True, True)
    assert inside(ROW, N - 1) == (True, False)
    assert inside(ROW - 1, N) == (False, True)


def test_only_what_is_not_sure_is_asked() -> None:
    assert on_axis(SHORT, N) == 1
    assert on_axis(ROW - 1, N) == Iverson(Ge(ROW, 1))
    assert on_axis(ROW, N - 1) == Iverson(Lt(ROW, N - 1))


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (Lt(ROW, N), sympy.true),
        (Ge(ROW, N), sympy.false),
        (Ge(ROW, 0), sympy.true),
        (Lt(ROW + N, N), sympy.false),
        (Gt(ROW + 1, 0), sympy.true),
        (Le(ROW, N - 1), sympy.true),
        (sympy.Eq(ROW + 1, 0), sympy.false),
        (sympy.Ne(ROW + 1, 0), sympy.true),
        (sympy.Eq(ROW, N), sympy.false),
        (sympy.Eq(ROW, 0), None),
        (Lt(ROW, M), None),
        (Gt(Entry("x", ROW), 0), None),
    ],
)
def test_ranges_decide_conditions(condition: sympy.Basic, expected: sympy.Basic | None) -> None:
    assert decide(condition) == (condition if expected is None else expected)


def test_a_named_axis_may_be_a_compound_extent_but_no_other_name_and_no_number() -> None:
    assert same_length(size("Ho"), H - M + 1)
    assert not same_length(N, M)
    assert not same_length(N, N - 1)
    assert not same_length(N, sympy.Integer(2))
    assert same_length(N * M, M * N)
