"""Bound indices are renamed so that equal sums are one tree, and never so that one captures another."""

import sympy

from gradwright.tensor.canonical import canonical, complexity
from gradwright.tensor.nodes import Entry, Index, Sum, size
from tests.tensor.values import COLUMN, ROW, P, Q, X, same, x


def test_sums_that_differ_in_the_names_of_their_indices_are_one_tree() -> None:
    other = Index("anything", size("n"))
    assert canonical(Sum(x(P), P)) == canonical(Sum(x(other), other))


def test_like_terms_merge_across_the_names_of_bound_indices() -> None:
    other = Index("other", size("n"))
    assert canonical(Sum(x(P), P) + Sum(x(other), other)) == canonical(2 * Sum(x(P), P))


def test_the_order_of_bound_indices_of_one_axis_does_not_matter() -> None:
    second = Index("second", size("n"))
    forward = Sum(Entry("A", P, second) * x(P), P, second)
    backward = Sum(Entry("A", second, P) * x(second), P, second)
    assert canonical(forward) == canonical(backward)


def test_a_sum_and_its_transposed_sum_stay_apart() -> None:
    second = Index("second", size("n"))
    forward = Sum(Entry("A", P, second) * x(P), P, second)
    backward = Sum(Entry("A", second, P) * x(P), P, second)
    assert canonical(forward) != canonical(backward)


def test_a_canonical_form_is_its_own() -> None:
    once = canonical(Sum(X(P, COLUMN) * Sum(X(P, Q) * Entry("u", Q), Q), P))
    assert canonical(once) == once


def test_an_inner_index_is_not_captured_by_an_outer_one_that_has_the_name_it_would_get() -> None:
    outer = Index("b1_0", size("n"))
    inner = Index("b0_0", size("n"))
    innermost = Index("i_1", size("n"))
    factor = Sum(Entry("A", innermost, inner) * Entry("A", innermost, outer), innermost)
    nested = Sum(Entry("S", outer, ROW) * Sum(Entry("A", inner, ROW) * factor, inner), outer)
    assert same(nested, canonical(nested), (ROW,))


def test_an_outer_index_with_the_name_of_one_inside_keeps_its_own_places() -> None:
    low = Index("b0_0", size("n"))
    inside = Sum(x(P), P)
    expression = Sum(x(low) * sympy.exp(inside) * Sum(Entry("y", P) * x(P), P), low)
    assert same(expression, canonical(expression), ())


def test_a_free_index_that_has_a_canonical_name_is_left_alone() -> None:
    free = Index("b0_0", size("n"))
    expression = Sum(Entry("A", free, P) * x(P), P)
    found = canonical(expression)
    assert found.free_symbols >= {free}
    assert same(expression, found, (free,))


def test_what_takes_longer_to_read_is_more_complex() -> None:
    total = x(ROW) + Entry("y", ROW)
    assert complexity(x(ROW)) < complexity(total) < complexity(total / Entry("a"))
    assert complexity(Sum(x(P), P)) < complexity(Sum(x(P) ** 2, P))
