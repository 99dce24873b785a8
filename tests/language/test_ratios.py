"""Ratios of exponentials are called by their names, and only where they are those."""

import numpy as np
import pytest

from gradwright.execute.evaluate import evaluate
from gradwright.language.parse import parse
from gradwright.language.ratios import named_ratios
from gradwright.language.text import to_text
from gradwright.language.tree import Name, Tree
from gradwright.model.functions import composites

FUNCTIONS = composites()
ORDERS = {"x": 1, "y": 1, "Z": 2, "A": 2, "s": 0}
SIZES = {"n": 3, "k": 3}


def _order(tree: Tree) -> int | None:
    if isinstance(tree, Name):
        return ORDERS.get(tree.name)
    text = to_text(tree)
    return 1 if text == "A @ x" else None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1/(1 + exp(-x))", "sigmoid(x)"),
        ("exp(x)/(1 + exp(x))", "sigmoid(x)"),
        ("exp(x)/(exp(x) + 1)*y", "sigmoid(x)*y"),
        ("y/(s*(1 + exp(x)))", "y*sigmoid(-x)/s"),
        ("-y*exp(-s*x)/(1 + exp(-s*x))", "-y*sigmoid(-s*x)"),
        ("1/(1 + exp(y - x))", "sigmoid(x - y)"),
        ("exp(x)/sum(exp(x))", "softmax(x)"),
        ("A.T @ exp(A @ x)/sum(exp(A @ x))", "A.T @ softmax(A @ x)"),
        ("outer(exp(x), y)/sum(exp(x))", "outer(softmax(x), y)"),
        ("exp(Z)/sum(exp(Z), axis=1, keepdims=True)", "softmax(Z)"),
        ("exp(Z)/sum(exp(Z), axis=0)", "softmax(Z, axis=0)"),
        ("1 - sigmoid(-x)", "sigmoid(x)"),
        ("sigmoid(-s*x) - 1", "-sigmoid(s*x)"),
    ],
)
def test_a_ratio_has_its_name_and_its_value(text: str, expected: str) -> None:
    tree = parse(text, frozenset(FUNCTIONS))
    found = named_ratios(tree, _order)
    assert to_text(found) == expected
    rng = np.random.default_rng(5)
    arrays = {name: rng.normal(size=(3,) * order) for name, order in ORDERS.items()}
    # One exponential and one sum in another order.
    np.testing.assert_allclose(
        evaluate(found, arrays, SIZES, FUNCTIONS), evaluate(tree, arrays, SIZES, FUNCTIONS), rtol=1e-13
    )


@pytest.mark.parametrize(
    "text",
    [
        "1/(2 + exp(-x))",
        "exp(y)/sum(exp(x))",
        "exp(Z)/sum(exp(Z))",
        "exp(Z)/sum(exp(Z), axis=1)",
        "exp(-x)/(1 - exp(x))",
    ],
)
def test_what_is_no_such_ratio_stays(text: str) -> None:
    tree = parse(text)
    assert named_ratios(tree, _order) == tree
