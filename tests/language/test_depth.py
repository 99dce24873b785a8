"""A tree within the bounds is safe everywhere, however deep the caller stands; one beyond them is refused."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import TypeVar

import numpy as np
import pytest

from gradwright.errors import GradwrightError
from gradwright.execute.evaluate import evaluate
from gradwright.execute.fields import ball
from gradwright.language.bounds import DEPTH
from gradwright.language.latex import to_latex
from gradwright.language.lower import lower
from gradwright.language.parse import parse
from gradwright.language.reading import read
from gradwright.language.scope import ReadError, Scope, Value
from gradwright.language.shapes import infer
from gradwright.language.text import to_text
from gradwright.language.tree import Tree
from gradwright.language.words import listed
from gradwright.model.functions import composites
from gradwright.tensor.nodes import size

Result = TypeVar("Result")
N = size("n")
SCOPE = Scope({"x": Value((N,)), "A": Value((N, N)), "s": Value(())}, composites())
ARRAYS = {"x": np.full(3, 0.5), "A": np.eye(3), "s": np.array(0.5)}
CALLS = sorted(
    listed(
        "exp sigmoid softmax relu gelu sum ravel norm logsumexp silu log_softmax layer_norm factorial mean"
    )
)


def nested(head: str, tail: str = "", base: str = "x", weight: int = 1) -> Callable[[int], str]:
    return lambda depth: head * (depth // weight) + base + tail * (depth // weight)


NESTS: Mapping[str, Callable[[int], str]] = {
    **{name: nested(f"{name}(", ")") for name in CALLS},
    "transpose": nested("", ".T", "A"),
    "inverses": nested("inv(", ")", "A"),
    "diagonals": nested("diag(", ")"),
    "powers of a matrix": nested("mpow(", ", -1)", "A"),
    "outer products": nested("outer(", ", ones(1))"),
    "cases": nested("where(x > 0, ", ", x)"),
    "signs": nested("-"),
    "powers": nested("x**"),
    "subscripts": nested("", "[:]"),
    "every second": nested("", "[::2]"),
    "pools": nested("max_pool(", ", 2)", "A"),
    "traces and diagonals": nested("diag(", ")", "A"),
    "gathers": nested("x[", "]"),
    "right operands": nested("x + (", ")"),
    "products": nested("A @ (", ")"),
    "conditions": nested("(", " > 0)"),
    "stacks": nested("sum([", ", x], axis=0)", weight=2),
    "concatenations": nested("concatenate([", ", x])[:n]", weight=3),
    "a long sum": lambda depth: "+".join(["x"] * depth),
}
STACK = 300
"""Frames under a caller such as a notebook or a test runner; Python's limit is 1,000."""


def from_deep(frames: int, call: Callable[[], Result]) -> Result:
    return call() if frames == 0 else from_deep(frames - 1, call)


def deepest(make: Callable[[int], str]) -> Tree:
    for depth in range(DEPTH, 0, -1):
        try:
            return parse(make(depth), frozenset(SCOPE.composites))
        except ReadError as error:
            assert "deeper" in error.message or "parts" in error.message, error.message
    raise AssertionError("no depth is read")


@pytest.mark.parametrize("kind", NESTS)
def test_the_deepest_trees_of_the_bounds_are_safe_everywhere(kind: str) -> None:
    tree = deepest(NESTS[kind])
    text = to_text(tree)
    walks: Mapping[str, Callable[[], object]] = {
        "read": lambda: read(text, SCOPE),
        "infer": lambda: infer(tree, SCOPE),
        "print": lambda: to_latex(tree),
        "evaluate": lambda: evaluate(tree, ARRAYS, {"n": 3}, SCOPE.composites, work=1e6),
        "evaluate in balls": lambda: evaluate(tree, ARRAYS, {"n": 3}, SCOPE.composites, ball(53), 1e4),
        "lower": lambda: lower(tree, SCOPE),
    }
    for name, walk in walks.items():
        try:
            from_deep(STACK, walk)
        except GradwrightError as error:
            assert error.message, name


@pytest.mark.parametrize("kind", NESTS)
def test_the_shapes_of_the_deepest_trees_are_found_in_a_second(kind: str) -> None:
    tree = deepest(NESTS[kind])
    start = time.process_time()
    with suppress(ReadError):
        infer(tree, SCOPE)
    assert time.process_time() - start < 1.0


@pytest.mark.parametrize("kind", NESTS)
def test_trees_beyond_the_bounds_are_refused(kind: str) -> None:
    with pytest.raises(ReadError, match=r"deeper|characters|parts|takes|\d digits|computed"):
        parse(NESTS[kind](2_000), frozenset(SCOPE.composites))
