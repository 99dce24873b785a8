"""Index form means what NumPy means: every entry is written out by loops and compared."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sympy
from sympy import Integer

from gradwright.language.lower import lower, lower_formula
from gradwright.language.parse import parse, parse_formulas
from gradwright.language.scope import Composite, ReadError, Scope, Value
from gradwright.tensor.nodes import Apply, Index, MaxOver, ProductOver, Sum, fresh, size
from tests.language.loops import Loops
from tests.language.lowering_cases import CASES, SIZES

FUNCTIONS = Path(__file__).parents[2] / "problems" / "functions"


def composites() -> dict[str, Composite]:
    found = {}
    files = [tomllib.loads(path.read_text()) for path in sorted(FUNCTIONS.glob("*.toml"))]
    known = {file["name"] for file in files}
    for file in files:
        found[file["name"]] = Composite(
            file["name"],
            tuple(file["parameters"]),
            parse_formulas(file["formulas"], frozenset(known)),
            {name: parse(text) for name, text in file.get("defaults", {}).items()},
            parse_formulas(file["stable"], frozenset(known)) if "stable" in file else (),
        )
    return found


COMPOSITES = composites()


def scope_of(shapes: Mapping[str, str]) -> Scope:
    values = {name: Value(tuple(size(axis) for axis in axes.split())) for name, axes in shapes.items()}
    return Scope(values, COMPOSITES)


def arrays_of(shapes: Mapping[str, str], seed: int = 1) -> dict[str, np.ndarray]:
    generator = np.random.default_rng(seed)
    arrays: dict[str, np.ndarray] = {}
    for name, axes in shapes.items():
        counts = [SIZES[axis] for axis in axes.split()]
        arrays[name] = generator.normal(size=counts)
        if name == "tokens":
            arrays[name] = generator.integers(0, SIZES["v"], counts)
        if name in ("eps", "pos"):
            arrays[name] = np.abs(arrays[name]) + 0.1
    return arrays


def read(text: str) -> Any:
    return parse(text, frozenset(COMPOSITES))


def bound_indices(expression: Any) -> list[Index]:
    nodes = sympy.preorder_traversal(expression)
    return [index for node in nodes if isinstance(node, Sum | MaxOver | ProductOver) for index in node.bound]


@pytest.mark.parametrize(("text", "shapes", "expected"), CASES, ids=[case[0] for case in CASES])
def test_every_entry_is_numpys(text: str, shapes: Mapping[str, str], expected: Callable[..., Any]) -> None:
    arrays = arrays_of(shapes)
    tensor = lower(read(text), scope_of(shapes))
    found = Loops(arrays, SIZES).tensor(tensor)
    wanted = np.asarray(expected(**arrays), dtype=float)
    assert found.shape == wanted.shape, (tensor.shape, wanted.shape)
    # A few dozen additions and elementary functions in double precision.
    np.testing.assert_allclose(found, wanted, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize(("text", "shapes"), [case[:2] for case in CASES], ids=[case[0] for case in CASES])
def test_every_bound_index_is_bound_once(text: str, shapes: Mapping[str, str]) -> None:
    tensor = lower(read(text), scope_of(shapes))
    bound = bound_indices(tensor.entry)
    assert len(set(bound)) == len(bound)
    assert not set(bound) & set(tensor.indices)
    assert {s for s in tensor.entry.free_symbols if isinstance(s, Index)} <= set(tensor.indices)


def test_the_indices_of_a_product_of_sums_stay_apart() -> None:
    entry = lower(read("sum(x)*sum(y)"), scope_of({"x": "n", "y": "n"})).entry
    indices = bound_indices(entry)
    assert len(indices) == len(set(indices)) == 2


def test_a_recurrence_takes_its_time_from_the_left_side() -> None:
    scope = scope_of({"h": "t b d", "x": "t b k", "W": "k d", "U": "d d"})
    time = fresh(size("t"), "t")
    tensor = lower(read("tanh(x[t] @ W + h[t - 1] @ U)"), scope, {"t": time})
    arrays = arrays_of({"h": "t b d", "x": "t b k", "W": "k d", "U": "d d"})
    loops = Loops(arrays, SIZES)
    assert tensor.shape == (size("b"), size("d"))
    for at in range(SIZES["t"]):
        before = arrays["h"][at - 1] if at else 0 * arrays["h"][0]
        wanted = np.tanh(arrays["x"][at] @ arrays["W"] + before @ arrays["U"])
        found = [[loops.at(tensor.entry, {time: at, **dict(zip(tensor.indices, p, strict=True))}) for p in
                  ((i, j) for j in range(2))] for i in range(2)]  # fmt: skip
        np.testing.assert_allclose(found, wanted, rtol=1e-10)


def test_a_formulas_left_side_gives_the_leading_axes() -> None:
    shapes = {"X": "n d", "W": "d k"}
    (formula,) = parse_formulas("Z[i] = X[i] @ W")
    tensor = lower_formula(formula, scope_of(shapes))
    arrays = arrays_of(shapes)
    np.testing.assert_allclose(Loops(arrays, SIZES).tensor(tensor), arrays["X"] @ arrays["W"], rtol=1e-12)


def test_an_opaque_function_of_an_expression_asks_for_a_name() -> None:
    with pytest.raises(ReadError, match="needs a name"):
        lower(read("inv(A + A)"), scope_of({"A": "n n"}))


def test_a_scalar_opaque_function_has_no_indices() -> None:
    assert lower(read("logdet(A)"), scope_of({"A": "n n"})).entry == Apply("logdet", ("A",))


def test_a_flattened_product_sums_over_the_original_axes() -> None:
    entry = lower(read("X.ravel() @ X.ravel()"), scope_of({"X": "n d"})).entry
    assert not entry.has(sympy.floor, sympy.Mod)


@pytest.mark.parametrize("text", ["x/0", "0**-1", "10**10**6", "argmax(x)", "norm(A, 2)"])
def test_what_has_no_value_or_no_index_form_is_refused(text: str) -> None:
    with pytest.raises(ReadError):
        lower(read(text), scope_of({"x": "n", "A": "n n"}))


MASK = "where(arange(n)[:, None] >= arange(n), {}, -inf)"


def test_a_condition_between_indices_may_put_a_value_aside() -> None:
    (formula,) = parse_formulas(f"D = {MASK.format('where(arange(n) != 1, A, -inf)')}")
    found = Loops(arrays_of({"A": "n n"}), SIZES).tensor(lower_formula(formula, scope_of({"A": "n n"})))
    aside = ~np.tri(SIZES["n"], dtype=bool)
    aside[:, 1] = True
    np.testing.assert_array_equal(found, np.where(aside, -np.inf, arrays_of({"A": "n n"})["A"]))


@pytest.mark.parametrize("text", ["A - inf", "where(A > 0, A, -inf)", "where(arange(n) > 0, A, inf)"])
def test_an_infinite_value_that_is_no_mask_is_refused(text: str) -> None:
    (formula,) = parse_formulas(f"D = {text}")
    with pytest.raises(ReadError, match="no real value"):
        lower_formula(formula, scope_of({"A": "n n"}))


@pytest.mark.parametrize("text", ["softmax(" * 40 + "x" + ")" * 40, "mpow(" * 8 + "A" + ", 12)" * 8])
def test_an_index_form_that_no_memory_holds_is_refused(text: str) -> None:
    with pytest.raises(ReadError, match="too large"):
        lower(read(text), scope_of({"x": "n", "A": "n n"}))


def test_numbers_are_exact() -> None:
    assert lower(read("0.1 + 0.2"), scope_of({})).entry == sympy.Rational(3, 10)


def test_an_axis_of_one_place_is_not_mentioned() -> None:
    tensor = lower(read("sum(X, axis=0, keepdims=True)"), scope_of({"X": "n d"}))
    assert tensor.shape == (Integer(1), size("d"))
    assert tensor.indices[0] not in tensor.entry.free_symbols
