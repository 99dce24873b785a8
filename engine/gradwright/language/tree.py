"""The syntax tree that every front end makes and every printer reads: a small closed set of nodes.

A method or an attribute is read as the function it stands for (``X.sum(axis=0)`` is ``sum(X, axis=0)``,
``A.T`` is ``transpose(A)``), and a prefix such as ``np.`` is dropped, so that one meaning has one tree.
``span`` is the place in the text and takes no part in comparisons.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

Span = tuple[int, int]
NOWHERE: Span = (0, 0)


@dataclass(frozen=True, slots=True)
class Number:
    """An exact rational literal; ``text`` is how it was written ("" when made by the program)."""

    value: Fraction
    text: str = field(default="", compare=False)
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Name:
    """A value, an axis size, a constant (``pi``, ``E``, ``True``, ``None``) or a named index."""

    name: str
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Text:
    """A string; only an option or the pattern of ``einsum`` may be one."""

    value: str
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Sequence:
    """A tuple or a list, as a shape, axes, or the arrays of ``concatenate``."""

    items: tuple[Tree, ...]
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Negate:
    """Unary minus."""

    operand: Tree
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Binary:
    """One of ``+ - * / ** @``."""

    operator: str
    left: Tree
    right: Tree
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Compare:
    """One of ``< <= > >= == !=``; worth 0 or 1 in arithmetic."""

    operator: str
    left: Tree
    right: Tree
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Call:
    """A function of the grammar or of ``problems/functions`` applied to arguments and named options."""

    function: str
    arguments: tuple[Tree, ...]
    options: tuple[tuple[str, Tree], ...] = ()
    span: Span = field(default=NOWHERE, compare=False)

    def option(self, name: str) -> Tree | None:
        """The named option's tree, or None."""
        return dict(self.options).get(name)


@dataclass(frozen=True, slots=True)
class Slice:
    """``start:stop:step`` inside a subscript."""

    start: Tree | None = None
    stop: Tree | None = None
    step: Tree | None = None
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class NewAxis:
    """``None`` (or ``np.newaxis``) inside a subscript."""

    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Item:
    """A subscript ``target[selectors]``: named indices, numbers, slices, new axes, a time, a gather."""

    target: Tree
    selectors: tuple[Tree | Slice | NewAxis, ...]
    span: Span = field(default=NOWHERE, compare=False)


Tree = Number | Name | Text | Sequence | Negate | Binary | Compare | Call | Item | Slice | NewAxis


@dataclass(frozen=True, slots=True)
class Formula:
    """``target[indices] = body``: one line of a model; ``text`` and ``line`` say where it was written.

    ``others`` are further targets, as in ``h[t], c[t] = cell(x[t])``: a layer's other values. Where an
    average over the steps stands for the value in predictions, ``running`` is the share of it that stays.
    """

    target: str
    indices: tuple[str, ...]
    body: Tree
    text: str = field(default="", compare=False)
    line: int = field(default=1, compare=False)
    others: tuple[tuple[str, tuple[str, ...]], ...] = ()
    running: float | None = field(default=None, compare=False)


def children(tree: Tree) -> tuple[Tree, ...]:
    """The direct sub-trees, options included, from left to right."""
    return _PARTS[type(tree)](tree)


def _call_parts(tree: Call) -> tuple[Tree, ...]:
    return tree.arguments + tuple(value for _, value in tree.options) if tree.options else tree.arguments


def _slice_parts(tree: Slice) -> tuple[Tree, ...]:
    return tuple(part for part in (tree.start, tree.stop, tree.step) if part is not None)


def _no_parts(_: Tree) -> tuple[Tree, ...]:
    return ()


# A table by type, since every walk over every tree asks it for every node.
_PARTS: dict[type, Callable[[Any], tuple[Tree, ...]]] = {
    Number: _no_parts,
    Name: _no_parts,
    Text: _no_parts,
    NewAxis: _no_parts,
    Negate: lambda tree: (tree.operand,),
    Binary: lambda tree: (tree.left, tree.right),
    Compare: lambda tree: (tree.left, tree.right),
    Call: _call_parts,
    Item: lambda tree: (tree.target, *tree.selectors),
    Sequence: lambda tree: tree.items,
    Slice: _slice_parts,
}


def rebuild(tree: Tree, change: Callable[[Tree], Tree]) -> Tree:
    """The same node with ``change`` applied to each direct sub-tree."""
    match tree:
        case Negate():
            return replace(tree, operand=change(tree.operand))
        case Binary() | Compare():
            return replace(tree, left=change(tree.left), right=change(tree.right))
        case Call():
            return replace(
                tree,
                arguments=tuple(change(item) for item in tree.arguments),
                options=tuple((name, change(value)) for name, value in tree.options),
            )
        case Item():
            return replace(
                tree, target=change(tree.target), selectors=tuple(change(item) for item in tree.selectors)
            )
        case Sequence():
            return replace(tree, items=tuple(change(item) for item in tree.items))
        case Slice():
            parts = (tree.start, tree.stop, tree.step)
            start, stop, step = (None if part is None else change(part) for part in parts)
            return replace(tree, start=start, stop=stop, step=step)
        case _:
            return tree


def walk(tree: Tree) -> Iterator[Tree]:
    """Every node of the tree, the root first, without recursion."""
    stack = [tree]
    while stack:
        node = stack.pop()
        yield node
        parts = children(node)
        if parts:
            stack.extend(parts[::-1])


def names(tree: Tree) -> set[str]:
    """The names that occur in the tree."""
    return {node.name for node in walk(tree) if isinstance(node, Name)}


def substitute(tree: Tree, values: dict[str, Tree]) -> Tree:
    """The tree with names replaced by trees."""
    if isinstance(tree, Name):
        return values.get(tree.name, tree)
    return rebuild(tree, lambda part: substitute(part, values))
