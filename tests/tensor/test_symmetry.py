"""Symmetric matrices: the two indices of an entry may be swapped, and no others."""

from __future__ import annotations

import pytest

from gradwright.tensor.nodes import Apply, Entry, Sum
from gradwright.tensor.symmetry import is_symmetric, sort_symmetric
from tests.tensor.small import arrays_of, assert_same, index, lowered

H, J, L = index("i", "n"), index("j", "n"), index("l", "n")
AXES = {"S": "n n", "A": "n n", "X": "n d", "x": "n", "w": "d"}


def test_an_entry_of_a_symmetric_matrix_and_its_mirror_merge() -> None:
    assert sort_symmetric(Entry("S", H, J) - Entry("S", J, H), ["S"]) == 0
    assert sort_symmetric(Entry("A", H, J) - Entry("A", J, H), ["S"]) != 0


def test_the_inverse_of_a_symmetric_matrix_is_symmetric() -> None:
    difference = Apply("inv", ("S",), H, J) - Apply("inv", ("S",), J, H)
    assert sort_symmetric(difference, ["S"]) == 0
    assert sort_symmetric(Apply("inv", ("A",), H, J) - Apply("inv", ("A",), J, H), ["S"]) != 0


def test_products_with_a_symmetric_matrix_from_either_side_merge() -> None:
    left = Sum(Entry("x", J) * Entry("S", J, H), J)
    right = Sum(Entry("S", H, L) * Entry("x", L), L)
    assert sort_symmetric(left - right, ["S"]) == 0


def test_the_value_stays() -> None:
    arrays = arrays_of(AXES)
    arrays["S"] = arrays["S"] + arrays["S"].T
    before = Sum(Entry("S", J, H) * Entry("A", J, L), J) + Entry("S", L, H) * Entry("x", H)
    assert_same(before, sort_symmetric(before, ["S"]), (H, L), arrays)
    diagonal = Sum(Entry("S", H, H), H) * Entry("S", J, L)
    assert_same(diagonal, sort_symmetric(diagonal, ["S"]), (J, L), arrays)


@pytest.mark.parametrize(
    "text",
    ["S + 2*S.T", "X @ X.T", "X @ X.T + 3*eye(n)", "A + A.T", "outer(x, x)", "A.T @ S @ A", "A*A.T", "S**2"],
)
def test_symmetric_definitions_are_seen(text: str) -> None:
    assert is_symmetric(lowered(text, AXES), ["S"])


@pytest.mark.parametrize("text", ["A", "S @ A", "A @ A", "S + A", "X", "x", "outer(x, x + 1)", "A - A.T"])
def test_others_are_not_taken_for_symmetric(text: str) -> None:
    assert not is_symmetric(lowered(text, AXES), ["S"])
