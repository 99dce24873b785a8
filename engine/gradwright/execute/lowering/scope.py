"""Where statements go while a program is planned: the program, or the body of a recurrence in it."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from sympy import Expr
from sympy.core.basic import Basic

from gradwright.execute.affine import indices_of
from gradwright.execute.lowering.statements import Statement
from gradwright.execute.order import names_in
from gradwright.tensor.canonical import canonical
from gradwright.tensor.nodes import Entry, Index

Around = tuple[Index, ...] | None


@dataclass
class Names:
    """The values known so far and the temporary ones made on the way.

    Args:
        shapes: The extents of each value.
    """

    shapes: dict[str, tuple[Expr, ...]]
    made: list[str] = field(default_factory=list)
    integers: set[str] = field(default_factory=set)
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def add(self, name: str, extents: Sequence[Expr], integer: bool = False) -> str:
        """Enter a value."""
        self.shapes[name] = tuple(extents)
        self.made.append(name)
        if integer:
            self.integers.add(name)
        return name

    def temporary(self, axes: Sequence[Index], integer: bool = False) -> str:
        """Enter a temporary value with the axes of ``axes``."""
        return self.add(f"~{next(self.numbers)}", [index.extent for index in axes], integer)

    def cost(self, indices: Iterable[Index]) -> int:
        """How many places the indices have together."""
        return math.prod(max(1, int(index.extent)) for index in indices)


@dataclass
class Scope:
    """A list of statements under construction.

    Args:
        time: The index of the recurrence whose body this is, if it is one.
        inner: The names of the values that change from one place of ``time`` to the next.
        known: Temporary values that hold an expression already.
    """

    names: Names
    time: Index | None = None
    parent: Scope | None = None
    inner: set[str] = field(default_factory=set)
    statements: list[Statement] = field(default_factory=list)
    known: dict[Basic, str] = field(default_factory=dict)

    def home(self, expr: Basic) -> Scope:
        """The outermost scope in which the expression can be computed."""
        if self.parent is None or names_in(expr) & self.inner:
            return self
        return self.parent

    def free(self, expr: Basic) -> set[Index]:
        """The free indices that are not the time at which the scope stands."""
        found = indices_of(expr)
        return found - {self.time}

    def temporary(self, axes: Sequence[Index], integer: bool = False) -> str:
        """Enter a temporary value that belongs to this scope."""
        name = self.names.temporary(axes, integer)
        self.inner.add(name)
        return name


@dataclass(frozen=True)
class Sink:
    """Where a value goes: an array, the place of its leading axes, and the loops over its other axes."""

    target: str
    lead: tuple[Expr, ...]
    loops: tuple[Index, ...]


class Reducer(Protocol):
    """What plans the expressions inside a sum."""

    def assign(self, sink: Sink, expr: Expr, scope: Scope) -> None:
        """Plan ``sink = expr``."""

    def reduce(self, expr: Basic, around: Around, scope: Scope) -> Expr:
        """The expression with its reductions stored."""

    def stored(self, expr: Expr, axes: Sequence[Index], scope: Scope) -> Entry:
        """An entry of a temporary value that holds the expression, with its axes in the order given."""

    def product(
        self, pair: tuple[Expr, Expr], bound: Sequence[Index], scope: Scope, sink: Sink | None
    ) -> Expr | None:
        """The sum of two factors' product over ``bound``; None where it was written into ``sink``."""


def rank(index: Index) -> tuple[int, str]:
    """The order of indices in stored values: as they are numbered, the free ones first."""
    digits = re.search(r"\.(\d+)", index.name)
    return (int(digits[1]) if digits else 0, index.name)


def key_of(expr: Expr, axes: Sequence[Index], ordered: bool = False) -> Basic:
    """The expression up to the names of indices; ``ordered`` where the order of the bound ones matters."""
    places = {index: Index(f"~{place}", index.extent) for place, index in enumerate(axes)}
    if ordered:
        bound = {index: Index(f"~~{place}", index.extent) for place, index in enumerate(expr.bound)}
        expr = expr.func(expr.body.xreplace(bound), *bound.values())
        return expr.xreplace(places)
    return canonical(expr.xreplace(places))
