"""A derivative is expressed by the value that the forward pass named, where the two are equal everywhere."""

from __future__ import annotations

import numpy as np
import pytest
import sympy
from sympy import Expr

from gradwright.tensor.canonical import complexity
from gradwright.tensor.fold import fold, kernel
from gradwright.tensor.nodes import Entry, Index, Tensor
from gradwright.tensor.sift import sift
from tests.language.loops import Loops
from tests.tensor.small import SIZES, assert_same, index, lowered

AXES = {"z": "n", "Z": "n d", "g": "n"}
ROW, COLUMN = index("i", "n"), index("j", "d")
FOLDED = [
    "1/(1 + exp(-z))",
    "exp(2*z)",
    "sqrt(sum(z**2))*ones(n)",
    "sqrt(1 + z**2)",
    "sqrt(z**2/n + 1)/2",
    "exp(-z/s)",
]


def _given(definition: Tensor, name: str = "value") -> dict[str, np.ndarray]:
    rng = np.random.default_rng(1)
    arrays = {
        "z": rng.normal(size=3),
        "Z": rng.normal(size=(3, 2)),
        "g": rng.normal(size=3),
        "s": np.array(1.5),
    }
    arrays[name] = Loops(arrays, SIZES).tensor(definition)
    return arrays


def _slope(definition: Tensor, at: Expr) -> Expr:
    """The local derivative of an elementwise definition, by SymPy alone."""
    symbol = sympy.Symbol("t", real=True)
    entry: Expr = definition.entry.xreplace({at: symbol})
    return entry.diff(symbol).xreplace({symbol: at})


@pytest.mark.parametrize("text", FOLDED)
def test_the_folded_derivative_has_the_same_value(text: str) -> None:
    definition = lowered(text, AXES)
    found = kernel("value", definition)
    assert found is not None
    (own,) = definition.indices
    before = _slope(definition, Entry("z", own))
    after = fold(before, found)
    assert after.has(Entry)
    assert_same(before, after, (own,), _given(definition))


def test_the_slope_of_the_logistic_function_is_its_value_times_the_rest() -> None:
    definition = lowered("1/(1 + exp(-z))", AXES)
    found = kernel("s", definition)
    assert found is not None
    after = fold(_slope(definition, Entry("z", definition.indices[0])), found)
    value = Entry("s", definition.indices[0])
    assert sympy.expand(after - value * (1 - value)) == 0


def test_the_sums_of_a_softmax_stay_as_they_are() -> None:
    definition = lowered("softmax(Z, axis=1)", AXES)
    found = kernel("P", definition)
    assert found is not None
    row, column = definition.indices
    total = definition.entry / sympy.exp(Entry("Z", row, column))
    assert fold(sympy.exp(Entry("Z", row, column)) * total, found) == Entry("P", row, column)
    other = Index("other", column.extent)
    assert fold(definition.entry.xreplace({column: other}), found) == Entry("P", row, other)


@pytest.mark.parametrize("text", ["z/(1 + exp(-z))", "sum(g)*g*z", "z*exp(-z)"])
def test_a_value_that_may_be_zero_is_never_divided_by(text: str) -> None:
    definition = lowered(text, AXES)
    found = kernel("value", definition)
    if found is None:
        return
    below = {part.base for part in found.solution.atoms(sympy.Pow) if part.exp.could_extract_minus_sign()}
    assert not below & {Entry("value", *definition.indices), Entry("z", *definition.indices)}


def test_what_the_kernel_does_not_match_stays() -> None:
    definition = lowered("1/(1 + exp(-z))", AXES)
    found = kernel("s", definition)
    assert found is not None
    other = sympy.exp(Entry("g", ROW)) * Entry("z", ROW)
    assert fold(other, found) == other


def test_folding_by_a_root_and_back_leaves_the_value() -> None:
    definition = lowered("sqrt(sum(z**2))", AXES)
    found = kernel("N", definition)
    assert found is not None
    before = Entry("z", ROW) / sympy.sqrt(definition.entry**2)
    after = fold(before, found)
    assert after == Entry("z", ROW) / Entry("N")
    assert complexity(after) < complexity(before)
    assert_same(before, sift(after), (ROW,), _given(definition, "N"))
