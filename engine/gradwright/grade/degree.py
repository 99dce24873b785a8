"""How high the degree of a rational expression can be, as a polynomial over a polynomial in the entries."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

from gradwright.execute.evaluate import Evaluation
from gradwright.execute.fields import FLOAT
from gradwright.execute.function import Work
from gradwright.language.tree import Binary, Call, Item, Name, Negate, Number, Sequence, Tree, names
from gradwright.language.words import ALIASES, listed

Array = Any
_WORK = 1_000_000


class NotRationalError(ValueError):
    """An expression that is not rational in the entries of its values."""


@dataclass(frozen=True)
class Degree:
    """Bounds that hold for every entry of an array: the numerator's degree, and the denominator's."""

    top: int = 0
    bottom: int = 0

    def __add__(self, other: Degree) -> Degree:
        if not (self.bottom or other.bottom):
            return Degree(max(self.top, other.top))
        return Degree(max(self.top + other.bottom, other.top + self.bottom), self.bottom + other.bottom)

    def __mul__(self, other: Degree) -> Degree:
        return Degree(self.top + other.top, self.bottom + other.bottom)

    def __truediv__(self, other: Degree) -> Degree:
        return Degree(self.top + other.bottom, self.bottom + other.top)

    def joined(self, other: Degree) -> Degree:
        """The bound of entries of two arrays side by side."""
        return Degree(max(self.top, other.top), max(self.bottom, other.bottom))

    def summed(self, count: int) -> Degree:
        """The bound of a sum of so many entries."""
        if not self.bottom:
            return self
        return Degree(self.top + (count - 1) * self.bottom, count * self.bottom)

    def power(self, exponent: int) -> Degree:
        """The bound of a power."""
        top, bottom = (self.top, self.bottom) if exponent >= 0 else (self.bottom, self.top)
        return Degree(abs(exponent) * top, abs(exponent) * bottom)

    def determinant(self, size: int) -> Degree:
        """The bound of the determinant of a matrix of such entries, over the product of all denominators."""
        return Degree(size * self._cleared(size), size * size * size * self.bottom)

    def inverse(self, size: int) -> Degree:
        """The bound of the inverse's entries: those of the adjugate over the determinant."""
        cleared = self._cleared(size)
        return Degree(size * size * self.bottom + (size - 1) * cleared, size * cleared)

    def _cleared(self, size: int) -> int:
        return self.top + (size * size - 1) * self.bottom


def degree(tree: Tree, arrays: Mapping[str, Array], sizes: Mapping[str, int]) -> Degree:
    """A bound of the degree of a tree at some sizes.

    Args:
        tree: The expression; without free indices.
        arrays: Values of its names, for their shapes.
        sizes: The number of places of each axis.

    Raises:
        NotRationalError: The expression is not rational.
    """
    shapes = _Shapes(arrays, sizes)
    with np.errstate(all="ignore"):
        shapes.value(tree)
    return _Walk(shapes).of(tree)


class _Shapes(Evaluation):
    """An evaluation that remembers the shape of every part."""

    def __init__(self, arrays: Mapping[str, Array], sizes: Mapping[str, int]) -> None:
        super().__init__(arrays, sizes, {}, FLOAT, Work(_WORK))
        self.found: dict[int, tuple[int, ...]] = {}

    def value(self, tree: Tree) -> Array:
        value = super().value(tree)
        self.found[id(tree)] = value.shape
        return value


