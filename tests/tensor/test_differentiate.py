"""The one rule of differentiation, against differences of the value, for every function of one argument."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest

from gradwright.errors import ModelError
from gradwright.execute.evaluate import evaluate
from gradwright.execute.interpret import interpret
from gradwright.language.functions.elementwise import UNARY
from gradwright.language.lower import lower_formula
from gradwright.language.parse import parse, parse_formulas
from gradwright.language.scope import ReadError, Scope, Value
from gradwright.language.table import primitives
from gradwright.model.functions import composites
from gradwright.tensor.differentiate import differentiate
from gradwright.tensor.nodes import Apply, Assignment, Delta, Entry, First, Tensor, fresh, size
from gradwright.tensor.sift import sift
from tests.tensor.small import SIZES, arrays_of, index, lowered, shapes_of, values

POINTS = (np.array([0.3, 0.7, 0.45]), np.array([1.3, 1.7, 2.45]))
"""Places inside (0, 1) and above 1: one of them is in the domain of every function, away from jumps."""


def _smooth_in_one_argument() -> list[str]:
    """Every primitive that takes one vector to an array."""
    found = []
    for name, record in primitives().items():
        if name != record.name or record.operands[0] > 1:
            continue
        try:
            lowered(f"{name}(x)", {"x": "n"})
        except (ReadError, ModelError):
            continue
        found.append(name)
    return sorted(found)


NAMES = _smooth_in_one_argument()
NAMELESS = {"digamma"}
"""Functions whose derivative the grammar has no name for."""


def test_the_sweep_holds_every_elementwise_function() -> None:
    assert {record.name for record in UNARY} <= set(NAMES)


def _adjoint(text: str, axes: Mapping[str, str], by: str, arrays: Mapping[str, np.ndarray]) -> np.ndarray:
    """The adjoint of ``by`` where that of the text's value is the array ``G``."""
    definition = lowered(text, axes)
    at = tuple(fresh(extent) for extent in shapes_of(axes)[by])
    upstream = Entry("G", *(0 * one if one.extent == 1 else one for one in definition.indices))
    entry = sift(differentiate(definition, upstream, by, at), shapes_of(axes))
    if entry.has(First):
        return np.asarray(interpret([Assignment("result", Tensor(at, entry))], arrays, SIZES)["result"])
    return values(entry, at, arrays)


def _by_differences(text: str, by: str, arrays: Mapping[str, np.ndarray]) -> np.ndarray:
    """The same by fourth-order central differences of the text's value."""
    functions = composites()
    tree = parse(text, frozenset(functions))

    def loss(moved: np.ndarray) -> float:
        return float(np.sum(arrays["G"] * evaluate(tree, {**arrays, by: moved}, SIZES, functions)))

    result, step = np.zeros_like(arrays[by]), 1e-3
    for place in np.ndindex(result.shape):
        unit = np.zeros_like(result)
        unit[place] = step
        near = loss(arrays[by] + unit) - loss(arrays[by] - unit)
        far = loss(arrays[by] + 2 * unit) - loss(arrays[by] - 2 * unit)
        result[place] = (8 * near - far) / (12 * step)
    return result


@pytest.mark.parametrize("name", sorted(NAMELESS))
def test_a_derivative_without_a_name_is_refused(name: str) -> None:
    definition = lowered(f"sum({name}(x))", {"x": "n"})
    with pytest.raises(ModelError, match="no derivative is known"):
        differentiate(definition, Entry("G"), "x", (fresh(size("n")),))


@pytest.mark.parametrize("name", sorted(set(NAMES) - NAMELESS))
def test_every_function_of_one_argument_has_the_derivative_of_its_value(name: str) -> None:
    text = f"{name}(x)"
    functions = composites()
    tried = 0
    for point in POINTS:
        value = np.asarray(evaluate(parse(text, frozenset(functions)), {"x": point}, SIZES, functions))
        if not np.all(np.isfinite(value)):
            continue
        arrays = {"x": point, "G": np.random.default_rng(0).normal(size=value.shape)}
        expected = _by_differences(text, "x", arrays)
        if not np.all(np.isfinite(expected)):
            continue
        found = _adjoint(text, {"x": "n"}, "x", arrays)
        # The error of the differences is h**4 = 1e-12 times a fifth derivative (up to 1e3 here), plus
        # rounding of 1e-16/h.
        np.testing.assert_allclose(found, expected, rtol=1e-7, atol=1e-8, err_msg=name)
        tried += 1
    assert tried, f"{name} has no value at any point tried"


