"""What a sum does not depend on leaves it, and the sum keeps its value."""

import pytest
from sympy import Expr, exp

from gradwright.tensor.nodes import Delta, Entry, Sum, size
from gradwright.tensor.pull_out import pull_out
from tests.tensor.values import COLUMN, ROW, P, Q, X, same, x

A = Entry("a")
CASES: list[Expr] = [
    Sum(A * x(P), P),
    Sum(A, P),
    Sum(x(ROW) * X(P, Q), P, Q),
    Sum(x(P) * Entry("u", Q), P, Q),
    Sum(x(P) * X(P, Q) * Entry("y", ROW), P, Q),
    Sum(3 * x(P) - 3 * Entry("y", P), P),
    Sum(x(P) * Sum(A * Entry("u", Q) * x(ROW), Q), P),
    Sum(exp(Sum(A * X(P, Q), Q)), P),
    Sum(x(P) + A, P),
    Sum(x(P) * (X(ROW, COLUMN) + Sum(A * x(ROW), Q)), P),
]


@pytest.mark.parametrize("expression", CASES, ids=str)
def test_the_value_stays(expression: Expr) -> None:
    assert same(expression, pull_out(expression))


def test_a_constant_factor_leaves_the_sum() -> None:
    assert pull_out(Sum(A * x(P), P)) == A * Sum(x(P), P)


def test_a_sum_of_what_does_not_depend_on_the_index_is_a_multiple() -> None:
    assert pull_out(Sum(A, P)) == size("n") * A


def test_independent_factors_become_a_product_of_sums() -> None:
    assert pull_out(Sum(x(P) * Entry("u", Q), P, Q)) == Sum(x(P), P) * Sum(Entry("u", Q), Q)


def test_a_delta_that_binds_the_index_stays_inside() -> None:
    expression = Sum(A * Delta(P, ROW) * x(P), P)
    assert pull_out(expression) == A * Sum(Delta(P, ROW) * x(P), P)
