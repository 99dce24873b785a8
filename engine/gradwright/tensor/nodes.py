"""The closed set of nodes: a tensor is a scalar SymPy expression with an ordered tuple of free indices.

SymPy's own scalars and functions do the elementwise mathematics; the nodes here add entries of named
values, sums over typed indices, and the few discrete things (deltas, conditions, the place of a maximum).
An index belongs to an axis of a known extent, so that a sum carries no bounds. An entry whose index lies
outside its axis is 0: that is zero padding, and the missing neighbour at the first and last time step.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sympy import Expr, Integer, S, Symbol, Tuple
from sympy.core.basic import Basic
from sympy.core.symbol import Str
from sympy.logic.boolalg import BooleanFalse, BooleanTrue

_counter = itertools.count()


def size(name: str) -> Symbol:
    """The number of places on the axis ``name``: a positive integer symbol."""
    return Symbol(name, integer=True, positive=True)


class Index(Symbol):
    """A place on an axis: a symbol that knows how many places there are (its extent)."""

    __slots__ = ("extent",)
    extent: Expr

    def __new__(cls, name: str, extent: Expr) -> Index:
        """A symbol of that name; indices of one name and extent are equal."""
        index: Index = Symbol.__xnew__(cls, name, integer=True)
        index.extent = extent
        return index

    def __getnewargs_ex__(self) -> Any:
        return (self.name, self.extent), {}

    def _hashable_content(self) -> tuple[Any, ...]:
        return (self.name, self.extent)


def fresh(extent: Expr, letter: str = "i") -> Index:
    """An index that occurs nowhere else."""
    return Index(f"{letter}_{next(_counter)}", extent)


class Entry(Expr):
    """An entry of a named value: ``Entry("X", i, j)``; a scalar value is an entry without indices."""

    is_commutative = True
    is_real = True

    def __new__(cls, name: str | Str, *indices: Expr) -> Entry:
        """The entry at a place; the name is a string."""
        head = name if isinstance(name, Str) else Str(name)
        entry: Entry = Expr.__new__(cls, head, *indices)
        return entry

    @property
    def name(self) -> str:
        """The value's name."""
        return str(self.args[0].name)

    @property
    def indices(self) -> tuple[Expr, ...]:
        """One expression an axis: an index, an affine expression of indices, or a gather."""
        return self.args[1:]

    def _sympystr(self, printer: Any) -> str:
        inside = ", ".join(printer._print(index) for index in self.indices)
        return f"{self.name}[{inside}]" if inside else self.name


class Apply(Expr):
    """An entry of an opaque function of whole named values: ``Apply("inv", ("A",), i, j)``."""

    is_commutative = True
    is_real = True

    def __new__(cls, function: str | Str, operands: Sequence[str] | Tuple, *indices: Expr) -> Apply:
        """The entry at a place of a function's value."""
        head = function if isinstance(function, Str) else Str(function)
        heads = operands if isinstance(operands, Tuple) else Tuple(*(Str(name) for name in operands))
        node: Apply = Expr.__new__(cls, head, heads, *indices)
        return node

    @property
    def function(self) -> str:
        """The opaque function's name."""
        return str(self.args[0].name)

    @property
    def operands(self) -> tuple[str, ...]:
        """The names of the values that it is applied to."""
        return tuple(str(head.name) for head in self.args[1].args)

    @property
    def indices(self) -> tuple[Expr, ...]:
        """The place of the entry in the function's value."""
        return self.args[2:]

    def _sympystr(self, printer: Any) -> str:
        inside = ", ".join(printer._print(index) for index in self.indices)
        return f"{self.function}({', '.join(self.operands)})[{inside}]"


class _Binder(Expr):
    """A node that binds indices in its body."""

    is_commutative = True
    is_real = True

    @property
    def free_symbols(self) -> set[Basic]:
        """The symbols but for the bound indices."""
        return self.args[0].free_symbols - set(self.bound)

    def _sympystr(self, printer: Any) -> str:
        inside = ", ".join(printer._print(argument) for argument in (*self.bound, self.body))
        return f"{type(self).__name__}({inside})"

    @property
    def body(self) -> Expr:
        """What is reduced."""
        return self.args[0]

    @property
    def bound(self) -> tuple[Index, ...]:
        """The bound indices."""
        return self.args[1:]


