"""The parts of a certificate: normal forms, degrees, exact arithmetic, and how small numbers are."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np
import pytest
import sympy

from gradwright.execute.evaluate import evaluate
from gradwright.execute.rationals import RATIONAL
from gradwright.execute.sample import draw
from gradwright.grade.degree import Degree, NotRationalError, degree
from gradwright.grade.normal import same_form
from gradwright.grade.proof import looks_rational
from gradwright.grade.smooth import is_smooth
from gradwright.language.parse import parse
from gradwright.language.scope import Value
from gradwright.model.functions import composites
from gradwright.tensor.nodes import size

FUNCTIONS = composites()
SHAPES = {"X": "nd", "w": "d", "y": "n", "A": "dd", "B": "dd", "s": ""}
SIZES = {"n": 3, "d": 2}
RATIONALS = [
    "X.T @ (X @ w - y)/n",
    "s/(1 + s) + w/(w @ w)",
    "inv(A) @ w",
    "solve(A, B)",
    "det(A)*trace(A @ B)",
    "sum(X, axis=0)**2/sum(X*X)",
    "np.outer(w, w)/(1 + s**2) - A**2",
    "einsum('ni,nj->ij', X, X)/s",
    "np.var(X, axis=0) + mean(X)",
    "sum(i, X[i, 0]*y[i])/s**3",
    "prod(X, axis=0) - reciprocal(w)",
    "sum(1/X, axis=1)",
    "inv(A/s + np.outer(w, 1/w))",
    "diag(w) @ A.T - eye(d)[0]",
]


def same(left: str, right: str) -> bool:
    names = frozenset(FUNCTIONS)
    return same_form(parse(left, names), parse(right, names))


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("a + b - c", "b - (c - a)"),
        ("2*X.T @ (X @ w - y)/n", "-(X.T @ (y - X @ w))*2/n"),
        ("a/b/c", "a/(b*c)"),
        ("(a - b)**2", "(b - a)*(b - a)"),
        ("x*x*x", "x**3"),
        ("2*(a + b)", "2*a + 2*b"),
        ("(-2*A).T.T", "A*(-2)"),
        ("a > b", "b < a"),
        ("maximum(a, exp(b))", "maximum(exp(b), a)"),
        ("sum(i, x[i]*y[i])", "sum(k, y[k]*x[k])"),
        ("sqrt(x)", "x**(1/2)"),
        ("sum(3*X, axis=0)", "3*sum(X, axis=0)"),
    ],
)
def test_the_normal_form_does_not_hang_on_the_writing(left: str, right: str) -> None:
    assert same(left, right)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("a/a", "1"),
        ("a - a + b", "b"),
        ("a/(b/c)", "a*c/b"),
        ("A @ B", "B @ A"),
        ("sqrt(x)**2", "x"),
        ("x**2**0.5", "x"),
        ("a - b", "b - a"),
        ("a > b", "a >= b"),
        ("sum(i, x[i]*y[j])", "sum(j, x[i]*y[j])"),
        ("sum(i, sum(j, A[i, j]*B[j, i]))", "sum(i, sum(j, A[i, j]*B[i, j]))"),
        ("X[0]", "X[1]"),
        ("X[:, 1:]", "X[:, :1]"),
        ("sum(X, axis=0)", "sum(X, axis=1)"),
        ("1e-30 + x", "x"),
        ("x**17", "x**16*1"),
    ],
)
def test_the_normal_form_joins_only_what_is_equal_everywhere(left: str, right: str) -> None:
    assert not same(left, right)


def symbols() -> dict[str, np.ndarray]:
    """Every entry a symbol of its own."""
    arrays = {}
    for name, axes in SHAPES.items():
        shape = tuple(SIZES[axis] for axis in axes)
        array = np.empty(shape, dtype=object)
        for place in product(*map(range, shape)):
            array[place] = sympy.Symbol("_".join([name, *map(str, place)]))
        arrays[name] = array
    return arrays


A = sympy.Matrix(2, 2, sympy.symbols("A_0_0 A_0_1 A_1_0 A_1_1"))
EXPLICIT: dict[str, Callable[..., Any]] = {
    "X.T @ (X @ w - y)/n": lambda X, w, y, **_: X.T @ (X @ w - y) / 3,
    "s/(1 + s) + w/(w @ w)": lambda s, w, **_: s[()] / (1 + s[()]) + w / (w @ w),
    "inv(A) @ w": lambda w, **_: np.array(A.inv()) @ w,
    "solve(A, B)": lambda B, **_: np.array(A.inv()) @ B,
    "det(A)*trace(A @ B)": lambda B, **_: A.det() * np.trace(np.array(A) @ B),
    "sum(X, axis=0)**2/sum(X*X)": lambda X, **_: X.sum(axis=0) ** 2 / (X * X).sum(),
    "sum(1/X, axis=1)": lambda X, **_: (1 / X).sum(axis=1),
    "einsum('ni,nj->ij', X, X)/s": lambda X, s, **_: X.T @ X / s[()],
}


@pytest.mark.parametrize("text", EXPLICIT)
def test_a_degree_is_never_below_the_true_one(text: str) -> None:
    entries = np.asarray(EXPLICIT[text](**symbols()), dtype=object)
    arrays = {name: np.ones(array.shape) for name, array in symbols().items()}
    bound = degree(parse(text), arrays, SIZES)
    for entry in entries.ravel():
        top, bottom = sympy.fraction(sympy.cancel(sympy.together(entry)))
        for part, limit in ((top, bound.top), (bottom, bound.bottom)):
            free = sorted(part.free_symbols, key=str)
            true = sympy.Poly(part, *free).total_degree() if free else 0
            assert true <= limit, (text, part, bound)


def test_what_is_not_rational_has_no_degree() -> None:
    arrays = {name: np.ones([SIZES[axis] for axis in axes]) for name, axes in SHAPES.items()}
    for text in ("exp(w)", "s**s", "sqrt(s)", "w > 0", "pi*s", "maximum(w, 0)", "norm2(w)", "y[argmax(w)]"):
        assert not looks_rational(parse(text)) or text in ("s**s", "y[argmax(w)]")
        with pytest.raises(NotRationalError):
            degree(parse(text), arrays, SIZES)
    assert degree(parse("w**d"), arrays, SIZES) == Degree(2)


@pytest.mark.parametrize("text", RATIONALS)
def test_rational_arithmetic_agrees_with_floats(text: str, rng: np.random.Generator) -> None:
    values = {name: Value(tuple(size(axis) for axis in axes)) for name, axes in SHAPES.items()}
    arrays = draw(values, SIZES, rng)
    floats = evaluate(parse(text), arrays, SIZES)
    exact = evaluate(parse(text), arrays, SIZES, field=RATIONAL)
    assert exact.shape == floats.shape
    near = np.vectorize(lambda entry: int(entry.p) / int(entry.q), otypes=[float])(exact)
    assert np.allclose(near, floats, rtol=1e-9)


def test_rational_arithmetic_has_no_rounding() -> None:
    value = evaluate(parse("(x/3 - x*0.1)*30"), {"x": np.asarray(0.1)}, {}, field=RATIONAL)
    assert Fraction(int(value[()].p), int(value[()].q)) == 7 * Fraction(0.1)
    text = "abs(x) + maximum(x, 0) + (x < 0) + sign(x)"
    kinks = evaluate(parse(text), {"x": np.asarray(-0.5)}, {}, field=RATIONAL)
    assert float(int(kinks[()].p) / int(kinks[()].q)) == 0.5 + 0 + 1 - 1
    with pytest.raises(ZeroDivisionError):
        evaluate(parse("1/(x - x)"), {"x": np.asarray(2.0)}, {}, field=RATIONAL)


def test_only_what_is_one_formula_everywhere_is_smooth() -> None:
    for text in ("tanh(X @ w)/n", "inv(A) @ exp(w)", "softmax(X)", "s**3 - s**-2"):
        assert is_smooth(parse(text, frozenset(FUNCTIONS))), text
    for text in ("log(s)", "sqrt(s)", "abs(s)", "maximum(s, 0)", "relu(s)", "s > 0", "s**0.5", "arctan(1/s)"):
        assert not is_smooth(parse(text, frozenset(FUNCTIONS))), text
