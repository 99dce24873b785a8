"""Assignments made ready: no index named twice, names that do not depend on the run, no overflow."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence

from sympy import Expr, Symbol, Tuple
from sympy.core.basic import Basic

from gradwright.execute.stable import stable
from gradwright.tensor.canonical import canonical
from gradwright.tensor.instantiate import BINDERS, replace_indices
from gradwright.tensor.nodes import Assignment, Entry, First, Index, Tensor


def prepare(assignments: Sequence[Assignment]) -> tuple[Assignment, ...]:
    """Equal assignments in which every index of one assignment has its own name, the same in every run."""
    definitions = {assignment.name: assignment.tensor for assignment in assignments}
    return tuple(_prepare(assignment, definitions) for assignment in assignments)


def _prepare(assignment: Assignment, definitions: Mapping[str, Tensor]) -> Assignment:
    free = assignment.tensor.indices
    places = {index: Index(f"{letter(index)}{number}", index.extent) for number, index in enumerate(free)}
    entry = canonical(stable(replace_indices(assignment.tensor.entry, dict(places)), definitions))
    named = rename(entry, itertools.count(len(free)))
    return Assignment(assignment.name, Tensor(tuple(places.values()), named))


def with_sizes(assignments: Sequence[Assignment], sizes: Mapping[Symbol, Expr]) -> tuple[Assignment, ...]:
    """The assignments with sizes replaced by what they are, such as ``Ho`` by ``H - kh + 1``."""
    if not sizes:
        return tuple(assignments)
    done = []
    for assignment in assignments:
        tensor = assignment.tensor
        symbols = tensor.entry.atoms(Symbol) | set(tensor.indices)
        indices = {
            item: Index(item.name, item.extent.xreplace(sizes)) for item in symbols if isinstance(item, Index)
        }
        entry = tensor.entry.xreplace({**sizes, **indices})
        done.append(
            Assignment(assignment.name, Tensor(tuple(indices[index] for index in tensor.indices), entry))
        )
    return tuple(done)


def letter(index: Index) -> str:
    """How an index's name begins: with its axis's, and a point, which no index of a model's author has."""
    return f"{index.extent.name}." if isinstance(index.extent, Symbol) else "i."


def rename(node: Expr, numbers: Iterator[int]) -> Expr:
    """The expression with each bound index under a name of its own."""
    result: Expr = _rename(node, numbers)
    return result


def _rename(node: Basic, numbers: Iterator[int]) -> Basic:
    if not node.args or isinstance(node, Entry):
        return node
    if isinstance(node, BINDERS):
        bound = {index: Index(f"{letter(index)}{next(numbers)}", index.extent) for index in node.bound}
        return node.func(_rename(node.body, numbers).xreplace(bound), *bound.values())
    if isinstance(node, First):
        bound = {index: Index(f"{letter(index)}{next(numbers)}", index.extent) for index in node.bound}
        body = _rename(node.body, numbers).xreplace(bound)
        return First(body, Tuple(*bound.values()), _rename(node.args[2], numbers))
    args = [_rename(argument, numbers) for argument in node.args]
    if all(new is old for new, old in zip(args, node.args, strict=True)):
        return node
    return node.func(*args)
