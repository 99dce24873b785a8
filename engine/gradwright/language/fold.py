"""A tree folded from the leaves up, without recursion: a printer is one function of a node and its parts."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from gradwright.language.tree import Tree, children, walk

Result = TypeVar("Result")


def fold(tree: Tree, combine: Callable[[Tree, tuple[Result, ...]], Result]) -> Result:
    """``combine(node, results)`` of the root; the results are those of the node's ``children``, in order."""
    done: dict[int, Result] = {}
    for node in reversed(list(walk(tree))):
        done[id(node)] = combine(node, tuple(done[id(part)] for part in children(node)))
    return done[id(tree)]
