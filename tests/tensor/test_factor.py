"""Common factors are taken out; the value stays, and the expression gets no longer."""

import pytest
from sympy import Expr, Rational, log, sqrt

from gradwright.tensor.canonical import canonical, complexity
from gradwright.tensor.content import content
from gradwright.tensor.factor import factor
from gradwright.tensor.nodes import Entry, Index, Sum, size
from tests.tensor.values import I, J, P, Q, X, same, x

A, B, Y = Entry("a"), Entry("b"), Entry("Y", I, J)
OTHER = Index("o", size("n"))
CASES: list[Expr] = [
    A * X(I, J) + A * Y,
    2 * X(I, J) - 4 * Y,
    A * (X(I, J) - Y) + B * (Y - X(I, J)),
    X(I, J) / A - Y / A**2,
    sqrt(A) * X(I, J) + A * Y,
    1 - A / (1 + A),
    X(I, J) * (1 - A) ** 2 - Y * (A - 1),
    sqrt(3 - A) * X(I, J) + (A - 3) * Y,
    Sum(X(P, J) * Entry("A", P, I), P) - Sum(Y.xreplace({I: OTHER}) * Entry("A", OTHER, I), OTHER),
    A * Sum(x(P) * X(P, J), P) + A * Sum(x(P) * Entry("Y", P, J), P) + B,
    log(A) * X(I, J) + log(A) * Y + B,
]


@pytest.mark.parametrize("expression", CASES, ids=str)
def test_the_value_stays_and_the_expression_gets_no_longer(expression: Expr) -> None:
    found = factor(expression)
    assert same(expression, found)
    assert complexity(found) <= complexity(expression)


def test_a_factor_of_all_terms_is_in_front() -> None:
    assert factor(A * X(I, J) + A * Y) == A * (X(I, J) + Y)


def test_a_factor_counts_also_with_the_other_sign() -> None:
    found = factor(A * (X(I, J) - Y) + B * (Y - X(I, J)))
    assert found in ((A - B) * (X(I, J) - Y), (B - A) * (Y - X(I, J)))


def test_one_minus_a_share_is_the_other_share() -> None:
    assert factor(1 - A / (1 + A)) == 1 / (1 + A)


def test_two_sums_that_share_a_factor_are_one_sum() -> None:
    expression = Sum(X(P, J) * x(P), P) + Sum(Entry("Y", OTHER, J) * x(OTHER), OTHER)
    assert canonical(factor(expression)) == canonical(Sum((X(P, J) + Entry("Y", P, J)) * x(P), P))


def test_the_number_that_terms_share_is_their_content() -> None:
    assert content(2 * A - 4 * B) == (2, A - 2 * B)
    assert content(-A - 3 * B) == (-1, A + 3 * B)
    assert content(2 * A + 1) == (1, 2 * A + 1)
    assert content(2 * A + Rational(1, 50000)) == (2, A + Rational(1, 100000))
    assert content(A + Sum(X(P, Q), P, Q) / 3) == (Rational(1, 3), 3 * A + Sum(X(P, Q), P, Q))
