"""Common factors are taken out; the value stays."""

import pytest
from sympy import Expr, Rational, log, sqrt

from gradwright.tensor.canonical import canonical, complexity
from gradwright.tensor.content import content
from gradwright.tensor.factor import factor
from gradwright.tensor.nodes import Entry, Index, Sum, size
from tests.tensor.values import COLUMN, ROW, P, Q, X, same, x

A, B, Y = Entry("a"), Entry("b"), Entry("Y", ROW, COLUMN)
OTHER = Index("o", size("n"))
CASES: list[Expr] = [
    A * X(ROW, COLUMN) + A * Y,
    2 * X(ROW, COLUMN) - 4 * Y,
    A * (X(ROW, COLUMN) - Y) + B * (Y - X(ROW, COLUMN)),
    X(ROW, COLUMN) / A - Y / A**2,
    sqrt(A) * X(ROW, COLUMN) + A * Y,
    1 - A / (1 + A),
    X(ROW, COLUMN) * (1 - A) ** 2 - Y * (A - 1),
    sqrt(3 - A) * X(ROW, COLUMN) + (A - 3) * Y,
    Sum(X(P, COLUMN) * Entry("A", P, ROW), P) - Sum(Y.xreplace({ROW: OTHER}) * Entry("A", OTHER, ROW), OTHER),
    A * Sum(x(P) * X(P, COLUMN), P) + A * Sum(x(P) * Entry("Y", P, COLUMN), P) + B,
    log(A) * X(ROW, COLUMN) + log(A) * Y + B,
]


@pytest.mark.parametrize("expression", CASES, ids=str)
def test_the_value_stays_and_the_expression_gets_hardly_longer(expression: Expr) -> None:
    found = factor(expression)
    assert same(expression, found)
    assert complexity(found) <= complexity(expression) + 2


def test_a_factor_of_all_terms_is_in_front() -> None:
    assert factor(A * X(ROW, COLUMN) + A * Y) == A * (X(ROW, COLUMN) + Y)


def test_a_factor_counts_also_with_the_other_sign() -> None:
    found = factor(A * (X(ROW, COLUMN) - Y) + B * (Y - X(ROW, COLUMN)))
    assert found in ((A - B) * (X(ROW, COLUMN) - Y), (B - A) * (Y - X(ROW, COLUMN)))


def test_one_minus_a_share_is_the_other_share() -> None:
    assert factor(1 - A / (1 + A)) == 1 / (1 + A)


def test_two_sums_that_share_a_factor_are_one_sum() -> None:
    expression = Sum(X(P, COLUMN) * x(P), P) + Sum(Entry("Y", OTHER, COLUMN) * x(OTHER), OTHER)
    assert canonical(factor(expression)) == canonical(Sum((X(P, COLUMN) + Entry("Y", P, COLUMN)) * x(P), P))


def test_the_number_that_terms_share_is_their_content() -> None:
    assert content(2 * A - 4 * B) == (2, A - 2 * B)
    assert content(-A - 3 * B) == (-1, A + 3 * B)
    assert content(2 * A + 1) == (1, 2 * A + 1)
    assert content(2 * A + Rational(1, 50000)) == (2, A + Rational(1, 100000))
    assert content(A + Sum(X(P, Q), P, Q) / 3) == (Rational(1, 3), 3 * A + Sum(X(P, Q), P, Q))
