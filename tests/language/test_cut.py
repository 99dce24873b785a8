"""The cut names what deserves a name, and the formulas that it makes are worth what was written."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest

from gradwright.execute.evaluate import evaluate
from gradwright.execute.interpret import interpret
from gradwright.language.cut import cut
from gradwright.language.lower import lower_formula
from gradwright.language.parse import parse_formulas
from gradwright.language.scope import Scope, Value
from gradwright.language.text import to_text
from gradwright.language.tree import Binary, Call, Formula, Item, Name, Number, walk
from gradwright.model.functions import composites
from gradwright.tensor.nodes import Assignment, size

COMPOSITES = composites()
SIZES = {"n": 3, "d": 2, "k": 4}
AXES = {
    "X": "n d",
    "Y": "n k",
    "W": "d k",
    "V": "k d",
    "A": "n n",
    "b": "k",
    "y": "n",
    "w": "d",
    "g": "d",
    "s": "",
}
TEXTS = [
    "L = sum((X @ w - y)**2)/n",
    "L = sum(tanh(X @ W + b)*Y)",
    "L = -sum(Y*log(softmax(X @ W + b)))/n",
    "L = sum(relu(relu(X @ W + b) @ V)**2)",
    "L = y @ inv(A @ A.T + eye(n)) @ y",
    "L = logdet(A @ A.T + eye(n)) + trace(A)",
    "L = sum(layer_norm(X, w, g)*X)",
    "L = sum((X @ W) * sigmoid(X @ W))",
    "L = norm(X @ W - Y)**2",
    "L = sum(softmax(X @ W @ V @ X.T / sqrt(d)) @ X)",
    "Z = X @ W + b\nP = softmax(Z)\nL = -sum(Y*log(P))/n",
    "L = s*sum(where(X @ W > 0, X @ W, 0))",
    "L = sum((X + 2*X) @ W)",
    "L = exp(mean(X @ w))",
    "L = sum(silu(X @ W)/(1 + sum(exp(X @ W), axis=1, keepdims=True)))",
]


def _cut(text: str) -> tuple[Formula, ...]:
    formulas = parse_formulas(text, frozenset(COMPOSITES))
    values = {name: Value(tuple(size(axis) for axis in axes.split())) for name, axes in AXES.items()}
    return cut(formulas, Scope(values, COMPOSITES))


def _arrays() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    return {name: rng.normal(size=[SIZES[axis] for axis in axes.split()]) for name, axes in AXES.items()}


def _carried_out(formulas: tuple[Formula, ...], arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    known = dict(arrays)
    for formula in formulas:
        known[formula.target] = np.asarray(evaluate(formula.body, known, SIZES, COMPOSITES))
    return known


@pytest.mark.parametrize("text", TEXTS)
def test_the_cut_formulas_are_worth_what_was_written(text: str) -> None:
    arrays = _arrays()
    whole = _carried_out(parse_formulas(text, frozenset(COMPOSITES)), arrays)
    parts = _carried_out(_cut(text), arrays)
    for name in whole:
        # The same operations, some through formulas that are not the stable ones.
        np.testing.assert_allclose(parts[name], whole[name], rtol=1e-11, atol=1e-12, err_msg=name)


@pytest.mark.parametrize("text", TEXTS)
def test_every_name_is_defined_once_and_before_it_is_used(text: str) -> None:
    known = {*AXES, *SIZES, "True"}
    for formula in _cut(text):
        assert formula.target not in known, formula
        used = {node.name for node in walk(formula.body) if isinstance(node, Name)}
        assert used <= known, (formula.target, used - known)
        known.add(formula.target)


@pytest.mark.parametrize("text", TEXTS)
def test_a_cut_formula_is_not_cut_again(text: str) -> None:
    once = _cut(text)
    again = _cut("\n".join(f"{formula.target} = {to_text(formula.body)}" for formula in once))
    assert [(one.target, one.body) for one in again] == [(one.target, one.body) for one in once]


def _bodies(text: str) -> dict[str, str]:
    return {formula.target: to_text(formula.body) for formula in _cut(text)}


def test_the_argument_of_a_nonlinear_function_that_holds_a_product_gets_a_name() -> None:
    bodies = _bodies("L = sum(Y*tanh(X @ W + b))")
    assert "X @ W + b" in bodies.values()
    assert not any("tanh(X" in body for body in bodies.values())


def test_a_product_that_occurs_twice_is_computed_once() -> None:
    bodies = _bodies("L = sum((X @ W) * sigmoid(X @ W))")
    assert sum("X @ W" in body for body in bodies.values()) == 1


def test_every_call_of_a_function_stands_alone_on_named_values() -> None:
    for text in TEXTS:
        for formula in _cut(text):
            calls = [
                n for n in walk(formula.body) if isinstance(n, Call) and n.function in (*COMPOSITES, "inv")
            ]
            assert not calls or calls == [formula.body], to_text(formula.body)
            for call in calls:
                assert all(isinstance(part, Name | Number | Item) for part in call.arguments)


def test_a_layer_is_opened_and_its_inner_values_are_named_after_it() -> None:
    bodies = _bodies("N = layer_norm(X, w, g)\nL = sum(N*X)")
    assert not any("layer_norm" in body for body in bodies.values())
    assert (
        len([name for name in bodies if name.startswith("N_")]) == len(COMPOSITES["layer_norm"].formulas) - 1
    )


def test_an_activation_stays_whole() -> None:
    assert _bodies("H = softmax(X @ W)\nL = sum(Y*H)")["H"].startswith("softmax(")


def test_what_is_plain_is_left_as_it_is() -> None:
    text = "L = sum(X*X) + s*sum(w)"
    (formula,) = _cut(text)
    assert formula.body == parse_formulas(text)[0].body


def test_operands_of_a_product_are_names_transposes_or_multiples() -> None:
    for text in TEXTS:
        for formula in _cut(text):
            for node in walk(formula.body):
                if isinstance(node, Binary) and node.operator == "@":
                    assert not isinstance(node.left, Binary) or node.left.operator in "@*/", to_text(node)


def test_new_names_are_not_those_of_values() -> None:
    formulas = parse_formulas("L = sum(tanh(T1 @ W))", frozenset(COMPOSITES))
    values = {"T1": Value((size("n"), size("d"))), "W": Value((size("d"), size("T2")))}
    targets = {formula.target for formula in cut(formulas, Scope(values, COMPOSITES))}
    assert not targets & {"T1", "T2", "W"}


def test_a_recurrence_is_cut_at_every_time() -> None:
    text = "h[t] = tanh(X[t] @ W + h[t-1] @ U)\nL = sum(h*h)"
    axes = {"X": "n d", "W": "d k", "U": "k k"}
    shapes = {name: tuple(size(axis) for axis in text.split()) for name, text in axes.items()}
    values = {name: Value(shape) for name, shape in shapes.items()} | {"h": Value((size("n"), size("k")))}
    formulas = cut(parse_formulas(text), Scope(values, COMPOSITES))
    assert len(formulas) > 2
    assignments = []
    for formula in formulas:
        tensor = lower_formula(formula, Scope(values, COMPOSITES))
        values.setdefault(formula.target, Value(tensor.shape))
        assignments.append(Assignment(formula.target, tensor))
    rng = np.random.default_rng(1)
    arrays = {name: rng.normal(size=[SIZES[axis] for axis in text.split()]) for name, text in axes.items()}
    found = interpret(assignments, arrays, SIZES)
    state = np.zeros(SIZES["k"])
    for time in range(SIZES["n"]):
        state = np.tanh(arrays["X"][time] @ arrays["W"] + state @ arrays["U"])
        # A few products in double precision.
        np.testing.assert_allclose(found["h"][time], state, rtol=1e-12)


def test_products_in_arrays_that_are_put_together_get_names() -> None:
    bodies = _bodies("C = concatenate((X @ W, X), axis=1)\nL = sum(C*C)")
    assert "X @ W" in bodies.values()


def test_a_product_beside_a_computed_value_gets_a_name() -> None:
    bodies = _bodies("H = sigmoid(Y)\nG = H * (X @ W + b)\nL = sum(G)")
    assert "X @ W + b" in bodies.values()
    assert "Y*(X @ W)" in _bodies("G = Y * (X @ W)\nL = sum(G)").values()
