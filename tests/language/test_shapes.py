"""Shapes over named axes: NumPy's, equations between sizes, and errors that name both shapes."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from sympy import Integer, Symbol, floor

from gradwright.language.parse import parse, parse_formulas
from gradwright.language.scope import ReadError, Scope, Value
from gradwright.language.shapes import infer, infer_formulas, infer_free
from gradwright.tensor.nodes import fresh, size


def scope_of(**shapes: str) -> Scope:
    return Scope({name: Value(tuple(size(axis) for axis in axes.split())) for name, axes in shapes.items()})


def shape_of(text: str, scope: Scope) -> str:
    return " ".join(str(extent) for extent in infer(parse(text), scope).shape)


def failure(text: str, scope: Scope) -> ReadError:
    with pytest.raises(ReadError) as caught:
        infer(parse(text), scope)
    return caught.value


LAYER = scope_of(
    X="n d", W="d k", b="k", Y="n k", A="n n", T="b n d", x="n", c="", W1="d h", G="Ho Wo", I="H W0", K="p q"
)


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("X @ W + b", "n k"),
        ("T @ W", "b n k"),
        ("x @ T", "b d"),
        ("x @ A @ x", ""),
        ("X.T", "d n"),
        ("T.T", "d n b"),
        ("T.sum(axis=(0, 2), keepdims=True)", "1 n 1"),
        ("X[:, 1:]", "n d - 1"),
        ("X[0]", "d"),
        ("x[:, None]", "n 1"),
        ("X[:, :, None]*Y[:, None, :]", "n d k"),
        ("inv(A + A) @ X", "n d"),
        ("pinv(X)", "d n"),
        ("solve(A, X)", "n d"),
        ("det(A @ A)", ""),
        ("kron(X, W)", "d*n d*k"),
        ("ravel(X)", "d*n"),
        ("einsum('ij,jk->ki', X, W)", "k n"),
        ("concatenate([X, Y], axis=1)", "n d + k"),
        ("eye(n) + A", "n n"),
        ("argmax(X, axis=1)", "n"),
        ("conv2d(I, K, stride=2, padding=1)", "floor(H/2 - p/2) + 2 floor(W0/2 - q/2) + 2"),
        ("sum(i, X[i])", "d"),
        ("convfull(corr(I, K), K)", "H W0"),
    ],
)
def test_a_shape_is_numpys(text: str, shape: str) -> None:
    assert shape_of(text, LAYER) == shape


def test_a_named_axis_that_meets_a_composite_extent_is_an_equation() -> None:
    found = infer(parse("sum(G*corr(I, K))"), LAYER)
    assert found.shape == ()
    assert found.equations == (
        (size("Ho"), size("H") - size("p") + 1),
        (size("Wo"), size("W0") - size("q") + 1),
    )


def test_an_equation_is_said_once() -> None:
    assert len(infer(parse("sum(G*corr(I, K) + corr(I, K)*G)"), LAYER).equations) == 2


def test_a_pooled_axis_gives_an_equation_with_a_floor() -> None:
    (first, _) = infer(parse("G + max_pool(I, 2)"), LAYER).equations
    assert first == (size("Ho"), floor(size("H") / 2))


def test_an_axis_is_never_equal_to_itself_plus_another() -> None:
    assert "do not broadcast" in failure("x + concatenate([x, b])", LAYER).message


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("W1 @ X", "W1 @ X : inner axes differ: W1 is (d, h), X is (n, d)", "did you mean X @ W1?"),
        ("X @ Y", "X @ Y : inner axes differ: X is (n, d), Y is (n, k)", "did you mean X.T @ Y?"),
        ("Y @ W", "Y @ W : inner axes differ: Y is (n, k), W is (d, k)", "did you mean Y @ W.T?"),
        ("X.T @ W", "X.T @ W : inner axes differ: X.T is (d, n), W is (d, k)", "did you mean X @ W?"),
        ("X + X.T", "+: shapes do not broadcast: X is (n, d), X.T is (d, n)", "did you mean X + X?"),
        ("X*x", "*: shapes do not broadcast: X is (n, d), x is (n,)", "did you mean X*x[:, None]?"),
        ("X*W", "*: shapes do not broadcast: X is (n, d), W is (d, k)", "did you mean X @ W?"),
    ],
)
def test_a_clash_names_both_shapes_and_a_fix(text: str, message: str, hint: str) -> None:
    error = failure(text, LAYER)
    assert error.message == message
    assert error.hint == hint
    assert error.span == (0, len(text))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("X @ V", "V is not declared"),
        ("c @ X", "the left side is a scalar"),
        ("X[0, 0, 0]", "X is (n, d), but 3 subscripts follow"),
        ("trace(X)", "square"),
        ("sum(X, axis=2)", "there is no axis 2 in (n, d)"),
        ("sum(i, x)", "nothing says how far i runs"),
        ("sum(i, X[i, i])", "i runs over n places, but axis 1 of X has d"),
        ("reshape(X, (n, n))", "does not reshape"),
        ("einsum('ij,jk', X, Y)", "einsum: j is both"),
        ("ones(x)", "a size is expected here"),
        ("concatenate([X, T])", "differ in order"),
        ("conv2d(I, X, 1, 1, 1)", "argument"),
        ("conv2d(I, K, stride=0)", "stride of a window"),
        ("conv2d(I, K, padding=-1)", "padding"),
        ("avg_pool(I, 0)", "size and the stride"),
        ("ones(10**9)", "a size may be at most"),
        ("X[:10**30]", "a size may be at most"),
        ("ones(1/0)", "division by zero"),
        ("ones(2.5)", "a size is expected here"),
        ("eye(-1)", "a size is expected here"),
        ("reshape(X, (0, -1))", "a size is expected here"),
        ("average(X, weights=T)", "the weights are (b, n, d)"),
        ("sum_{i} sum_{i} X[i, i]", "the index i is bound already"),
        ("x[0.5]", "a subscript is a whole number"),
    ],
)
def test_a_bad_text_is_one_clear_message(text: str, message: str) -> None:
    assert message in failure(text, LAYER).message


def test_an_undeclared_name_suggests_the_nearest() -> None:
    error = failure("X_train + X1", scope_of(X_train_="n", X1="n"))
    assert error.hint == "did you mean X_train_?"
    assert error.span == (0, 7)


def test_a_bound_index_is_a_place_on_its_axis() -> None:
    scope = scope_of(h="t d", U="d d")
    assert infer(parse("h[t - 1] @ U"), scope, {"t": fresh(size("t"))}).shape == (size("d"),)


FREE = {
    "X[i, j]*W[j, m]": ("i j m", "n d k"),
    "X[i, j]": ("j i", "d n"),
    "sum(j, X[i, j]*W[j])": ("i", "n k"),
    "T[t - 1, a] + T[t, a]": ("t a", "b n d"),
    "T[t - 1]": ("t", "b n d"),
    "corr(I, K)[i, j] + G[i, j]": ("i j", "H - p + 1 W0 - q + 1"),
    "G[i, j] + corr(I, K)[i, j]": ("i j", "Ho Wo"),
}


@pytest.mark.parametrize("text", FREE)
def test_free_indices_are_the_leading_axes(text: str) -> None:
    names, shape = FREE[text]
    found = infer_free(parse(text), LAYER, names.split())
    assert " ".join(map(str, found.shape)) == shape
    assert len(found.equations) == (2 if "corr" in text else 0)


@pytest.mark.parametrize(
    ("text", "names", "message"),
    [
        ("X[i, i]", "i", "i runs over n places, but axis 1 of X has d"),
        ("X[i, j] + W[i, j]", "i j", "i runs over n places, but axis 0 of W has d"),
        ("sum(X)*c", "i", "nothing says how far i runs"),
    ],
)
def test_free_indices_of_two_sizes_are_refused(text: str, names: str, message: str) -> None:
    with pytest.raises(ReadError) as caught:
        infer_free(parse(text), LAYER, names.split())
    assert message in caught.value.message


RECURRENCES: Mapping[str, Mapping[str, str]] = {
    "h[t] = tanh(x[t] @ W + h[t - 1] @ U + b)": {"h": "t n k"},
    "h[t] = tanh(h[t - 1] @ U + x[t] @ W)\nL = sum(h)": {"h": "t n k", "L": ""},
    "z[t] = sigmoid(h[t - 1] @ U)\nh[t] = (1 - z[t])*h[t - 1] + z[t]*(x[t] @ W)": {
        "h": "t n k",
        "z": "t n k",
    },
    "a = x @ W\nh[t] = h[t - 1]*b + a[t]": {"a": "t n k", "h": "t n k"},
}


@pytest.mark.parametrize("text", RECURRENCES)
def test_the_shapes_of_a_recurrence_are_found(text: str) -> None:
    sigmoid = "1/(1 + exp(-("
    text_plain = text.replace("sigmoid(h[t - 1] @ U)", f"{sigmoid}h[t - 1] @ U)))")
    shapes, _ = infer_formulas(parse_formulas(text_plain), scope_of(x="t n d", W="d k", U="k k", b="k"))
    assert {name: " ".join(map(str, shape)) for name, shape in shapes.items()} == RECURRENCES[text]


def test_an_undeclared_name_in_formulas_is_said() -> None:
    with pytest.raises(ReadError, match="q is not declared"):
        infer_formulas(parse_formulas("Z = X @ q\nL = sum(Z)"), scope_of(X="n d"))


def test_an_extent_of_one_is_a_number() -> None:
    shape = infer(parse("sum(X, axis=0, keepdims=True)"), scope_of(X="n d")).shape
    assert shape == (Integer(1), Symbol("d", integer=True, positive=True))


def test_an_index_that_subscripts_no_axis_runs_along_the_axis_of_its_letter() -> None:
    text = "h[t] = where(t == 0, x, y[t-1])\ny[t] = tanh(h[t])"
    shapes, _ = infer_formulas(parse_formulas(text), scope_of(x="n d", Y="T n d"))
    assert {name: " ".join(map(str, shape)) for name, shape in shapes.items()} == {"h": "T n d", "y": "T n d"}


def test_what_a_formula_says_of_an_index_goes_before_its_letter() -> None:
    shapes, _ = infer_formulas(parse_formulas("h[t] = x[t] + h[t-1]"), scope_of(x="S n", Y="T n"))
    assert " ".join(map(str, shapes["h"])) == "S n"


def test_an_index_that_nothing_bounds_is_refused_with_both_next_moves() -> None:
    with pytest.raises(ReadError, match="how far t runs") as caught:
        infer_formulas(parse_formulas("h[t] = tanh(h[t-1] @ W)"), scope_of(W="u u"))
    assert "X[t]" in caught.value.hint
    assert "call its axis T" in caught.value.hint
