"""Folding expresses a derivative by the value that the forward pass named, and keeps what it is worth."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest
import sympy
from sympy import Expr

from gradwright.derive.expression import derive_expression
from gradwright.execute.evaluate import evaluate
from gradwright.language.parse import parse
from gradwright.language.tree import Call, walk
from gradwright.model.functions import composites
from gradwright.tensor.canonical import complexity, entry_names
from gradwright.tensor.differentiate import differentiate
from gradwright.tensor.fold import fold, kernel
from gradwright.tensor.nodes import Entry, Index, Tensor, fresh
from gradwright.tensor.sift import sift
from tests.tensor.small import SIZES, arrays_of, assert_same, lowered, values

AXES = {"Z": "n k", "z": "n", "G": "n k", "g": "n", "q": "n"}
ARRAYS = arrays_of(AXES)


def _slope(definition: Tensor, name: str) -> tuple[Expr, tuple[Index, ...]]:
    """The adjoint of ``name`` by the chain rule, with ``G`` or ``g`` for the upstream one."""
    upstream = Entry("G" if len(definition.indices) == 2 else "g", *definition.indices)
    at = tuple(fresh(index.extent) for index in definition.indices)
    return sift(differentiate(definition, upstream, name, at)), at


def _arrays(text: str) -> Mapping[str, np.ndarray]:
    functions = composites()
    value = evaluate(parse(text, frozenset(functions)), ARRAYS, SIZES, functions)
    return {**ARRAYS, "s": value}


@pytest.mark.parametrize(
    ("text", "by"),
    [
        ("1/(1 + exp(-z))", "z"),
        ("sigmoid(z)", "z"),
        ("exp(z)", "z"),
        ("exp(-2*z)", "z"),
        ("3*exp(z) + 1", "z"),
        ("softmax(z)", "z"),
        ("softmax(Z)", "Z"),
        ("softmax(Z, axis=0)", "Z"),
        ("exp(Z)/sum(exp(Z), axis=1, keepdims=True)", "Z"),
        ("log(1 + exp(z))", "z"),
    ],
)
def test_the_kernel_of_a_value_folds_its_derivative_and_keeps_the_value(text: str, by: str) -> None:
    definition = lowered(text, AXES)
    found = kernel("s", definition)
    before, at = _slope(definition, by)
    if found is None:
        assert text.startswith("log"), text
        return
    after = fold(before, found)
    assert "s" in entry_names(after)
    assert not after.has(sympy.exp), after
    assert_same(before, after, at, _arrays(text))


def test_the_derivative_of_a_sigmoid_is_s_times_one_minus_s() -> None:
    definition = lowered("1/(1 + exp(-z))", AXES)
    before, at = _slope(definition, "z")
    found = kernel("s", definition)
    assert found is not None
    s, g = Entry("s", at[0]), Entry("g", at[0])
    assert sympy.expand(fold(before, found) - g * s * (1 - s)) == 0


def test_a_root_folds_its_own_derivative() -> None:
    definition = lowered("sqrt(1 + q**2)", AXES)
    before, at = _slope(definition, "q")
    found = kernel("s", definition)
    assert found is not None
    after = fold(before, found)
    assert not any(power.exp == -sympy.S.Half for power in after.atoms(sympy.Pow))
    assert_same(before, after, at, _arrays("sqrt(1 + q**2)"))


def test_the_softmax_lemma_has_no_sum_of_exponentials() -> None:
    definition = lowered("softmax(Z)", AXES)
    before, at = _slope(definition, "Z")
    found = kernel("s", definition)
    assert found is not None
    after = fold(before, found)
    p, g = np.asarray(_arrays("softmax(Z)")["s"]), ARRAYS["G"]
    expected = p * (g - (p * g).sum(axis=1, keepdims=True))
    # A dozen operations on numbers near 1.
    np.testing.assert_allclose(values(after, at, {**ARRAYS, "s": p}), expected, rtol=1e-12, atol=1e-13)
    assert complexity(after) < complexity(before)


@pytest.mark.parametrize(
    "text", ["tanh(z)*q", "z**2", "z + q", "maximum(z, 0)", "exp(z) + exp(q)", "exp(z)/(1 + exp(z))"]
)
def test_where_the_kernel_is_no_help_the_value_stays(text: str) -> None:
    definition = lowered(text, AXES)
    found = kernel("s", definition)
    before, at = _slope(definition, "z")
    if found is not None:
        assert_same(before, fold(before, found), at, _arrays(text))


def test_the_slope_of_a_softplus_is_a_sigmoid() -> None:
    found = derive_expression("sum(g*softplus(z))", {"g": "n", "z": "n"}, "z")
    assert found.matrix is not None
    called = [node.function for node in walk(found.matrix) if isinstance(node, Call)]
    assert "sigmoid" in called
    shown = evaluate(found.matrix, ARRAYS, SIZES, found.derivation.model.composites)
    # One exponential and one division.
    np.testing.assert_allclose(shown, ARRAYS["g"] / (1 + np.exp(-ARRAYS["z"])), rtol=1e-13)
