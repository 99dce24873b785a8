"""Expressions of a loop program: what a kernel computes at each place of its loops, in numbers alone.

A closed set of nodes on whole-number sizes. An expression loads entries of buffers, applies functions to
numbers, and may hold reductions over further loops. Nothing here knows of SymPy, of LLVM, or of a model.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from gradwright.execute.native.index import Item, Node, Place, Var, items_in, put_place


class Expr(Node):
    """A number at each place of the loops."""

    @property
    def children(self) -> tuple[Any, ...]:
        """The expressions inside."""
        return ()

    @cached_property
    def vars(self) -> frozenset[Var]:
        """The loops around it that it depends on."""
        return frozenset().union(*(child.vars for child in self.children))


@dataclass(frozen=True, eq=True, repr=False)
class Const(Expr):
    """A number."""

    value: float

    __hash__ = Node.__hash__

    def __repr__(self) -> str:
        return f"{self.value:g}"


@dataclass(frozen=True, eq=True, repr=False)
class Load(Expr):
    """An entry of a buffer."""

    buffer: str
    places: tuple[Place, ...]

    __hash__ = Node.__hash__

    @cached_property
    def vars(self) -> frozenset[Var]:
        """The loops that its place depends on."""
        return frozenset().union(*(place.vars for place in self.places))

    def __repr__(self) -> str:
        return f"{self.buffer}[{', '.join(map(repr, self.places))}]" if self.places else self.buffer


KEY = "~key"
"""The buffer of two whole numbers, the seed of what is drawn and the number of the step."""


@dataclass(frozen=True, eq=True, repr=False)
class Draw(Expr):
    """1 with a probability, else 0: an entry of a value that is drawn anew in each step, where it is needed.

    Args:
        buffer: The value.
        places: Where the entry lies.
        shape: The number of places of each axis.
        number: Which of the drawn values.
        chance: The probability.
    """

    buffer: str
    places: tuple[Place, ...]
    shape: tuple[int, ...]
    number: int
    chance: float

    __hash__ = Node.__hash__

    @cached_property
    def place(self) -> Place:
        """How far the entry is from the first, in the order of the axes."""
        total = Place(0)
        for place, extent in zip(self.places, self.shape, strict=True):
            total = total.times(extent) + place
        return total

    @property
    def vars(self) -> frozenset[Var]:
        """The loops that its place depends on."""
        return self.place.vars

    def __repr__(self) -> str:
        return f"draw({', '.join((self.buffer, *map(repr, self.places)))})"


@dataclass(frozen=True, eq=True, repr=False)
class Whole(Expr):
    """A whole number as a number."""

    place: Place

    __hash__ = Node.__hash__

    @property
    def vars(self) -> frozenset[Var]:
        """The loops that it depends on."""
        return self.place.vars

    def __repr__(self) -> str:
        return f"({self.place!r})"


@dataclass(frozen=True, eq=True, repr=False)
class Op(Expr):
    """A function of numbers: ``add``, ``mul`` (of two or more), ``div``, ``exp``, ``less``, ``select``, ...

    A comparison, ``and``, ``or`` and ``not`` give a truth; ``select`` takes one first; so do ``guarded``, a
    load that is 0 where it does not hold, ``only``, a value that is not stored where it does not, and
    ``within``, a value that may be taken to be the one after it where it does not.
    """

    name: str
    args: tuple[Expr, ...]

    __hash__ = Node.__hash__

    @property
    def children(self) -> tuple[Expr, ...]:
        """The arguments."""
        return self.args

    def __repr__(self) -> str:
        marks = {"add": " + ", "mul": "*", "div": "/", "and": " and ", "or": " or "}
        marks |= {"lt": " < ", "le": " <= ", "gt": " > ", "ge": " >= ", "eq": " == ", "ne": " != "}
        if self.name in marks:
            text = marks[self.name].join(map(repr, self.args))
            return f"({text})"
        return f"{self.name}({', '.join(map(repr, self.args))})"


@dataclass(frozen=True, eq=True, repr=False)
class Test(Expr):
    """A truth about a whole number: ``place == 0`` or ``place >= 0`` and so on."""

    relation: str
    place: Place

    __hash__ = Node.__hash__

    @property
    def vars(self) -> frozenset[Var]:
        """The loops that it depends on."""
        return self.place.vars

    def __repr__(self) -> str:
        signs = {"lt": "<", "le": "<=", "gt": ">", "ge": ">=", "eq": "==", "ne": "!="}
        return f"({self.place!r} {signs[self.relation]} 0)"


@dataclass(frozen=True, eq=True, repr=False)
class Reduce(Expr):
    """A reduction over further loops: ``sum``, ``max``, ``prod``, or ``argmax`` (the first such place)."""

    kind: str
    over: tuple[Var, ...]
    body: Expr

    __hash__ = Node.__hash__

    @property
    def children(self) -> tuple[Expr, ...]:
        """The body."""
        return (self.body,)

    @cached_property
    def vars(self) -> frozenset[Var]:
        """The loops around it that it depends on."""
        return self.body.vars - frozenset(self.over)

    def __repr__(self) -> str:
        loops = ", ".join(f"{v.name} < {v.extent}" for v in self.over)
        return f"{self.kind}({loops}: {self.body!r})"


def walk(expr: Expr) -> Iterator[Expr]:
    """The expression and all inside it."""
    yield expr
    for child in expr.children:
        yield from walk(child)


def has_reduction(expr: Expr) -> bool:
    """Whether a reduction stands in an expression."""
    return any(isinstance(node, Reduce) for node in walk(expr))


def terms(expr: Expr) -> tuple[Expr, ...]:
    """The terms of a sum; any other expression is its only term."""
    return expr.args if isinstance(expr, Op) and expr.name == "add" else (expr,)


def summed(parts: tuple[Expr, ...]) -> Expr:
    """The sum of terms."""
    return Const(0.0) if not parts else parts[0] if len(parts) == 1 else Op("add", parts)


def loads_of(expr: Expr) -> Iterator[Load | Item]:
    """Every entry that an expression reads, entries used as places too, and the key of what is drawn."""
    for node in walk(expr):
        if isinstance(node, Load):
            yield node
            yield from items_in(node.places)
        elif isinstance(node, Draw):
            yield Load(KEY, (Place(0),))
        elif isinstance(node, Whole | Test):
            yield from items_in((node.place,))


def put(expr: Expr, values: Mapping[Var, Place]) -> Expr:
    """The expression with counters replaced."""
    match expr:
        case Load():
            return Load(expr.buffer, tuple(put_place(place, values) for place in expr.places))
        case Draw():
            return replace(expr, places=tuple(put_place(place, values) for place in expr.places))
        case Whole():
            return Whole(put_place(expr.place, values))
        case Test():
            return Test(expr.relation, put_place(expr.place, values))
        case Reduce():
            over = tuple(var for var in expr.over if var not in values)
            body = put(expr.body, values)
            return Reduce(expr.kind, over, body) if over or expr.kind == "argmax" else body
        case Op():
            return Op(expr.name, tuple(put(argument, values) for argument in expr.args))
    return expr


def change_loads(expr: Expr, change: Callable[[Load], Expr]) -> Expr:
    """The expression with its loads replaced."""
    match expr:
        case Load():
            return change(expr)
        case Reduce():
            return Reduce(expr.kind, expr.over, change_loads(expr.body, change))
        case Op():
            return Op(expr.name, tuple(change_loads(argument, change) for argument in expr.args))
    return expr


def replaced(expr: Expr, part: Expr, other: Expr) -> Expr:
    """The expression with another in place of a part that stands in no reduction."""
    if expr is part:
        return other
    if isinstance(expr, Op):
        return Op(expr.name, tuple(replaced(one, part, other) for one in expr.args))
    return expr


def only_where(value: Expr) -> Expr | None:
    """Where a value is to be stored; None where it always is."""
    if not isinstance(value, Op) or value.name != "only":
        return None
    truth, inner = value.args[0], only_where(bare(value))
    return truth if inner is None else Op("and", (truth, inner))


def bare(value: Expr) -> Expr:
    """A value without the condition under which it is stored."""
    return value.args[1] if isinstance(value, Op) and value.name == "only" else value
