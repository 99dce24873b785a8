"""The text printer: what it prints is read back as the same tree, and looks as a person writes it."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradwright.language.parse import parse
from gradwright.language.text import to_text
from gradwright.language.tree import (
    Binary,
    Call,
    Compare,
    Item,
    Name,
    Negate,
    NewAxis,
    Number,
    Sequence,
    Slice,
    Text,
    Tree,
    substitute,
)

_names = st.sampled_from(["A", "X", "W1", "b", "n", "theta", "x_hat", "pi", "E", "e", "eps"]).map(Name)
_numbers = st.one_of(
    st.integers(0, 10**8).map(lambda value: Number(Fraction(value))),
    st.decimals(0, 100, places=3).map(lambda value: Number(Fraction(value))),
    st.just(Number(Fraction("1e-9"), "1e-9")),
)
_leaves = st.one_of(_names, _numbers)
_axis = st.sampled_from([("axis", Number(Fraction(1))), ("axis", Negate(Number(Fraction(1))))])
_indices = st.sampled_from([Name("i"), Sequence((Name("i"), Name("j")))])


def _bigger(trees: st.SearchStrategy[Tree]) -> st.SearchStrategy[Tree]:
    optional = st.none() | trees
    slices = st.builds(Slice, optional, optional, optional)
    selectors = st.lists(st.one_of(trees, slices, st.just(NewAxis())), min_size=1, max_size=3).map(tuple)
    return st.one_of(
        st.builds(Negate, trees),
        st.builds(Binary, st.sampled_from(["+", "-", "*", "/", "**", "@"]), trees, trees),
        st.builds(Compare, st.sampled_from(["<", "<=", ">", ">=", "==", "!="]), trees, trees),
        st.builds(Item, trees, selectors),
        st.builds(
            lambda name, tree: Call(name, (tree,)),
            st.sampled_from(["exp", "transpose", "sum", "astype", "factorial"]),
            trees,
        ),
        st.builds(lambda tree, axis: Call("sum", (tree,), (axis, ("keepdims", Name("True")))), trees, _axis),
        st.builds(
            lambda name, index, tree: Call(name, (index, tree)),
            st.sampled_from(["sum", "prod", "max"]),
            _indices,
            trees,
        ),
        st.builds(lambda one, two: Call("maximum", (one, two)), trees, trees),
        st.builds(lambda one, two: Call("where", (one, two, Number(Fraction(0)))), trees, trees),
        st.builds(lambda one, two: Call("concatenate", (Sequence((one, two)),)), trees, trees),
        st.builds(lambda one, two: Call("einsum", (Text("ij,j->i"), one, two)), trees, trees),
        st.builds(lambda one: Call("shape", (one, Number(Fraction(0)))), trees),
    )


_trees = st.recursive(_leaves, _bigger, max_leaves=12)


def _is_readable(tree: Tree) -> bool:
    """Whether the bounds on powers and factorials, and the refusal of ``!!``, leave the tree alone."""
    try:
        parse(to_text(tree))
    except Exception as error:
        return not any(word in str(error) for word in ("power", "factorial", "binary digits"))
    return True


@given(_trees)
@settings(max_examples=400, deadline=None, derandomize=True)
def test_what_is_printed_is_read_back_as_the_same_tree(tree: Tree) -> None:
    if _is_readable(tree):
        assert parse(to_text(tree)) == tree


@given(st.fractions(max_denominator=10**6), st.sampled_from(["+", "-", "*", "/", "**", "@"]))
@settings(max_examples=200, deadline=None, derandomize=True)
def test_a_number_of_the_program_keeps_its_value_wherever_it_stands(value: Fraction, operator: str) -> None:
    tree = Binary(operator, Name("x"), Binary("*", Number(value), Name("y")))
    printed = to_text(tree)
    assert to_text(parse(printed)) == printed
    assert _value(parse(to_text(Number(value)))) == value


def _value(tree: Tree) -> Fraction:
    match tree:
        case Number():
            return tree.value
        case Negate():
            return -_value(tree.operand)
        case Binary(operator="/"):
            return _value(tree.left) / _value(tree.right)
        case _:
            raise AssertionError(tree)


AS_WRITTEN = [
    "2*X.T @ (X @ W - Y)/n",
    "-2*(M*(R - U @ V.T)) @ V + 2*lam*U",
    "(softmax(z/tau) - y)/tau",
    "y/(norm2(x)*norm2(y)) - (x @ y)*x/(norm2(x)**3*norm2(y))",
    "0.5*(1 + erf(x/sqrt(2))) + x*exp(-x**2/2)/sqrt(2*pi)",
    "outer(g*(1 - tanh(W @ x + U @ h0 + b)**2), h0)",
    "where(abs(r0) <= 1, r0, sign(r0))",
    "P*(G - sum(P*G, axis=1, keepdims=True))",
    "h[t-1] @ Wh + x[t, :, None]",
    "sum(i, X[i, j]*Y[j+1])",
    "X.shape[0]*(z > 0).astype(float)",
    "det(X.T @ A @ X)*(A @ X @ inv(X.T @ A @ X))",
    "a - (b - c)",
    "a/(b*c)",
    "(a**b)**c",
    "x**-0.5",
    "a*(-b)",
    "(-a)*b",
    "-a*b",
    "(A @ B).T",
    "einsum('ij,j->i', A, x)",
    "X[:, 1:]",
    "reshape(X, (n, -1))",
    "(sum_{i} 1)*x",
]


@pytest.mark.parametrize("text", AS_WRITTEN)
def test_the_style_is_that_of_a_person(text: str) -> None:
    assert to_text(parse(text)) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Fraction(1, 2), "0.5"),
        (Fraction(1, 3), "1/3"),
        (Fraction(-3, 4), "-0.75"),
        (Fraction(10), "10"),
        (Fraction(1, 10**9), "1e-9"),
        (Fraction(123456789, 10**8), "123456789/100000000"),
    ],
)
def test_a_number_is_a_short_decimal_or_a_quotient(value: Fraction, text: str) -> None:
    assert to_text(Number(value)) == text


def test_a_very_deep_tree_is_printed() -> None:
    tree: Tree = Name("x")
    for _ in range(5_000):
        tree = Binary("+", tree, Name("y"))
    assert to_text(tree).count("y") == 5_000


def test_a_substituted_tree_gets_its_brackets() -> None:
    assert to_text(substitute(parse("A @ X.T*2"), {"X": parse("a + b")})) == "(A @ (a + b).T)*2"