class Sum(_Binder):
    """The sum of ``body`` over all places of the bound indices. Build it with ``Sum.over``."""

    def _eval_is_positive(self) -> bool | None:
        return True if self.args[0].is_positive else None

    @staticmethod
    def over(body: Expr, indices: Sequence[Index]) -> Expr:
        """The sum, flattened: no indices give the body, zero gives zero, a sum in a sum becomes one."""
        if not indices or body == 0:
            return body
        if isinstance(body, Sum) and not set(indices) & set(body.bound):
            return Sum(body.body, *indices, *body.bound)
        return Sum(body, *indices)


class MaxOver(_Binder):
    """The maximum of ``body`` over the bound indices (max pooling); a minimum is ``-MaxOver(-body)``."""


class ProductOver(_Binder):
    """The product of ``body`` over the bound indices."""


class First(Expr):
    """1 where ``at`` is the first place of the maximum of ``body`` over ``bound``, else 0.

    Args: ``First(body, Tuple(*bound), Tuple(*at))``; "first" in the order of ``bound``, row-major.
    """

    is_commutative = True
    is_real = True

    @property
    def body(self) -> Expr:
        """What is maximised."""
        return self.args[0]

    @property
    def bound(self) -> tuple[Index, ...]:
        """The indices that the maximum runs over."""
        return self.args[1].args

    @property
    def at(self) -> tuple[Expr, ...]:
        """The place asked about."""
        return self.args[2].args

    @property
    def free_symbols(self) -> set[Basic]:
        """The symbols but for the bound indices."""
        return (self.body.free_symbols - set(self.bound)) | self.args[2].free_symbols


class Delta(Expr):
    """1 where two index expressions are equal, else 0."""

    is_commutative = True
    is_real = True

    def __new__(cls, left: Expr, right: Expr) -> Expr:
        """1 or 0 where the difference is a number; the sides have no order."""
        difference = left - right
        if difference.is_number:
            return S.One if difference == 0 else S.Zero
        first, second = sorted((left, right), key=lambda side: side.sort_key())
        node: Delta = Expr.__new__(cls, first, second)
        return node


class Iverson(Expr):
    """1 where a condition (a SymPy relation, or And of some) holds, else 0."""

    is_commutative = True
    is_real = True

    def __new__(cls, condition: Basic) -> Expr:
        """1 or 0 where the condition is decided."""
        if isinstance(condition, BooleanTrue):
            return S.One
        if isinstance(condition, BooleanFalse):
            return S.Zero
        node: Iverson = Expr.__new__(cls, condition)
        return node


class Where(Expr):
    """``Where(condition, yes, no)``: one of two expressions; the other is never a NaN's source."""

    is_commutative = True
    is_real = True

    def __new__(cls, condition: Basic, yes: Expr, no: Expr) -> Expr:
        """One of the two where the condition is decided or they are equal."""
        if isinstance(condition, BooleanTrue):
            return yes
        if isinstance(condition, BooleanFalse) or yes == no:
            return no
        node: Where = Expr.__new__(cls, condition, yes, no)
        return node


@dataclass(frozen=True)
class Tensor:
    """A scalar expression with an ordered tuple of free indices, one an axis.

    An axis of one place (kept by ``keepdims``) has an index of extent 1 that ``entry`` need not mention.
    """

    indices: tuple[Index, ...]
    entry: Expr

    @property
    def shape(self) -> tuple[Expr, ...]:
        """The extent of each axis."""
        return tuple(index.extent for index in self.indices)


@dataclass(frozen=True)
class Assignment:
    """``name[indices] := entry``: a named value and its definition in entries of other named values.

    A value may refer to itself, or to others that refer back to it, at an earlier (or later) place of its
    leading axis: a recurrence.
    """

    name: str
    tensor: Tensor


ZERO = Integer(0)
