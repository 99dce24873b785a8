"""Put index expressions in place of a tensor's free indices, with every bound index made fresh."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sympy import Expr, Tuple
from sympy.core.basic import Basic

from gradwright.tensor.nodes import ZERO, Entry, First, Index, MaxOver, ProductOver, Sum, Tensor, fresh

BINDERS = (Sum, MaxOver, ProductOver)


def instantiate(tensor: Tensor, places: Sequence[Expr]) -> Expr:
    """The tensor's entry at ``places`` (one an axis); a place on an axis of extent 1 is 0."""
    assert len(places) == len(tensor.indices), (tensor, places)
    values: dict[Basic, Basic] = {
        index: ZERO if index.extent == 1 else place
        for index, place in zip(tensor.indices, places, strict=True)
    }
    return replace_indices(tensor.entry, values)


def spelled_out(whole: Tensor, tensors: Mapping[str, Tensor]) -> Tensor:
    """The tensor with the entries of some values replaced by these values' own formulas, and theirs in turn.

    A value that refers to itself (a recurrence) stays as it is.
    """
    entry = whole.entry
    for _ in range(len(tensors)):
        found = [node for node in entry.atoms(Entry) if node.name in tensors]
        if not found:
            break
        entry = entry.xreplace({node: instantiate(tensors[node.name], node.indices) for node in found})
    return Tensor(whole.indices, freshen(entry))


def replace_indices(expression: Expr, values: Mapping[Basic, Basic]) -> Expr:
    """The expression with free indices replaced, every bound index renamed so that nothing is captured."""
    result: Expr = _replace(expression, dict(values))
    return result


def freshen(expression: Expr) -> Expr:
    """The same expression with new bound indices."""
    return replace_indices(expression, {})


def _replace(node: Basic, values: dict[Basic, Basic]) -> Basic:
    if node in values:
        return values[node]
    if not node.args:
        return node
    if isinstance(node, BINDERS):
        renamed = [fresh(index.extent, _letter(index)) for index in node.bound]
        inner = {**values, **dict(zip(node.bound, renamed, strict=True))}
        return node.func(_replace(node.body, inner), *renamed)
    if isinstance(node, First):
        renamed = [fresh(index.extent, _letter(index)) for index in node.bound]
        inner = {**values, **dict(zip(node.bound, renamed, strict=True))}
        at = Tuple(*(_replace(place, values) for place in node.at))
        return First(_replace(node.body, inner), Tuple(*renamed), at)
    arguments = [_replace(argument, values) for argument in node.args]
    if all(new is old for new, old in zip(arguments, node.args, strict=True)):
        return node
    return node.func(*arguments)


def _letter(index: Index) -> str:
    return index.name.split("_")[0]
