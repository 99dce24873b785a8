"""Facts: what is declared or follows from a definition replaces a sum, and nothing else does."""

from __future__ import annotations

import pytest
from sympy import Integer

from gradwright.tensor.canonical import canonical, sums_of
from gradwright.tensor.facts import declared, derived, of_places, use
from gradwright.tensor.nodes import Delta, Entry, Sum, size
from tests.tensor.small import arrays_of, assert_same, index, lowered

H, J, L = index("i", "n"), index("j", "k"), index("l", "k")
N, K = size("n"), size("k")


def test_the_rows_of_a_softmax_add_up_to_one() -> None:
    (fact,) = derived("P", lowered("softmax(Z)", {"Z": "n k"}))
    assert (fact.value, fact.axis, fact.total) == ("P", 1, 1)
    assert fact.text == "sum(P, axis=1) = 1"


def test_the_columns_of_a_softmax_over_columns_add_up_to_one() -> None:
    (fact,) = derived("P", lowered("softmax(Z, axis=0)", {"Z": "n k"}))
    assert (fact.axis, fact.total) == (0, 1)


def test_centred_columns_add_up_to_zero() -> None:
    facts = derived("C", lowered("X - mean(X, axis=0, keepdims=True)", {"X": "n k"}))
    assert [(fact.axis, fact.total) for fact in facts] == [(0, 0)]


def test_a_vector_divided_by_its_sum_adds_up_to_one() -> None:
    (fact,) = derived("p", lowered("2*exp(z)/sum(exp(z))", {"z": "n"}))
    assert fact.total == 2


@pytest.mark.parametrize("text", ["exp(Z)", "sigmoid(Z)", "Z/sum(Z)", "Z - sum(Z, axis=0)"])
def test_where_no_sum_is_a_number_no_fact_follows(text: str) -> None:
    assert not derived("P", lowered(text, {"Z": "n k"}))


def test_a_fact_replaces_the_sum_by_any_name_of_its_indices() -> None:
    fact = declared("Y", (N, K), 1, Integer(1))
    assert use(Sum(Entry("Y", H, J), J), fact) == 1
    assert use(Sum(Entry("Y", H, L), L), fact) == 1
    assert use(Sum(Entry("Y", Integer(0), L), L), fact) == 1


def test_a_fact_is_used_inside_products_and_sums() -> None:
    fact = declared("Y", (N, K), 1, Integer(1))
    before = Sum(Entry("g", H) * Sum(Entry("Y", H, J), J), H) - Sum(Entry("g", H), H)
    assert use(before, fact) == 0


def test_a_fact_says_nothing_of_another_axis_or_value() -> None:
    fact = declared("Y", (N, K), 1, Integer(1))
    for other in (
        Sum(Entry("Y", H, J), H),
        Sum(Entry("Y", H, J), H, J),
        Sum(Entry("X", H, J), J),
        Sum(Entry("Y", H, J) ** 2, J),
        Sum(Entry("Y", H, J) * Entry("g", H, J), J),
    ):
        assert use(other, fact) == canonical(other)


def test_a_fact_of_a_square_matrix_is_not_used_on_its_diagonal() -> None:
    fact = declared("Y", (N, N), 1, Integer(1))
    diagonal = Sum(Entry("Y", H, H), H)
    assert use(diagonal, fact) == canonical(diagonal)


def test_using_a_fact_keeps_the_value_where_it_holds() -> None:
    fact = declared("Y", (N, K), 1, Integer(1))
    arrays = arrays_of({"Y": "n k", "A": "n k"})
    arrays["Y"] = arrays["Y"] / arrays["Y"].sum(axis=1, keepdims=True)
    before = Entry("A", H, L) * Sum(Entry("Y", H, J), J) - Entry("Y", H, L)
    after = use(before, fact)
    assert not sums_of(after)
    assert_same(before, after, (H, L), arrays)


def test_of_all_places_of_an_axis_an_index_names_one() -> None:
    fact = of_places("y", (N,), K)
    named = Entry("y", H)
    assert use(Sum(Delta(J, named), J), fact) == 1
    assert use(3 * Entry("x", H) * Sum(Delta(L, named), L), fact) == 3 * Entry("x", H)
    other = Sum(Delta(J, Entry("z", H)), J)
    assert use(other, fact) == canonical(other)
