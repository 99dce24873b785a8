"""Sharing: what an earlier value adds up is read from it, where a later formula would add it up again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sympy import Expr, Mul
from sympy.core.basic import Basic

from gradwright.tensor.canonical import canonical, entry_names
from gradwright.tensor.match import match
from gradwright.tensor.nodes import ZERO, Assignment, Entry, Index, Sum, Tensor


def shared(assignments: Sequence[Assignment]) -> tuple[Assignment, ...]:
    """Equal assignments, in which the sums that an earlier one names are read by that name.

    The variance's own mean becomes the mean that was named: ``v[n] = sum(d, (x[n, d] - m[n])**2)/d``.
    """
    done: list[Assignment] = []
    for assignment in assignments:
        tensor = assignment.tensor
        for earlier in done:
            tensor = _read_from(earlier, tensor)
        done.append(replace(assignment, tensor=tensor) if tensor is not assignment.tensor else assignment)
    return tuple(done)


def _read_from(earlier: Assignment, tensor: Tensor) -> Tensor:
    """The tensor with the earlier value's name wherever its whole formula stands."""
    named = earlier.tensor
    if not named.entry.has(Sum) or not entry_names(named.entry) <= entry_names(tensor.entry):
        return tensor
    pattern, free = canonical(named.entry), tuple(index for index in named.indices if index.extent != 1)
    missing = [index for index in free if index not in pattern.free_symbols]
    if missing:
        return tensor

    def entry(node: Basic) -> Expr | None:
        places = match(pattern, node, free)
        if places is None or not all(isinstance(place, Index) for place in places.values()):
            return None
        return Entry(earlier.name, *(places.get(index, ZERO) for index in named.indices))

    def change(node: Basic) -> Basic:
        if not node.args or isinstance(node, Entry):
            return node
        if node.func is pattern.func and (found := entry(node)) is not None:
            return found
        if isinstance(pattern, Mul) and isinstance(node, Mul) and (found := entry(-node)) is not None:
            return -found
        arguments = [change(argument) for argument in node.args]
        if all(new is old for new, old in zip(arguments, node.args, strict=True)):
            return node
        return node.func(*arguments)

    before = canonical(tensor.entry)
    after = change(before)
    return tensor if after is before else Tensor(tensor.indices, canonical(after))
