"""Index notation is read back and worth the same, whatever names its indices get."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest
import sympy
from sympy import Expr, Tuple

from gradwright.execute.evaluate import evaluate
from gradwright.execute.interpret import interpret
from gradwright.language.index_form import index_form
from gradwright.language.lower import lower
from gradwright.language.parse import parse
from gradwright.language.scope import Scope, Value
from gradwright.language.text import to_text
from gradwright.language.tree import names
from gradwright.model.functions import composites
from gradwright.tensor.nodes import (
    Assignment,
    Entry,
    First,
    Index,
    Iverson,
    MaxOver,
    Sum,
    Tensor,
    Where,
    size,
)
from tests.language.loops import Loops
from tests.language.lowering_cases import CASES, SIZES

COMPOSITES = composites()

RANGED = [
    case
    for case in CASES
    if not case[0].startswith(("concatenate([X, A], axis=1) @", "max_pool", "avg_pool"))
]
"""Index notation tells how far a bound index runs by the axes that it subscripts; in these it subscripts none
along its whole length."""


def _scope(axes: Mapping[str, str]) -> Scope:
    shapes = {name: tuple(size(axis) for axis in text.split()) for name, text in axes.items()}
    return Scope({name: Value(shape) for name, shape in shapes.items()}, COMPOSITES)


def _arrays(axes: Mapping[str, str]) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(4)
    arrays: dict[str, np.ndarray] = {}
    for name, text in axes.items():
        counts = [SIZES[axis] for axis in text.split()]
        arrays[name] = rng.integers(0, SIZES["v"], counts) if name == "tokens" else rng.normal(size=counts)
        if name in ("eps", "pos"):
            arrays[name] = np.abs(arrays[name]) + 0.1
    return arrays


def _read_back(tensor: Tensor, axes: Mapping[str, str], arrays: Mapping[str, np.ndarray]) -> np.ndarray:
    """The value of the printed index notation at every place of its free indices."""
    scope = _scope(axes)
    shapes = {name: value.shape for name, value in scope.values.items()}
    free, tree = index_form(tensor, frozenset(axes), shapes)
    assert len(set(free)) == len(tensor.indices)
    assert not set(free) & (set(axes) | names(tree) - set(free)), free
    counts = [Loops(arrays, SIZES).count(extent) for extent in tensor.shape]
    printed = parse(to_text(tree), frozenset(COMPOSITES))
    assert printed == tree, to_text(tree)
    value = evaluate(printed, arrays, SIZES, COMPOSITES, bound=dict(zip(free, counts, strict=True)))
    return np.broadcast_to(np.asarray(value, dtype=float), counts)


@pytest.mark.parametrize(("text", "axes", "expected"), RANGED, ids=[case[0] for case in RANGED])
def test_the_index_form_of_every_function_is_read_back(
    text: str, axes: Mapping[str, str], expected: Callable[..., Any]
) -> None:
    arrays = _arrays(axes)
    tensor = lower(parse(text, frozenset(COMPOSITES)), _scope(axes))
    wanted = np.asarray(expected(**arrays), dtype=float)
    # Sums of a few dozen terms in double precision, in another order.
    np.testing.assert_allclose(_read_back(tensor, axes, arrays), wanted, rtol=1e-9, atol=1e-9)


H, J, L, M = (Index(letter, size("n")) for letter in "ijlm")
K = Index("q", size("d"))
AXES = {"A": "n n", "B": "n d", "x": "n", "y": "n", "w": "d", "i": "n"}
PLACES: list[tuple[str, Expr, tuple[Index, ...]]] = [
    ("a shift", Iverson(sympy.Ge(H, 1)) * Entry("x", H - 1) * Entry("y", H), (H,)),
    ("a condition", Iverson(sympy.Lt(H, J)) * Entry("A", H, J), (H, J)),
    ("a case", Where(sympy.Gt(Entry("x", H), 0, evaluate=False), Entry("y", H), -Entry("x", H)), (H,)),
    ("a first place", First(Entry("A", L, M), Tuple(L, M), Tuple(H, J)), (H, J)),
    ("a first place in a row", First(Entry("A", H, L), Tuple(L), Tuple(J)), (H, J)),
    ("sums in a sum", Sum(Entry("A", H, J) * Sum(Entry("A", J, L) * Entry("x", L), L) ** 2, J), (H,)),
    ("two sums side by side", Sum(Entry("x", J), J) * Sum(Entry("y", J), J) * Entry("w", K), (K,)),
    ("the largest", MaxOver(Entry("B", H, K) * Entry("x", H), H), (K,)),
    ("the least", -MaxOver(-Entry("B", H, K), K), (H,)),
    ("a name that is a letter", Sum(Entry("i", H) * Entry("x", H), H), ()),
    ("powers and constants", sympy.pi * Entry("x", H) ** 2 / sympy.sqrt(1 + Entry("y", H) ** 2), (H,)),
    ("sizes", (Entry("x", H) - 1) / (size("n") * size("d")), (H,)),
]


@pytest.mark.parametrize(("entry", "free"), [case[1:] for case in PLACES], ids=[case[0] for case in PLACES])
def test_places_conditions_and_cases_are_read_back(entry: Expr, free: tuple[Index, ...]) -> None:
    arrays = _arrays(AXES)
    tensor = Tensor(free, entry)
    if entry.has(First):
        expected = np.asarray(interpret([Assignment("value", tensor)], arrays, SIZES)["value"])
    else:
        expected = Loops(arrays, SIZES).tensor(tensor)
    # A few dozen additions in double precision.
    np.testing.assert_allclose(_read_back(tensor, AXES, arrays), expected, rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize("entry", [case[1] for case in PLACES], ids=[case[0] for case in PLACES])
def test_index_notation_lowers_to_an_equal_expression(entry: Expr) -> None:
    free = sorted((symbol for symbol in entry.free_symbols if isinstance(symbol, Index)), key=str)
    scope = _scope(AXES)
    letters, tree = index_form(Tensor(tuple(free), entry), frozenset(AXES))
    if entry.has(First):
        return
    bound = {letter: Index(letter, index.extent) for letter, index in zip(letters, free, strict=True)}
    again = lower(parse(to_text(tree), frozenset(COMPOSITES)), scope, bound)
    assert not again.indices
    arrays = _arrays(AXES)
    # The same operations in another order.
    np.testing.assert_allclose(
        Loops(arrays, SIZES).tensor(Tensor(tuple(bound.values()), again.entry)),
        Loops(arrays, SIZES).tensor(Tensor(tuple(free), entry)),
        rtol=1e-11,
        atol=1e-12,
    )


def test_no_index_is_called_like_a_value_or_a_size() -> None:
    taken = frozenset({"i", "j", "k", "l"})
    free, tree = index_form(Tensor((H, J), Sum(Entry("A", H, L) * Entry("A", L, J), L)), taken)
    assert not set(free) & taken
    assert len(names(tree)) == len({"A", *free}) + 1
