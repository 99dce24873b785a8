"""What can be asked: an answer that is short enough to be typed, and no mere name."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from gradwright.language.scope import Value
from gradwright.language.tree import Call, Name, Tree, walk
from gradwright.language.tree import Sequence as Items
from gradwright.language.weight import length

LONGEST = 45
"""Tokens of an answer. The adjoint of a sum of four products has 20, that of a cell state 37."""

_DISCRETE = ("onehot", "binary", "mask", "pm1", "count", "posint")

T = TypeVar("T")


def is_differentiable(value: Value) -> bool:
    """Whether a derivative by a value means something: its entries are no labels, places or masks."""
    return value.domain not in _DISCRETE and not value.domain.startswith("index")


def is_readable(tree: Tree) -> bool:
    """Whether an answer can be typed and is worth it."""
    repeated = any(
        isinstance(node, Call) and node.function == "ones" and isinstance(node.arguments[0], Items)
        for node in walk(tree)
    )
    return not isinstance(tree, Name) and not repeated and length(tree) <= LONGEST


def readable(found: Iterable[tuple[str, Tree]]) -> list[str]:
    """The names whose answers are readable; that of the shortest answer where none is."""
    pairs = list(found)
    return [name for name, tree in pairs if is_readable(tree)] or [
        name for name, _ in sorted(pairs, key=lambda pair: length(pair[1]))[:1]
    ]


def first_readable(found: Iterable[T], answer: Callable[[T], Tree]) -> T:
    """The first whose answer is readable; the one with the shortest answer where none is."""
    seen: list[T] = []
    for one in found:
        if is_readable(answer(one)):
            return one
        seen.append(one)
    return min(seen, key=lambda one: length(answer(one)))
