"""Ranges: an index expression changed so that its text tells how far each bound index runs.

A reader takes the range of a named index from the axis that it subscripts. Where that is not the range meant,
as in a sum over a slice, the range becomes a condition; where it subscripts nothing, the index is solved for.
"""

from __future__ import annotations

from collections.abc import Mapping

import sympy
from sympy import Expr, Mul, S, preorder_traversal
from sympy.core.basic import Basic

from gradwright.language.abutting import one_window
from gradwright.language.entries import Shape
from gradwright.tensor.affine import coefficient, solve
from gradwright.tensor.bounds import nonnegative, on_axis, same_length
from gradwright.tensor.instantiate import replace_indices
from gradwright.tensor.nodes import Apply, Delta, Entry, First, Index, Iverson, Sum, Where, fresh


def legible(expression: Expr, shapes: Mapping[str, Shape]) -> Expr:
    """An equal expression in which every sum's indices have the range that a reader sees.

    Args:
        expression: Any index expression.
        shapes: The shapes of named values; one that is not told is as long as the indices that read it run.
    """
    result: Expr = _legible(expression, shapes)
    return result


def _legible(node: Basic, shapes: Mapping[str, Shape]) -> Basic:
    if not node.args or isinstance(node, Entry | Apply | First):
        return node
    arguments = [_legible(argument, shapes) for argument in node.args]
    if any(new is not old for new, old in zip(arguments, node.args, strict=True)):
        node = node.func(*arguments)
    return _of_sum(node, shapes) if isinstance(node, Sum) else node


def _of_sum(node: Sum, shapes: Mapping[str, Shape]) -> Expr:
    node = _by_windows(node, shapes)
    body, bound = node.body, list(node.bound)
    for index in node.bound:
        seen = _read_lengths(body, index, shapes)
        if seen and all(_as_seen(extent, index.extent, len(set(seen)) == 1) for extent in seen):
            continue
        solved = _solved(body, index) if not seen else None
        if solved is not None:
            body = solved
            bound.remove(index)
        else:
            body = Where(sympy.Lt(index, index.extent), body, S.Zero)
    whole = Sum.over(body, bound)
    return one_window(whole, shapes) if isinstance(whole, Sum) else whole


def _as_seen(seen: Expr, extent: Expr, alone: bool) -> bool:
    """Whether a sum over the axis that a reader sees is the sum meant: beyond that axis an entry is 0."""
    return same_length(seen, extent) or (alone and nonnegative(sympy.expand(extent - seen)))


def _by_windows(node: Sum, shapes: Mapping[str, Shape]) -> Sum:
    """The sum over windows instead of over the places in each: ``p`` for ``k - u`` of ``G[k - u]``.

    Only where ``u`` itself subscripts nothing, so that no reader could see how far it runs.
    """
    body, bound = node.body, list(node.bound)
    for index in node.bound:
        found = _window_place(body, index, shapes)
        if found is None or _read_lengths(body, index, shapes):
            continue
        place, extent = found
        window = fresh(extent)
        inside = sympy.expand(place + index - window)
        conditions = Iverson(sympy.Ge(inside, 0)) * Iverson(sympy.Lt(inside, index.extent))
        body = conditions * replace_indices(body, {index: inside})
        bound[bound.index(index)] = window
    return Sum(body, *bound)


def _window_place(body: Expr, index: Index, shapes: Mapping[str, Shape]) -> tuple[Expr, Expr] | None:
    """The place ``k - index`` of an entry among the factors, and how long that entry's axis is."""
    for factor in Mul.make_args(body):
        if isinstance(factor, Entry) and factor.name in shapes:
            for place, extent in zip(factor.indices, shapes[factor.name], strict=True):
                if coefficient(place, index) == -1 and isinstance(place + index, Index):
                    return place, extent
    return None


def _read_lengths(body: Expr, index: Index, shapes: Mapping[str, Shape]) -> list[Expr]:
    """The lengths of the axes that the index alone subscripts."""
    found = []
    for node in preorder_traversal(body):
        if isinstance(node, Entry | Apply):
            shape = shapes.get(node.name) if isinstance(node, Entry) else None
            for axis, place in enumerate(node.indices):
                if place == index:
                    found.append(index.extent if shape is None else shape[axis])
    return found


def _solved(body: Expr, index: Index) -> Expr | None:
    """The body with the index put where a delta fixes it, and the condition that this is on its axis."""
    factors = list(Mul.make_args(body))
    for delta in factors:
        if isinstance(delta, Delta) and index in delta.free_symbols:
            place = solve(delta.args[0], delta.args[1], index)
            if place is not None:
                factors.remove(delta)
                rest = replace_indices(Mul(*factors), {index: place})
                return Mul(on_axis(place, index.extent), rest)
    return None