class _Walk:
    """The degrees of a tree's parts."""

    def __init__(self, shapes: _Shapes) -> None:
        self._shapes = shapes

    def of(self, tree: Tree) -> Degree:
        match tree:
            case Number():
                return Degree()
            case Name():
                return self._name(tree)
            case Negate():
                return self.of(tree.operand)
            case Binary():
                return self._spine(tree)
            case Call():
                return self._call(tree)
            case Item() if not any(self._is_data(selector) for selector in tree.selectors):
                return self.of(tree.target)
            case Sequence() if tree.items:
                found = [self.of(item) for item in tree.items]
                return Degree(max(one.top for one in found), max(one.bottom for one in found))
            case _:
                raise NotRationalError(type(tree).__name__)

    def _is_data(self, tree: Tree) -> bool:
        return not names(tree).isdisjoint(self._shapes.arrays)

    def shape(self, tree: Tree) -> tuple[int, ...]:
        return self._shapes.found.get(id(tree), ())

    def size(self, tree: Tree) -> int:
        return prod(self.shape(tree))

    def _name(self, tree: Name) -> Degree:
        if tree.name in self._shapes.arrays:
            return Degree(1)
        if tree.name in ("pi", "E", "inf"):
            raise NotRationalError(tree.name)
        return Degree()

    def _spine(self, tree: Binary) -> Degree:
        steps: list[Binary] = []
        node: Tree = tree
        while isinstance(node, Binary):
            steps.append(node)
            node = node.left
        found = self.of(node)
        for step in reversed(steps):
            found = self._joined(step.operator, found, step.right)
        return found

    def _joined(self, operator: str, left: Degree, right: Tree) -> Degree:
        if operator == "**":
            return left.power(self._exponent(right))
        other = self.of(right)
        match operator:
            case "+" | "-":
                return left + other
            case "*":
                return left * other
            case "/":
                return left / other
            case _:
                shape = self.shape(right)
                return (left * other).summed(shape[-2] if len(shape) > 1 else shape[0])

    def _exponent(self, tree: Tree) -> int:
        if self._is_data(tree):
            raise NotRationalError("a power that varies")
        value = self._shapes.exact(tree)
        if value.denominator != 1:
            raise NotRationalError("a root")
        return int(value)

    def _call(self, tree: Call) -> Degree:
        rule = _RULES.get(ALIASES.get(tree.function, tree.function))
        if rule is None:
            raise NotRationalError(tree.function)
        return rule(self, tree)

    def nothing(self, _: Call) -> Degree:
        return Degree()

    def same(self, tree: Call) -> Degree:
        return self.of(tree.arguments[0])

    def summed(self, tree: Call) -> Degree:
        *heads, body = tree.arguments
        if heads:
            longest = max([*self._shapes.sizes.values(), *(max(shape, default=1) for shape in self._known())])
            return self.of(body).summed(longest ** len(heads))
        return self.of(body).summed(self.size(body))

    def _known(self) -> list[tuple[int, ...]]:
        return [array.shape for array in self._shapes.arrays.values()]

    def product_of_all(self, tree: Call) -> Degree:
        if len(tree.arguments) > 1:
            raise NotRationalError("a named product")
        return self.of(tree.arguments[0]).power(self.size(tree.arguments[0]))

    def spread(self, tree: Call) -> Degree:
        array = tree.arguments[0]
        found, count = self.of(array), self.size(array)
        centred = found + found.summed(count)
        return (centred * centred).summed(count)

    def multiplied(self, tree: Call) -> Degree:
        """Products summed over axes: as many at most as the operands have entries."""
        left, right = tree.arguments[:2]
        return (self.of(left) * self.of(right)).summed(min(self.size(left), self.size(right)) or 1)

    def contracted(self, tree: Call) -> Degree:
        parts = tree.arguments[1:]
        found = Degree()
        for part in parts:
            found *= self.of(part)
        return found.summed(prod(self.size(part) for part in parts) or 1)

    def inverse(self, tree: Call) -> Degree:
        return self.of(tree.arguments[0]).inverse(self.shape(tree.arguments[0])[-1])

    def solution(self, tree: Call) -> Degree:
        matrix, right = tree.arguments
        size = self.shape(matrix)[-1]
        return (self.of(matrix).inverse(size) * self.of(right)).summed(size)

    def determinant(self, tree: Call) -> Degree:
        return self.of(tree.arguments[0]).determinant(self.shape(tree.arguments[0])[-1])


_Rule = Callable[[_Walk, Call], Degree]
_RULES: Mapping[str, _Rule] = {
    **dict.fromkeys(listed("ones zeros ones_like zeros_like eye arange shape size"), _Walk.nothing),
    **dict.fromkeys(listed("transpose swapaxes moveaxis reshape ravel expand_dims squeeze"), _Walk.same),
    **dict.fromkeys(listed("diag diagonal concatenate stack array astype real conj negative"), _Walk.same),
    **dict.fromkeys(listed("sum mean trace cumsum"), _Walk.summed),
    **dict.fromkeys(listed("matmul dot vdot inner outer kron tensordot corr convfull"), _Walk.multiplied),
    "einsum": _Walk.contracted,
    "square": lambda walk, tree: walk.same(tree).power(2),
    "reciprocal": lambda walk, tree: walk.same(tree).power(-1),
    "prod": _Walk.product_of_all,
    "var": _Walk.spread,
    "inv": _Walk.inverse,
    "solve": _Walk.solution,
    "det": _Walk.determinant,
}
RATIONAL = frozenset(_RULES)
"""The functions whose degree is known."""
