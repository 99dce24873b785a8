"""Index form written out: at known sizes every entry is a symbol, and every sum a sum of so many terms."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sympy import Add, And, Expr, Ge, Gt, Integer, Matrix, Max, Min, Mul, Or, Piecewise, S, Symbol, log
from sympy.core.basic import Basic
from sympy.core.relational import Relational
from sympy.logic.boolalg import BooleanFalse, BooleanTrue

from gradwright.tensor.nodes import (
    Apply,
    Delta,
    Entry,
    First,
    Index,
    Iverson,
    MaxOver,
    ProductOver,
    Sum,
    Tensor,
    Where,
)

Cell = tuple[str, tuple[int, ...]]
Places = Mapping[Basic, Basic]


class NotExplicitError(Exception):
    """A function has no finite formula in its entries."""


class Explicit:
    """Writes entries of tensors out.

    Args:
        sizes: The number of places of each named axis.
        shapes: The shape of every named value, in numbers.
        numbers: What the entries of data are, for a gather's places.

    Attributes:
        is_of_data: Whether something that was written out holds only for the data that ``numbers`` told.
    """

    def __init__(
        self,
        sizes: Mapping[str, int],
        shapes: Mapping[str, tuple[int, ...]],
        numbers: Callable[[Cell], int],
    ) -> None:
        self._sizes = {name: Integer(count) for name, count in sizes.items()}
        self._shapes = shapes
        self._numbers = numbers
        self._cells: dict[Symbol, Cell] = {}
        self._matrices: dict[tuple[str, tuple[str, ...]], Any] = {}
        self.is_of_data = False

    def entry(self, tensor: Tensor, place: Sequence[int]) -> Expr:
        """The tensor's entry at a place as a scalar expression of cells' symbols."""
        return self._scalar(tensor.entry, dict(zip(tensor.indices, map(Integer, place), strict=True)))

    def cell(self, symbol: Symbol) -> Cell:
        """Whose entry, and where, a symbol is."""
        return self._cells[symbol]

    def extent(self, expr: Expr) -> int:
        """How many places an axis has."""
        return self._whole(expr, {})

    def _scalar(self, node: Basic, at: Places) -> Expr:
        rule = _RULES.get(type(node))
        if rule is not None:
            return rule(self, node, at)
        if isinstance(node, Index):
            return at[node]
        if isinstance(node, Symbol):
            return self._sizes[node.name]
        if not node.args:
            return node
        result: Expr = node.func(*(self._scalar(argument, at) for argument in node.args))
        return result

    def _sum(self, node: Sum, at: Places) -> Expr:
        return Add(*self._each(node.body, node.bound, at))

    def _product(self, node: ProductOver, at: Places) -> Expr:
        return Mul(*self._each(node.body, node.bound, at))

    def _each(self, body: Expr, bound: Sequence[Index], at: Places) -> list[Expr]:
        ranges = [range(self._whole(index.extent, at)) for index in bound]
        places = (dict(zip(bound, map(Integer, place), strict=True)) for place in itertools.product(*ranges))
        return [self._scalar(body, {**at, **place}) for place in places]

    def _largest(self, node: MaxOver, at: Places) -> Expr:
        return _first_largest(self._each(node.body, node.bound, at))

    def _max(self, node: Expr, at: Places) -> Expr:
        return _first_largest([self._scalar(argument, at) for argument in node.args])

    def _min(self, node: Expr, at: Places) -> Expr:
        return -_first_largest([-self._scalar(argument, at) for argument in node.args])

    def _first(self, node: First, at: Places) -> Expr:
        """1 where no earlier entry is as large and no later one is larger."""
        entries = self._each(node.body, node.bound, at)
        extents = [self._whole(index.extent, at) for index in node.bound]
        place = [self._whole(part, at) for part in node.at]
        if any(not 0 <= part < extent for part, extent in zip(place, extents, strict=True)):
            return S.Zero
        number = 0
        for part, extent in zip(place, extents, strict=True):
            number = number * extent + part
        return _piecewise((S.One, _is_first_largest(entries, number)), (S.Zero, S.true))

    def _entry(self, node: Entry, at: Places) -> Expr:
        place = tuple(self._whole(index, at) for index in node.indices)
        shape = self._shapes[node.name]
        if any(not 0 <= part < extent for part, extent in zip(place, shape, strict=True)):
            return S.Zero
        return self._symbol((node.name, place))

    def _symbol(self, cell: Cell) -> Symbol:
        symbol = Symbol(f"{cell[0]}[{', '.join(map(str, cell[1]))}]", real=True)
        self._cells[symbol] = cell
        return symbol

    def _apply(self, node: Apply, at: Places) -> Expr:
        key = (node.function, node.operands)
        if key not in self._matrices:
            rule = _OPAQUE.get(node.function)
            if rule is None:
                raise NotExplicitError(f"{node.function} has no finite formula in its entries")
            self._matrices[key] = rule(*(self._matrix(name) for name in node.operands))
        value = self._matrices[key]
        place = tuple(self._whole(index, at) for index in node.indices)
        if not place:
            return value
        return value[place if len(place) > 1 else (place[0], 0)]

    def _matrix(self, name: str) -> Any:
        shape = self._shapes[name]
        if len(shape) > 2:
            raise NotExplicitError(f"{name} is no matrix")
        rows, columns = (shape[0], shape[1]) if len(shape) == 2 else (shape[0], 1)
        return Matrix(rows, columns, lambda i, j: self._symbol((name, (int(i), int(j))[: len(shape)])))

    def _delta(self, node: Delta, at: Places) -> Expr:
        left, right = (self._whole(side, at) for side in node.args)
        return S.One if left == right else S.Zero

    def _iverson(self, node: Iverson, at: Places) -> Expr:
        return _piecewise((S.One, self._condition(node.args[0], at)), (S.Zero, S.true))

    def _where(self, node: Where, at: Places) -> Expr:
        condition = self._condition(node.args[0], at)
        if isinstance(condition, BooleanTrue):
            return self._scalar(node.args[1], at)
        if isinstance(condition, BooleanFalse):
            return self._scalar(node.args[2], at)
        return _piecewise(
            (self._scalar(node.args[1], at), condition), (self._scalar(node.args[2], at), S.true)
        )

    def _condition(self, node: Basic, at: Places) -> Basic:
        if isinstance(node, Relational):
            left, right = (self._scalar(side, at) for side in node.args)
            known = left.is_number and right.is_number
            return node.func(left, right) if known else node.func(left, right, evaluate=False)
        if isinstance(node, And | Or):
            return node.func(*(self._condition(part, at) for part in node.args))
        assert isinstance(node, BooleanTrue | BooleanFalse), node
        return node

    def _whole(self, expr: Basic, at: Places) -> int:
        """The place or extent that an expression of indices, sizes and data stands for."""
        if isinstance(expr, Index):
            return int(at[expr])
        value = self._scalar(expr, at)
        data = {symbol: Integer(self._numbers(self._cells[symbol])) for symbol in value.free_symbols}
        self.is_of_data |= bool(data)
        return int(value.xreplace(data))


def _piecewise(*pairs: tuple[Expr, Basic]) -> Expr:
    kept: list[tuple[Expr, Basic]] = []
    for value, condition in pairs:
        if not isinstance(condition, BooleanFalse):
            kept.append((value, condition))
        if isinstance(condition, BooleanTrue):
            break
    result: Expr = kept[0][0] if isinstance(kept[0][1], BooleanTrue) else Piecewise(*kept, evaluate=False)
    return result


def _first_largest(entries: Sequence[Expr]) -> Expr:
    """The largest entry, the first of equal ones, so that its derivative is that of one entry."""
    last = len(entries) - 1
    pairs = [(entry, _is_first_largest(entries, number)) for number, entry in enumerate(entries[:last])]
    return _piecewise(*pairs, (entries[last], S.true))


def _is_first_largest(entries: Sequence[Expr], number: int) -> Basic:
    mine = entries[number]
    earlier = [Gt(mine, other, evaluate=False) for other in entries[:number]]
    later = [Ge(mine, other, evaluate=False) for other in entries[number + 1 :]]
    return And(*earlier, *later)


_RULES: Mapping[type, Callable[[Explicit, Any, Places], Expr]] = {
    Sum: Explicit._sum,
    ProductOver: Explicit._product,
    MaxOver: Explicit._largest,
    First: Explicit._first,
    Max: Explicit._max,
    Min: Explicit._min,
    Entry: Explicit._entry,
    Apply: Explicit._apply,
    Delta: Explicit._delta,
    Iverson: Explicit._iverson,
    Where: Explicit._where,
}

_OPAQUE: Mapping[str, Callable[..., Any]] = {
    "inv": lambda a: a.adjugate() / a.det(),
    "det": lambda a: a.det(),
    "logdet": lambda a: log(a.det()),
    "solve": lambda a, b: a.adjugate() * b / a.det(),
}
"""Functions of a matrix as formulas of its entries, by cofactors."""
