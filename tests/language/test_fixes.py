"""A clash of shapes names a fix: only one that makes the whole text well-shaped, of the shape asked for."""

from __future__ import annotations

import pytest

from gradwright.language.parse import parse
from gradwright.language.scope import ReadError, Scope, Shape, Value
from gradwright.language.shapes import infer
from gradwright.model.functions import composites
from gradwright.tensor.nodes import size

SHAPES = {
    "X": "n d", "Z": "n d", "W": "d k", "b": "k", "Y": "n k", "A": "n n", "T": "B n d", "x": "n", "w": "d",
    "s": "", "W1": "d h", "W2": "h k", "H": "n h", "G": "n k", "Q": "t e", "K": "u e", "V": "u e",
}  # fmt: skip


def shape(axes: str) -> Shape:
    return tuple(size(axis) for axis in axes.split())


SCOPE = Scope({name: Value(shape(axes)) for name, axes in SHAPES.items()}, composites())

FIXES: dict[tuple[str, str | None], str] = {
    ("W1 @ X", None): "X @ W1",
    ("W @ X + b", "n k"): "X @ W",
    ("W2 @ W1 @ X", None): "X @ W1 @ W2",
    ("W2 @ W1 @ X", "n k"): "X @ W1 @ W2",
    ("X @ Y", "d k"): "X.T @ Y",
    ("X @ Y", "k d"): "Y.T @ X",
    ("X @ Y", "n k"): "",
    ("X.T @ W", None): "X @ W",
    ("sum((X - X @ W.T @ W)**2)", ""): "X @ W @ W.T",
    ("2/n*X @ (X @ w - x)", "d"): "2/n*X.T @ (X @ w - x)",
    ("G @ W2", "n h"): "G @ W2.T",
    ("G @ W2 * (H > 0)", None): "G @ W2.T",
    ("H @ G", "h k"): "H.T @ G",
    ("G @ H", "h k"): "H.T @ G",
    ("X.T @ (X @ W - X)", None): "",
    ("Q @ K @ V", "t e"): "Q @ K.T",
    ("softmax(Q @ K/sqrt(e)) @ V", None): "Q @ K.T",
    ("X @ X.T @ w", "d"): "X.T @ X @ w",
    ("x @ w", None): "outer(x, w)",
    ("x @ w", "d n"): "",
    ("x*w", "d n"): "outer(w, x)",
    ("x*w", "n d"): "outer(x, w)",
    ("x + w", None): "",
    ("x + w", "d n"): "x + w[:, None]",
    ("X*W", None): "X @ W",
    ("X*x", None): "X*x[:, None]",
    ("x*X", None): "x[:, None]*X",
    ("X + X.T", None): "X + X",
    ("X @ W + Y.T", "n k"): "X @ W + Y",
    ("X/sum(X, axis=1)", None): "X/sum(X, axis=1, keepdims=True)",
    ("exp(X)/exp(X).sum(axis=1)", "n d"): "exp(X)/sum(exp(X), axis=1, keepdims=True)",
    ("(X - X.mean(1))/X.std(0)", "n d"): "X - mean(X, axis=1, keepdims=True)",
    ("X.sum(axis=1) + w", "d"): "sum(X, axis=0) + w",
    ("w + X.sum(axis=1)", "d"): "w + sum(X, axis=0)",
    ("w - sum(X, axis=1)/n", "d"): "",
    ("maximum(X, x)", None): "maximum(X, x[:, None])",
    ("where(X > 0, X, x)", None): "where(X > 0, X, x[:, None])",
    ("X > x", None): "X > x[:, None]",
    ("dot(X, Y)", "d k"): "dot(X.T, Y)",
    ("T @ Y", None): "Y.T @ T",
    ("outer(x, w) + W", None): "",
    ("(X @ W + b).T @ X.T", "k d"): "(X @ W + b).T @ X",
    ("X @ W @ W", "n d"): "X @ W @ W.T",
    ("X @ W.T", None): "X @ W",
    ("x @ X.T", None): "X.T @ x",
    ("(X - x)**2", None): "X - x[:, None]",
    ("sum((X - x)**2)", ""): "X - x[:, None]",
}


WHOLE = {"W2 @ W1 @ X": "X @ W1 @ W2", "sum((X - X @ W.T @ W)**2)": "sum((X - X @ W @ W.T)**2)"}
"""Where the fix reaches further than the place: the whole text with it."""


@pytest.mark.parametrize(("text", "axes"), FIXES)
def test_a_clash_names_the_fix_that_makes_the_whole_well_shaped(text: str, axes: str | None) -> None:
    expected = None if axes is None else shape(axes)
    with pytest.raises(ReadError) as caught:
        infer(parse(text, frozenset(SCOPE.composites)), SCOPE, expected=expected)
    fix = FIXES[text, axes]
    assert caught.value.hint == (f"did you mean {fix}?" if fix else "")
    start, end = caught.value.span
    if fix:
        changed = WHOLE.get(text, f"{text[:start]}({fix}){text[end:]}")
        found = infer(parse(changed, frozenset(SCOPE.composites)), SCOPE).shape
        assert expected is None or found == expected, "the fix gives the shape that was asked for"


def test_looking_for_a_fix_takes_no_longer_than_reading() -> None:
    text = " + ".join(["x @ w"] + ["sum(X @ W)"] * 100)
    with pytest.raises(ReadError, match="inner axes differ"):
        infer(parse(text), SCOPE, expected=shape("n d"))
