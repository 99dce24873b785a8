"""A delta under a sum is used up; what the sum is worth stays, also where an index would leave its axis."""

import pytest
import sympy
from sympy import Expr

from gradwright.tensor.nodes import Delta, Entry, Index, Iverson, Sum, Where, size
from gradwright.tensor.sift import sift
from tests.tensor.values import COLUMN, ROW, P, Q, X, same, x

N, M = size("n"), size("m")
SHORT = Index("s", N - 1)
LENGTHS = {"x": (N,), "y": (N,), "d": (N - 1,), "X": (N, M)}


def test_a_plain_delta_puts_one_index_for_the_other() -> None:
    assert sift(Sum(X(P, COLUMN) * Delta(P, ROW), P)) == X(ROW, COLUMN)


def test_several_deltas_are_used_one_after_another() -> None:
    assert sift(Sum(X(P, Q) * Delta(P, ROW) * Delta(Q, COLUMN), P, Q)) == X(ROW, COLUMN)


def test_the_index_that_stays_is_the_one_that_is_asked_for() -> None:
    assert sift(Sum(x(P) * Delta(P, ROW) * X(ROW, COLUMN), P)) == x(ROW) * X(ROW, COLUMN)


def test_deltas_of_a_sum_of_terms_are_used_term_by_term() -> None:
    expression = Sum(Entry("a") * (x(P) * Delta(P, ROW) + Entry("y", P)), P)
    assert same(expression, sift(expression), (ROW,))
    assert sift(Sum(x(P) * (Delta(P, ROW) - Entry("y", ROW)), P)).has(Delta) is False


def test_a_shifted_delta_flips_the_kernel_of_a_convolution() -> None:
    window = Index("w", M)
    place = Index("o", N - M + 1)
    expression = Sum(Entry("g", place) * Entry("u", window) * Delta(ROW, place + window), place, window)
    found = sift(expression, {"g": (N - M + 1,), "u": (M,)})
    assert found == Sum(Entry("g", ROW - window) * Entry("u", window), window)


def test_a_strided_delta_stays() -> None:
    expression = Sum(Entry("g", Q) * Delta(ROW, 2 * Q), Q)
    assert sift(expression) == expression


@pytest.mark.parametrize(
    "body",
    [
        x(SHORT) * Delta(ROW, SHORT),
        x(SHORT + 1) * Delta(ROW, SHORT),
        x(SHORT) * Delta(ROW, SHORT + 1),
        (x(SHORT + 1) - x(SHORT)) * (Delta(ROW, SHORT + 1) - Delta(ROW, SHORT)),
        sympy.exp(x(SHORT)) * Delta(ROW, SHORT + 1),
    ],
)
def test_an_index_shorter_than_the_axis_leaves_a_condition_where_the_term_would_not_vanish(
    body: Expr,
) -> None:
    expression = Sum(body, SHORT)
    found = sift(expression, LENGTHS)
    assert not found.has(Delta)
    assert same(expression, found, (ROW,))


def test_no_condition_is_left_where_an_entry_vanishes_outside() -> None:
    found = sift(Sum(Entry("d", SHORT) * Delta(ROW, SHORT + 1), SHORT), LENGTHS)
    assert found == Entry("d", ROW - 1)


def test_an_index_that_stays_on_the_longer_axis_needs_no_condition() -> None:
    long = Index("l", N + M)
    assert sift(Sum(Entry("e", long) * Delta(long, ROW), long), {"e": (N + M,)}) == Entry("e", ROW)


def test_conditions_that_ranges_decide_are_gone() -> None:
    long = Index("l", N + M)
    body = Entry("e", long) * sympy.Function("f")(0) * Iverson(sympy.Lt(long, N))
    found = sift(Sum(body * Delta(long, ROW), long), {"e": (N + M,)})
    assert not found.has(Iverson)
    never = sift(Sum(Entry("e", long) * Iverson(sympy.Ge(long, N)) * Delta(long, ROW), long), {"e": (N + M,)})
    assert never == 0


@pytest.mark.parametrize(
    "condition", [sympy.Lt(P, 1, evaluate=False), sympy.Le(P, 0), sympy.Gt(1, P), sympy.Eq(P, 0)], ids=str
)
def test_a_sum_of_cases_that_are_0_but_at_one_place_is_the_case_there(condition: sympy.Basic) -> None:
    expression = Sum(X(P, COLUMN) * Where(condition, x(P), sympy.S.Zero), P)
    assert sift(expression) == X(sympy.S.Zero, COLUMN) * x(sympy.S.Zero)
    assert sift(Sum(x(P) * Iverson(condition), P)) == x(sympy.S.Zero)


def test_cases_at_several_places_stay() -> None:
    for case in (Where(sympy.Lt(P, 2), x(P), sympy.S.Zero), Where(sympy.Lt(P, 1), sympy.S.Zero, x(P))):
        assert sift(Sum(X(P, COLUMN) * case, P)) == Sum(X(P, COLUMN) * case, P)
