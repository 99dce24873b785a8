"""Whole numbers in a loop program: counters of loops, and places that are made of them.

A place says where an entry lies on an axis: a sum of counters times whole numbers, of entries of arrays of
whole numbers (a token's row), and of quotients and remainders.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any


class Node:
    """A node that compares and hashes by its fields; the hash is computed once."""

    def __hash__(self) -> int:
        """The hash of the class and the fields."""
        return self._hash

    @cached_property
    def _hash(self) -> int:
        return hash((type(self).__name__, *(getattr(self, name) for name in self.__dataclass_fields__)))  # type: ignore[attr-defined]


@dataclass(frozen=True, eq=False)
class Var:
    """A loop's counter: equal to itself alone.

    Args:
        name: For readers.
        extent: The number of places.
    """

    name: str
    extent: int

    def __repr__(self) -> str:
        return self.name


@dataclass(frozen=True, eq=True)
class Place(Node):
    """A whole number: ``const + sum(factor * term)``.

    Args:
        terms: Each a loop's counter, an entry of an array of whole numbers, or a quotient or remainder.
    """

    const: int
    terms: tuple[tuple[Any, int], ...] = ()

    __hash__ = Node.__hash__

    @cached_property
    def vars(self) -> frozenset[Var]:
        """The loops that it depends on."""
        found: frozenset[Var] = frozenset()
        for term, _ in self.terms:
            found |= {term} if isinstance(term, Var) else term.vars
        return found

    @property
    def is_affine(self) -> bool:
        """Whether it is made of counters alone."""
        return all(isinstance(term, Var) for term, _ in self.terms)

    def factor(self, var: Var) -> int:
        """The factor of a counter."""
        return next((factor for term, factor in self.terms if term is var), 0)

    def __add__(self, other: Place) -> Place:
        totals: dict[Any, int] = {}
        for term, factor in (*self.terms, *other.terms):
            totals[term] = totals.get(term, 0) + factor
        return Place(self.const + other.const, tuple((t, f) for t, f in totals.items() if f))

    def times(self, number: int) -> Place:
        """The multiple."""
        if number == 0:
            return Place(0)
        return Place(self.const * number, tuple((term, factor * number) for term, factor in self.terms))

    def range(self) -> tuple[int, int] | None:
        """The least and the greatest value; None where data decides."""
        low = high = self.const
        for term, factor in self.terms:
            if isinstance(term, Var):
                least, most = 0, term.extent - 1
            elif isinstance(term, Divided) and (inner := term.place.range()):
                least, most = (bound // term.divisor for bound in inner)
                if term.kind == "mod":
                    least, most = 0, term.divisor - 1
            else:
                return None
            low += min(factor * least, factor * most)
            high += max(factor * least, factor * most)
        return low, high

    def apart(self, other: Place) -> bool:
        """Whether it is surely another number: the difference is a number that is not 0."""
        return self.const != other.const and dict(self.terms) == dict(other.terms)

    def __repr__(self) -> str:
        parts = [f"{f}*{t!r}" if f != 1 else f"{t!r}" for t, f in self.terms]
        if self.const or not parts:
            parts.append(str(self.const))
        return " + ".join(parts)


def var_place(var: Var) -> Place:
    """The place of a counter alone."""
    return Place(0, ((var, 1),))


def cut(var: Var, length: int) -> tuple[Var, Var, Place]:
    """A loop as two: the pieces, the places in a piece, and what the counter is of them."""
    pieces, inside = Var(f"{var.name}s", var.extent // length), Var(var.name, length)
    return pieces, inside, var_place(pieces).times(length) + var_place(inside)


@dataclass(frozen=True, eq=True)
class Item(Node):
    """An entry of an array of whole numbers, used as a place."""

    buffer: str
    places: tuple[Place, ...]

    __hash__ = Node.__hash__

    @cached_property
    def vars(self) -> frozenset[Var]:
        """The loops that it depends on."""
        return frozenset().union(*(place.vars for place in self.places))

    def __repr__(self) -> str:
        return f"{self.buffer}[{', '.join(map(repr, self.places))}]"


@dataclass(frozen=True, eq=True)
class Divided(Node):
    """``place // divisor`` (``kind`` "div") or ``place % divisor`` ("mod"), rounded down."""

    kind: str
    place: Place
    divisor: int

    __hash__ = Node.__hash__

    @property
    def vars(self) -> frozenset[Var]:
        """The loops that it depends on."""
        return self.place.vars

    def __repr__(self) -> str:
        return f"({self.place!r}) {'//' if self.kind == 'div' else '%'} {self.divisor}"


def items_in(places: tuple[Place, ...]) -> Iterator[Item]:
    """The entries of whole numbers in places."""
    for place in places:
        for term, _ in place.terms:
            if isinstance(term, Item):
                yield term
                yield from items_in(term.places)
            elif isinstance(term, Divided):
                yield from items_in((term.place,))


def put_place(place: Place, values: Mapping[Var, Place]) -> Place:
    """The place with counters replaced."""
    total = Place(place.const)
    for term, factor in place.terms:
        if isinstance(term, Var):
            total = total + values.get(term, var_place(term)).times(factor)
        elif isinstance(term, Item):
            items = tuple(put_place(inner, values) for inner in term.places)
            total = total + Place(0, ((Item(term.buffer, items), factor),))
        else:
            inner = Divided(term.kind, put_place(term.place, values), term.divisor)
            total = total + Place(0, ((inner, factor),))
    return total
