"""The likely fix of a clash of shapes: a small change that makes the whole text well-shaped, or none."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import chain, islice

from gradwright.language.arithmetic import transpose
from gradwright.language.scope import ReadError, Shape
from gradwright.language.text import to_text
from gradwright.language.tree import (
    Binary,
    Call,
    Compare,
    Item,
    Name,
    NewAxis,
    Number,
    Slice,
    Tree,
    rebuild,
    walk,
)
from gradwright.language.words import REDUCTIONS

_LONGEST = 60
"""Characters of a fix that is worth printing."""
_MOST = 40
"""How many changes are tried."""


class ClashError(ReadError):
    """Shapes that clash at a node of the tree.

    Args:
        node: The node.
        orders: The numbers of axes of its operands.

    ``fixed`` is the whole text with the fix that the hint shows.
    """

    def __init__(self, message: str, node: Tree, orders: tuple[int, int]) -> None:
        super().__init__(message, node.span)
        self.node = node
        self.orders = orders
        self.fixed: Tree | None = None

    def without_fix(self) -> None:
        """Say what to look at instead of showing the fix: it would give the right answer away."""
        self.hint = "look at the transposes and at the order of the factors"


def explained(
    error: ReadError, tree: Tree, shape_of: Callable[[Tree], Shape], expected: Shape | None = None
) -> ReadError:
    """The error with a fix in its hint, where one is found.

    Args:
        error: What was raised while ``tree`` was read.
        tree: The whole tree.
        shape_of: Reads a changed tree again; raises ReadError where its shapes clash.
        expected: The shape that the whole must have, where that is known.
    """
    if not isinstance(error, ClashError) or error.hint:
        return error
    changes = chain(
        ((error.node, fixed) for fixed in _changes(error.node, error.orders, expected is not None)),
        _reordered(tree, error.node),
    )
    for old, fixed in islice(changes, _MOST):
        text = to_text(fixed)
        if len(text) > _LONGEST:
            continue
        whole = _replaced(tree, old, fixed)
        try:
            shape = shape_of(whole)
        except ReadError:
            continue
        if expected is None or shape == expected:
            error.hint, error.fixed = f"did you mean {text}?", whole
            break
    return error


def _reordered(tree: Tree, node: Tree) -> Iterator[tuple[Tree, Tree]]:
    """The chain of matrix products around a node, and the same in reverse or with two neighbours swapped."""
    for outer in walk(tree):
        factors: list[Tree] = []
        inner, found = outer, False
        while isinstance(inner, Binary) and inner.operator == "@":
            found = found or inner is node
            factors.append(inner.right)
            inner = inner.left
        if found and len(factors) > 1:
            factors.append(inner)
            yield outer, _product(factors)
            factors.reverse()
            for place in range(len(factors) - 1):
                one, other = factors[place : place + 2]
                yield outer, _product([*factors[:place], other, one, *factors[place + 2 :]])
            return


def _product(factors: list[Tree]) -> Tree:
    product = factors[0]
    for factor in factors[1:]:
        product = Binary("@", product, factor)
    return product


def _replaced(tree: Tree, old: Tree, new: Tree) -> Tree:
    if tree is old:
        return new
    return rebuild(tree, lambda part: _replaced(part, old, new))


def _changes(node: Tree, orders: tuple[int, int], known: bool) -> Iterator[Tree]:
    """Changes of a node whose operands, of so many axes, clash; the likeliest first.

    Two vectors make a matrix in the end only where it is ``known`` what shape is wanted.
    """
    same, vectors = orders[0] == orders[1], orders == (1, 1)
    if vectors and not known and isinstance(node, Binary) and node.operator not in "*@":
        return
    match node:
        case Binary(operator="@", left=left, right=right):
            yield from _products(left, right, node)
            yield from _inside(node)
            yield Binary("*", left, right)
            if vectors:
                yield Call("outer", (left, right))
        case Binary(operator="*", left=left, right=right) if vectors:
            yield from (Call("outer", pair) for pair in ((left, right), (right, left)))
        case Binary(operator="*", left=left, right=right):
            first = same and not _is_raised(node)
            yield from (_turned(node) if first else _raised(node, orders))
            yield Binary("@", left, right)
            yield from (_raised(node, orders) if first else _turned(node))
            yield from _products(left, right, node)
        case Binary() | Compare():
            first = same and not _is_raised(node)
            yield from (_turned(node) if first else _raised(node, orders))
            yield from (_raised(node, orders) if first else _turned(node))
        case Call(function="dot" | "matmul", arguments=(left, right)):
            yield from (replace(node, arguments=(one, other)) for one, other in _pairs(left, right))
        case Call():
            yield from _raised(node, orders)


def _pairs(left: Tree, right: Tree) -> tuple[tuple[Tree, Tree], ...]:
    """Two factors transposed and swapped in the seven other ways."""
    turned, other = _flip(left), _flip(right)
    return (
        (turned, right), (right, left), (left, other), (turned, other), (right, turned), (other, left),
        (other, turned),
    )  # fmt: skip


def _products(left: Tree, right: Tree, node: Binary) -> Iterator[Tree]:
    yield from (replace(node, operator="@", left=one, right=other) for one, other in _pairs(left, right))


def _flip(tree: Tree) -> Tree:
    """The transpose; a number in front stays in front: ``2/n*X.T`` of ``2/n*X``."""
    if isinstance(tree, Binary) and tree.operator == "*" and _is_coefficient(tree.left):
        return replace(tree, right=_flip(tree.right))
    return transpose(tree) if not isinstance(tree, Number) else tree


def _is_coefficient(tree: Tree) -> bool:
    while isinstance(tree, Binary) and tree.operator in "*/":
        tree = tree.left
    return isinstance(tree, Number)


def _inside(node: Binary) -> Iterator[Tree]:
    """One factor further inside a chain of products transposed."""
    left = node.left
    if isinstance(left, Binary) and left.operator in ("@", "*"):
        yield replace(node, left=replace(left, left=_flip(left.left)))
        yield replace(node, left=replace(left, right=_flip(left.right)))
        yield replace(node, left=replace(left, left=left.right, right=left.left))
        yield Binary("@", left.left, Binary("@", left.right, node.right))


def _turned(node: Binary | Compare) -> Iterator[Tree]:
    yield replace(node, right=_flip(node.right))
    yield replace(node, left=_flip(node.left))


def _raised(node: Tree, orders: tuple[int, int]) -> Iterator[Tree]:
    """One operand given an axis of one place: by keepdims where it is a reduction, else by ``[:, None]``."""
    match node:
        case Binary() | Compare():
            yield from (replace(node, right=tree) for tree in _broadcastable(node.right, orders[1] == 1))
            yield from (replace(node, left=tree) for tree in _broadcastable(node.left, orders[0] == 1))
        case Call():
            for place, argument in enumerate(node.arguments):
                for tree in _broadcastable(argument, 1 in orders):
                    before, after = node.arguments[:place], node.arguments[place + 1 :]
                    yield replace(node, arguments=(*before, tree, *after))


def _broadcastable(tree: Tree, vector: bool) -> Iterator[Tree]:
    """The operand with an axis kept, added to a vector, left out again, or another axis reduced."""
    if isinstance(tree, Call) and tree.function in REDUCTIONS and len(tree.arguments) == 1:
        axis = tree.option("axis")
        if axis is not None:
            yield _with(tree, "keepdims", Name("True"))
        if isinstance(axis, Number) and axis.value in (0, 1):
            other = Number(1 - axis.value)
            yield _with(tree, "axis", other)
        if axis is None:
            yield from (_with(tree, "axis", Number(Fraction(place))) for place in (0, 1))
    if isinstance(tree, Item) and any(isinstance(selector, NewAxis) for selector in tree.selectors):
        yield tree.target
    if vector:
        yield Item(tree, (Slice(), NewAxis()))


def _is_raised(node: Binary | Compare) -> bool:
    """Whether an axis of one place was written into an operand: that is the likelier mistake."""
    items = (side for side in (node.left, node.right) if isinstance(side, Item))
    return any(isinstance(selector, NewAxis) for item in items for selector in item.selectors)


def _with(call: Call, name: str, value: Tree) -> Call:
    options = {**dict(call.options), name: value}
    return replace(call, options=tuple((key, options[key]) for key in sorted(options)))
