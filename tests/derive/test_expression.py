"""Rows of a batch: gradients of a dozen kinds of expressions, by value, and what is said of a wrong row."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest

from gradwright.derive.expression import ExpressionGradient, derive_expression
from gradwright.errors import GradwrightError, ModelError, UsageError
from gradwright.execute.evaluate import evaluate
from gradwright.execute.interpret import interpret
from gradwright.execute.sample import draw, draw_sizes
from gradwright.language.parse import parse

KINDS: dict[str, tuple[str, dict[str, str], str, dict[str, str]]] = {
    "least squares": ("sum((X @ w - y)**2)/n", {"X": "n d", "w": "d", "y": "n"}, "w", {}),
    "softmax regression": (
        "-sum(Y*log(softmax(X @ W + b)))/n",
        {"X": "n d", "W": "d k", "b": "k", "Y": "n k"},
        "W",
        {"Y": "onehot"},
    ),
    "attention by queries": (
        "sum(G*(softmax(Q @ K.T/sqrt(d)) @ V))",
        {"Q": "n d", "K": "m d", "V": "m k", "G": "n k"},
        "Q",
        {},
    ),
    "attention by keys": (
        "sum(G*(softmax(Q @ K.T/sqrt(d)) @ V))",
        {"Q": "n d", "K": "m d", "V": "m k", "G": "n k"},
        "K",
        {},
    ),
    "layer norm": (
        "sum(G*layer_norm(X, g, b))",
        {"X": "n d", "g": "d", "b": "d", "G": "n d"},
        "X",
        {},
    ),
    "log determinant": ("logdet(S) + trace(A @ inv(S))", {"S": "n n", "A": "n n"}, "S", {"S": "spd"}),
    "quadratic form of an inverse": ("y @ inv(A) @ y", {"A": "n n", "y": "n"}, "A", {"A": "wellcond"}),
    "determinant": ("det(A)*sum(y)", {"A": "n n", "y": "n"}, "A", {"A": "wellcond"}),
    "correlation by the kernel": ("sum(corr(X, K)**2)", {"X": "H V", "K": "p q"}, "K", {}),
    "correlation by the picture": ("sum(corr(X, K)**2)", {"X": "H V", "K": "p q"}, "X", {}),
    "two layers": (
        "sum((tanh(X @ W) @ v - y)**2)",
        {"X": "n d", "W": "d k", "v": "k", "y": "n"},
        "W",
        {},
    ),
    "logistic loss": ("sum(softplus(-t*(X @ w)))", {"X": "n d", "w": "d", "t": "n"}, "w", {"t": "pm1"}),
    "power of a matrix": ("trace(A @ A @ A)", {"A": "n n"}, "A", {}),
    "pairwise distances": (
        "sum((X[:, None, :] - X[None, :, :])**2*A[:, :, None])",
        {"X": "n d", "A": "n n"},
        "X",
        {},
    ),
    "a norm": ("norm(X @ w - y)", {"X": "n d", "w": "d", "y": "n"}, "w", {}),
    "a maximum": ("sum(max(X @ W, axis=1))", {"X": "n d", "W": "d k"}, "W", {}),
    "index sums": ("sum(i, sum(j, x[i]*A[i, j]*x[j]))", {"x": "n", "A": "n n"}, "x", {}),
    "a number": ("s**3/sum(exp(s*x))", {"s": "", "x": "n"}, "s", {}),
    "neighbours": ("sum(X[1:]*X[:-1])", {"X": "n"}, "X", {}),
    "the first two": ("sum(X[:2]**2)", {"X": "n"}, "X", {}),
    "what does not depend on it": ("sum(x**2)", {"x": "n", "W": "d k"}, "W", {}),
}


def _instance(gradient: ExpressionGradient, seed: int) -> tuple[dict[str, np.ndarray], dict[str, int]]:
    model = gradient.derivation.model
    rng = np.random.default_rng(seed)
    sizes = draw_sizes(model.scope.values, model.equations, rng)
    # A window must fit into the picture.
    sizes.update({name: 2 for name in ("p", "q") if name in sizes})
    return draw(model.scope.values, sizes, rng), sizes


def _slopes(
    text: str, gradient: ExpressionGradient, arrays: Mapping[str, np.ndarray], sizes: Mapping[str, int]
) -> np.ndarray:
    """The derivative by every entry: the imaginary part of a complex step."""
    composites = gradient.derivation.model.composites
    tree = parse(text, frozenset(composites))
    at = np.asarray(arrays[gradient.wrt])
    slopes = np.zeros(at.shape)
    for place in np.ndindex(at.shape):
        step = np.zeros(at.shape, complex)
        step[place] = 1e-30j
        moved = {**arrays, gradient.wrt: at + step}
        slopes[place] = complex(evaluate(tree, moved, sizes, composites)).imag / 1e-30
    return slopes


@pytest.mark.parametrize(("text", "values", "wrt", "domain"), KINDS.values(), ids=list(KINDS))
def test_the_printed_gradient_is_right_by_every_entry(
    text: str, values: dict[str, str], wrt: str, domain: dict[str, str]
) -> None:
    gradient = derive_expression(text, values, wrt, domain)
    row = gradient.row()
    assert {"index_form", "latex", "steps"} <= set(row)
    assert ("gradient" in row) == (gradient.matrix is not None)
    arrays, sizes = _instance(gradient, seed=1)
    slopes = _slopes(text, gradient, arrays, sizes)
    # Double precision, with two or three figures lost in an inverse that is not badly conditioned.
    scale = 1e-10 * max(1.0, float(np.abs(slopes).max(initial=0.0)))
    composites = gradient.derivation.model.composites
    if "gradient" in row:
        shown = evaluate(parse(str(row["gradient"]), frozenset(composites)), arrays, sizes, composites)
        assert np.shape(shown) == slopes.shape, row["gradient"]
        np.testing.assert_allclose(shown, slopes, rtol=1e-9, atol=scale, err_msg=str(row["gradient"]))
    derivation = gradient.derivation
    carried_out = interpret(derivation.assignments(), arrays, sizes)[derivation.adjoint_of[wrt]]
    np.testing.assert_allclose(carried_out, slopes, rtol=1e-9, atol=scale)


@pytest.mark.parametrize(("text", "values", "wrt", "domain"), KINDS.values(), ids=list(KINDS))
def test_the_index_form_is_right_too(
    text: str, values: dict[str, str], wrt: str, domain: dict[str, str]
) -> None:
    gradient = derive_expression(text, values, wrt, domain)
    arrays, sizes = _instance(gradient, seed=2)
    slopes = _slopes(text, gradient, arrays, sizes)
    composites = gradient.derivation.model.composites
    left, right = str(gradient.row()["index_form"]).split(" = ", 1)
    letters, _ = gradient.index
    assert left == (f"d{wrt}[{', '.join(letters)}]" if letters else f"d{wrt}")
    bound = dict(zip(letters, slopes.shape, strict=True))
    found = evaluate(parse(right, frozenset(composites)), arrays, sizes, composites, bound=bound)
    scale = 1e-10 * max(1.0, float(np.abs(slopes).max(initial=0.0)))
    # As above.
    np.testing.assert_allclose(
        np.broadcast_to(found, slopes.shape), slopes, rtol=1e-9, atol=scale, err_msg=right
    )


def test_axes_may_be_a_list_or_a_text() -> None:
    one = derive_expression("sum(X**2)", {"X": ["n", "d"]}, "X").row()
    assert one == derive_expression("sum(X**2)", {"X": "n d"}, "X").row()
    assert one["gradient"] == "2*X"


def test_the_adjoints_are_named_in_the_steps_in_backprop_order() -> None:
    row = derive_expression("sum(G*tanh(X @ W))", {"X": "n d", "W": "d k", "G": "n k"}, "W").row()
    steps = row["steps"]
    assert isinstance(steps, list)
    assert steps[-1]["name"] == "dW"
    assert all(step["rules"] for step in steps)


@pytest.mark.parametrize("wrt", ["Z", "", "n", "x"])
def test_a_value_that_is_not_there_is_a_usage_error_that_names_those_that_are(wrt: str) -> None:
    with pytest.raises(UsageError, match="X, w"):
        derive_expression("sum(X @ w)", {"X": "n d", "w": "d"}, wrt)


@pytest.mark.parametrize("text", ["X @ w", "X", "sum(X, axis=0)", "tanh(w)"])
def test_what_is_no_scalar_is_refused_with_its_shape_and_the_next_move(text: str) -> None:
    with pytest.raises(ModelError, match=r"scalar is expected(.|\n)*sum\(") as error:
        derive_expression(text, {"X": "n d", "w": "d"}, "w")
    assert text in str(error.value)


@pytest.mark.parametrize(
    ("text", "kind"),
    [("sum(X @ X)", "n, d"), ("sum(X @ q)", "q"), ("sum(sofmax(X))", "softmax"), ("sum(X", "")],
)
def test_what_can_t_be_read_is_the_author_s_error_with_its_place(text: str, kind: str) -> None:
    with pytest.raises(ModelError) as error:
        derive_expression(text, {"X": "n d", "w": "d"}, "X")
    assert kind in str(error.value)
    assert "^" in str(error.value)


def test_an_unknown_domain_is_refused() -> None:
    with pytest.raises(GradwrightError, match="onehit"):
        derive_expression("sum(X)", {"X": "n d"}, "X", {"X": "onehit"})
