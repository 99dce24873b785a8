"""Match: find the indices at which a pattern of entries stands in an expression."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import permutations

from sympy import Add, Expr, Mul
from sympy.core.basic import Basic

from gradwright.tensor.bounds import inside, same_length
from gradwright.tensor.instantiate import BINDERS
from gradwright.tensor.nodes import First, Index


def match(pattern: Basic, node: Basic, free: Iterable[Index]) -> dict[Basic, Basic] | None:
    """What to put for the free indices of ``pattern`` so that it becomes ``node``, or None.

    Both must be in canonical form, so that bound indices agree by name.
    """
    return _match(pattern, node, _Reach(frozenset(free)), {})


@dataclass(frozen=True)
class _Reach:
    """The pattern's free indices, and those bound around the place in the node, which can't leave it."""

    free: frozenset[Index]
    bound: frozenset[Index] = frozenset()


def _match(
    pattern: Basic, node: Basic, reach: _Reach, found: dict[Basic, Basic]
) -> dict[Basic, Basic] | None:
    if pattern in reach.free:
        if pattern in found:
            return found if found[pattern] == node else None
        if not isinstance(node, Expr) or not _is_place(node, pattern) or node.free_symbols & reach.bound:
            return None
        return {**found, pattern: node}
    if not pattern.args or not node.args:
        return found if pattern == node else None
    if pattern.func is not node.func or len(pattern.args) != len(node.args):
        return None
    if isinstance(node, (*BINDERS, First)):
        reach = replace(reach, bound=reach.bound | frozenset(node.bound))
    if isinstance(node, Add | Mul):
        for order in permutations(node.args) if len(node.args) <= 4 else (node.args,):
            if (result := _match_all(pattern.args, order, reach, found)) is not None:
                return result
        return None
    return _match_all(pattern.args, node.args, reach, found)


def _match_all(
    patterns: tuple[Basic, ...], nodes: tuple[Basic, ...], reach: _Reach, found: dict[Basic, Basic]
) -> dict[Basic, Basic] | None:
    result: dict[Basic, Basic] | None = found
    for left, right in zip(patterns, nodes, strict=True):
        if result is not None:
            result = _match(left, right, reach, result)
    return result


def _is_place(node: Expr, index: Basic) -> bool:
    """Whether a node is an index expression that surely stays on an index's axis: outside, equations end."""
    if not all(isinstance(symbol, Index) or symbol.is_positive for symbol in node.free_symbols):
        return False
    assert isinstance(index, Index)
    if isinstance(node, Index) and same_length(node.extent, index.extent):
        return True
    return all(inside(node, index.extent))