@pytest.mark.parametrize(
    ("text", "by"),
    [
        ("A @ B", "A"),
        ("A @ B", "B"),
        ("sum(A*A, axis=1)", "A"),
        ("A/sum(A, axis=0, keepdims=True)", "A"),
        ("x**y", "x"),
        ("x**y", "y"),
        ("arctan2(x, y)", "y"),
        ("hypot(x, y)", "x"),
        ("prod(A, axis=1)", "A"),
        ("max(A, axis=0)", "A"),
        ("min(A)", "A"),
        ("maximum(x, y)", "x"),
        ("minimum(x, y)", "y"),
        ("where(x > 1, x*y, x - y)", "x"),
        ("clip(x, 0.6, 1.4)", "x"),
        ("outer(x, w)*A", "x"),
        ("x[1:]*x[:-1]", "x"),
        ("cumsum(x)", "x"),
        ("C @ C", "C"),
        ("trace(C @ C)*C.T", "C"),
        ("exp(C)[:, 0]", "C"),
    ],
)
def test_functions_of_several_arguments_and_reductions_are_right_too(text: str, by: str) -> None:
    axes = {"A": "n d", "B": "d k", "C": "n n", "x": "n", "y": "n", "w": "d"}
    arrays = {name: np.abs(array) + 0.2 for name, array in arrays_of(axes, seed=3).items()}
    functions = composites()
    value = np.asarray(evaluate(parse(text, frozenset(functions)), arrays, SIZES, functions))
    arrays["G"] = np.random.default_rng(1).normal(size=value.shape)
    found = _adjoint(text, axes, by, arrays)
    # As above: truncation 1e-12 times a fifth derivative of numbers near 1.
    np.testing.assert_allclose(found, _by_differences(text, by, arrays), rtol=1e-7, atol=1e-8)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("maximum(x, 0)", [0.0, 0.0, 1.0]),
        ("minimum(x, 0)", [1.0, 0.0, 0.0]),
        ("max(x)", [0.0, 0.0, 1.0]),
        ("abs(x)", [-1.0, 0.0, 1.0]),
    ],
)
def test_at_a_kink_the_slope_is_that_of_the_number(text: str, expected: list[float]) -> None:
    shape = lowered(text, {"x": "n"}).shape
    arrays = {"x": np.array([-1.0, 0.0, 2.0]), "G": np.ones(3 if shape else ())}
    np.testing.assert_array_equal(_adjoint(text, {"x": "n"}, "x", arrays), expected)


@pytest.mark.parametrize(
    ("text", "point", "expected"),
    [
        ("max(x)", [2.0, 2.0, 1.0], [1.0, 0.0, 0.0]),
        ("max(x)", [1.0, 2.0, 2.0], [0.0, 1.0, 0.0]),
        ("min(x)", [2.0, 1.0, 1.0], [0.0, 1.0, 0.0]),
    ],
)
def test_of_equal_entries_the_first_gets_the_whole_slope(
    text: str, point: list[float], expected: list[float]
) -> None:
    arrays = {"x": np.array(point), "G": np.array(1.0)}
    np.testing.assert_array_equal(_adjoint(text, {"x": "n"}, "x", arrays), expected)


def test_of_two_equal_values_exactly_one_gets_the_slope() -> None:
    axes = {"x": "n", "y": "n"}
    arrays = {"x": np.ones(3), "y": np.ones(3), "G": np.ones(3)}
    for text in ("maximum(x, y)", "minimum(x, y)"):
        both = _adjoint(text, axes, "x", arrays) + _adjoint(text, axes, "y", arrays)
        np.testing.assert_array_equal(both, np.ones(3))


def test_a_recurrence_hands_its_adjoint_down_from_the_next_time() -> None:
    shapes = shapes_of({"h": "n d", "W": "d d"})
    (formula,) = parse_formulas("h[t] = h[t-1] @ W")
    definition = lower_formula(formula, Scope({name: Value(shape) for name, shape in shapes.items()}))
    at = (index("u", "n"), index("c", "d"))
    entry = sift(
        differentiate(definition, Entry("dh", *definition.indices), "h", at), {**shapes, "dh": shapes["h"]}
    )
    read = {node.indices[0] - at[0] for node in entry.atoms(Entry) if node.name == "dh"}
    assert read == {1}, entry
    arrays = arrays_of({"dh": "n d", "W": "d d"})
    later = np.vstack([arrays["dh"][1:], np.zeros((1, SIZES["d"]))])
    # One matrix product in double precision.
    np.testing.assert_allclose(values(entry, at, arrays), later @ arrays["W"].T, rtol=1e-12)


def test_what_is_not_used_has_no_slope_and_a_place_none_either() -> None:
    definition = lowered("x*(y > 1)", {"x": "n", "y": "n", "w": "d"})
    upstream = Entry("G", *definition.indices)
    assert differentiate(definition, upstream, "w", (fresh(size("d")),)) == 0
    assert differentiate(definition, upstream, "y", (fresh(size("n")),)) == 0


def test_an_opaque_function_of_the_value_has_no_rule_and_says_so() -> None:
    i, j = index("i", "n"), index("j", "n")
    with pytest.raises(ModelError, match="inv of A has no derivative rule"):
        differentiate(
            Tensor((i, j), Apply("inv", ("A",), i, j)), Entry("G", i, j), "A", (fresh(size("n")),) * 2
        )


def test_occurrences_at_different_places_are_kept_apart() -> None:
    definition = lowered("C + 2*C.T", {"C": "n n"})
    at = (fresh(size("n")), fresh(size("n")))
    entry = differentiate(definition, Entry("G", *definition.indices), "C", at)
    assert len(entry.atoms(Delta)) >= 2
    arrays = arrays_of({"G": "n n"})
    # Two additions.
    np.testing.assert_allclose(values(sift(entry), at, arrays), arrays["G"] + 2 * arrays["G"].T, rtol=1e-14)
