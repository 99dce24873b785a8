"""Reading a call's options: axes, flags, whole numbers, shapes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sympy import Expr

from gradwright.language.extents import spell
from gradwright.language.scope import ReadError, Shape
from gradwright.language.tree import Call, Name, Negate, Number, Sequence, Text, Tree

if TYPE_CHECKING:
    from gradwright.language.reader import Reader


def option(call: Call, name: str, position: int | None = None) -> Tree | None:
    """An option's tree, by name or by position; None where it is left out or is ``None``."""
    tree = call.option(name)
    if tree is None and position is not None and len(call.arguments) > position:
        tree = call.arguments[position]
    return None if isinstance(tree, Name) and tree.name == "None" else tree


def whole(tree: Tree) -> int:
    """The whole number that a literal is."""
    match tree:
        case Number() if tree.value.denominator == 1:
            return int(tree.value)
        case Negate():
            return -whole(tree.operand)
        case _:
            raise ReadError("a whole number is expected here", tree.span)


def whole_numbers(tree: Tree) -> tuple[int, ...]:
    """One whole number or a sequence of some."""
    return tuple(whole(item) for item in tree.items) if isinstance(tree, Sequence) else (whole(tree),)


def flag(call: Call, name: str, default: bool = False, position: int | None = None) -> bool:
    """Whether an option such as ``keepdims`` is on."""
    tree = option(call, name, position)
    if tree is None:
        return default
    if isinstance(tree, Name) and tree.name in ("True", "False"):
        return tree.name == "True"
    if isinstance(tree, Number) and tree.value in (0, 1):
        return bool(tree.value)
    raise ReadError(f"{name} is True or False", tree.span)


def axis_of(tree: Tree, shape: Shape, extra: int = 0) -> int:
    """One axis of an array, counted from the front; a negative one counts from the back."""
    return _axis(whole(tree), shape, tree, extra)


def axes_of(tree: Tree | None, shape: Shape) -> tuple[int, ...]:
    """The axes that an ``axis`` option names, in order; all of them where it is left out."""
    if tree is None:
        return tuple(range(len(shape)))
    axes = sorted(_axis(number, shape, tree) for number in whole_numbers(tree))
    if len(set(axes)) < len(axes):
        raise ReadError("the same axis twice", tree.span)
    return tuple(axes)


def _axis(number: int, shape: Shape, tree: Tree, extra: int = 0) -> int:
    order = len(shape) + extra
    if not -order <= number < order:
        raise ReadError(f"there is no axis {number} in {spell(shape)}", tree.span)
    return number % order


def size_of(tree: Tree, reader: Reader) -> Expr:
    """The size of an axis: at least one place."""
    extent = reader.extent(tree)
    if extent.is_nonpositive:
        raise ReadError(
            "a size is expected here: a number, an axis such as n, or a formula of these", tree.span
        )
    return extent


def extents_of(tree: Tree, reader: Reader) -> Shape:
    """The shape that a tree stands for: a size, a sequence of sizes, or ``X.shape``."""
    if isinstance(tree, Sequence):
        return tuple(size_of(item, reader) for item in tree.items)
    if isinstance(tree, Call) and tree.function == "shape" and len(tree.arguments) == 1:
        return reader.array(tree.arguments[0]).shape
    return (size_of(tree, reader),)


def pair(tree: Tree | None, default: Expr, reader: Reader) -> tuple[Expr, Expr]:
    """One size for two axes, or a size for each."""
    if tree is None:
        return default, default
    if isinstance(tree, Sequence):
        if len(tree.items) != 2:
            raise ReadError("one size or two are expected here", tree.span)
        return reader.extent(tree.items[0]), reader.extent(tree.items[1])
    size = reader.extent(tree)
    return size, size


def text_of(tree: Tree) -> str | None:
    """What a string literal says; None for another tree."""
    return tree.value if isinstance(tree, Text) else None
