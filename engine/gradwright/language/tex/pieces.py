"""An operand with its shape: extents that may still be unknown, and whether a vector stands as a row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

from sympy import Expr, Integer, Symbol

from gradwright.language.scope import ReadError
from gradwright.language.tree import Name, Number, Span, Tree


class Unknown:
    """An extent that is found from what it meets, such as the length of a vector of ones."""

    __slots__ = ("number", "value")

    def __init__(self, number: int) -> None:
        self.number = number
        self.value: Extent | None = None


Extent: TypeAlias = "str | int | Unknown | Expr"
Shape = tuple[Extent, ...]


@dataclass(slots=True)
class Piece:
    """A tree and its shape.

    Args:
        tree: The tree.
        shape: One extent an axis: the name of a size, a number, or what is not known yet.
        row: Whether a vector stands as a row, as the transpose of a column does.
        written: Whether it is a row of entries as a matrix writes it: alone, it has two axes.
        plain: Whether it is a declared matrix itself.
        bars: Whether it is, up to a factor, the determinant of a matrix between bars.
    """

    tree: Tree
    shape: Shape = ()
    row: bool = False
    written: bool = False
    plain: bool = False
    bars: bool = False

    @property
    def rank(self) -> int:
        """The number of axes."""
        return len(self.shape)


def extent_of(extent: Expr) -> Extent:
    """An extent of a declared shape."""
    if isinstance(extent, Symbol):
        return str(extent.name)
    return int(extent) if isinstance(extent, Integer) else extent


def found(extent: Extent) -> Extent:
    """The extent, as far as it is known."""
    while isinstance(extent, Unknown) and extent.value is not None:
        extent = extent.value
    return extent


def meet(left: Extent, right: Extent) -> bool:
    """Whether two extents are, or are from now on, the same."""
    left, right = found(left), found(right)
    if left is right or (not isinstance(left, Unknown) and not isinstance(right, Unknown) and left == right):
        return True
    if isinstance(left, Unknown):
        left.value = right
        return True
    if isinstance(right, Unknown):
        right.value = left
        return True
    return False


def broadcast(left: Shape, right: Shape) -> Shape:
    """The shape of an elementwise operation, as NumPy has it; where shapes clash, one of them."""
    if not left or not right:
        return left or right
    long, short = (left, right) if len(left) >= len(right) else (right, left)
    tail: list[Extent] = []
    for one, other in zip(long[len(long) - len(short) :], short, strict=True):
        if found(one) == 1:
            tail.append(other)
        else:
            if found(other) != 1:
                meet(one, other)
            tail.append(one)
    return (*long[: len(long) - len(short)], *tail)


def is_square(shape: Shape) -> bool:
    """Whether both axes of a matrix have the same extent; two unknown ones have not."""
    if len(shape) != 2:
        return False
    left, right = found(shape[0]), found(shape[1])
    return left is right or (
        not isinstance(left, Unknown) and not isinstance(right, Unknown) and left == right
    )


def extent_tree(extent: Extent, span: Span) -> Tree:
    """An extent as a number in a tree; an unknown one as a name that is replaced when it is found."""
    extent = found(extent)
    match extent:
        case str():
            return Name(extent, span)
        case int():
            return Number(Fraction(extent), "", span)
        case Unknown():
            return Name(hole(extent), span)
        case _:
            raise ReadError("the size of this is not an axis", span, "give its size, as in I_n")


def hole(extent: Unknown) -> str:
    """The name that stands for an unknown extent in a tree."""
    return f"?{extent.number}"


def spell(shape: Sequence[Extent]) -> str:
    """A shape as a message shows it."""
    parts = ["?" if isinstance(found(extent), Unknown) else str(found(extent)) for extent in shape]
    if not parts:
        return "a scalar"
    return f"({parts[0]},)" if len(parts) == 1 else f"({', '.join(parts)})"
