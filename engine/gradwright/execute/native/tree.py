"""The loop program: what a kernel computes at each place of its loops, in numbers alone.

A closed set of nodes on whole-number sizes. A program is a list of kernels and of repetitions of kernels
along time; a kernel is a nest of loops with stores at its innermost place; a store's value is an expression
that may hold reductions over further loops. Nothing here knows of SymPy, of LLVM, or of a model.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
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


@dataclass(frozen=True, eq=True, repr=False)
class Whole(Expr):
    """A whole number as a number."""

    place: Place

    __hash__ = Node.__hash__

    @property
    def vars(self) -> frozenset[Var]:  # type: ignore[override]
        """The loops that it depends on."""
        return self.place.vars

    def __repr__(self) -> str:
        return f"({self.place!r})"


@dataclass(frozen=True, eq=True, repr=False)
class Op(Expr):
    """A function of numbers: ``add``, ``mul`` (of two or more), ``div``, ``exp``, ``less``, ``select``, ...

    A comparison, ``and``, ``or`` and ``not`` give a truth; ``select`` takes one first; so do ``guarded``, a
    load that is 0 where it does not hold, and ``only``, a value that is not stored where it does not.
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
    def vars(self) -> frozenset[Var]:  # type: ignore[override]
        """The loops that it depends on."""
        return self.place.vars

    def __repr__(self) -> str:
        signs = {"lt": "<", "le": "<=", "gt": ">", "ge": ">=", "eq": "==", "ne": "!="}
        return f"({self.place!r} {signs[self.relation]} 0)"


@dataclass(frozen=True, eq=True, repr=False)
class Reduce(Expr):
    """A reduction over further loops: ``sum``, ``max``, ``prod``, or ``argmax`` (the first place's number)."""

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


@dataclass(frozen=True)
class Store:
    """``buffer[places] = value``, or ``+= value``."""

    buffer: str
    places: tuple[Place, ...]
    value: Expr
    add: bool = False

    def __repr__(self) -> str:
        at = f"[{', '.join(map(repr, self.places))}]" if self.places else ""
        return f"{self.buffer}{at} {'+=' if self.add else '='} {self.value!r}"


@dataclass(frozen=True)
class Kernel:
    """Stores carried out at each place of the loops; a later one may use an earlier one's at the same place."""

    loops: tuple[Var, ...]
    stores: tuple[Store, ...]


@dataclass(frozen=True)
class Repeat:
    """Kernels carried out at each place of a counter, in order (``direction`` 1) or backwards (-1)."""

    var: Var
    direction: int
    body: tuple[Statement, ...]


@dataclass(frozen=True)
class Outside:
    """``target = apply(operands)`` of whole values, without loops; all are in memory.

    Args:
        name: For readers.
        apply: The function, of arrays.
    """

    name: str
    apply: Callable[..., Any]
    operands: tuple[str, ...]
    target: str


Statement = Kernel | Repeat | Outside


@dataclass(frozen=True)
class Buffer:
    """Memory of a value.

    Args:
        shape: The number of places of each axis.
        kind: ``number``, ``int32`` (made) or ``int64`` (given).
        low: Zeros that lie before each axis.
        high: Zeros that lie after each axis.
        given: Whether it comes from outside.
        order: The axes as they lie in memory, the one whose neighbours lie side by side last.
    """

    shape: tuple[int, ...]
    kind: str = "number"
    low: tuple[int, ...] = ()
    high: tuple[int, ...] = ()
    given: bool = False
    order: tuple[int, ...] = ()

    @cached_property
    def lengths(self) -> tuple[int, ...]:
        """The places of each axis with its margins."""
        low, high = self.low or (0,) * len(self.shape), self.high or (0,) * len(self.shape)
        return tuple(n + a + b for n, a, b in zip(self.shape, low, high, strict=True))

    @cached_property
    def strides(self) -> tuple[int, ...]:
        """How far neighbours on each axis lie apart, in numbers."""
        found, step = [0] * len(self.shape), 1
        for axis in reversed(self.order or range(len(self.shape))):
            found[axis] = step
            step *= self.lengths[axis]
        return tuple(found)

    @cached_property
    def size(self) -> int:
        """All places, margins too."""
        total = 1
        for length in self.lengths:
            total *= length
        return total

    @property
    def padded(self) -> bool:
        """Whether it has margins."""
        return any(self.low) or any(self.high)

    def tests(self, places: tuple[Place, ...], margins: bool = True) -> tuple[Test, ...]:
        """What must hold for an entry to lie on the axes and their margins; nothing if it surely does."""
        none = (0,) * len(self.shape)
        low, high = (self.low or none, self.high or none) if margins else (none, none)
        found: list[Test] = []
        for place, extent, before, after in zip(places, self.shape, low, high, strict=True):
            bounds = place.range()
            if bounds is None or bounds[0] < -before:
                found.append(Test("ge", place))
            if bounds is None or bounds[1] >= extent + after:
                found.append(Test("lt", place + Place(-extent)))
        return tuple(found)

    def offset(self, places: tuple[Place, ...]) -> Place:
        """Where an entry lies, counted from the buffer's first number."""
        total = Place(0)
        low = self.low or (0,) * len(self.shape)
        for place, stride, margin in zip(places, self.strides, low, strict=True):
            total = total + (place + Place(margin)).times(stride)
        return total


@dataclass
class Program:
    """A loop program.

    Args:
        buffers: All values by name.
        statements: In order.
        outputs: The names of the values that are asked for.
        formulas: For each named value its formula, to be read.
        once: What is done before the first step, for values that stay.
        whole: What only those need who ask for the gradients as arrays.
        update: What a training step does after the loss is found to be finite.
    """

    buffers: dict[str, Buffer]
    statements: list[Statement]
    outputs: tuple[str, ...]
    formulas: Mapping[str, str] = field(default_factory=dict)
    once: list[Statement] = field(default_factory=list)
    whole: list[Statement] = field(default_factory=list)
    update: list[Statement] = field(default_factory=list)


def walk(expr: Expr) -> Iterator[Expr]:
    """The expression and all inside it."""
    yield expr
    for child in expr.children:
        yield from walk(child)


def loads_of(expr: Expr) -> Iterator[Load | Item]:
    """Every entry that an expression reads, entries used as places too."""
    for node in walk(expr):
        if isinstance(node, Load):
            yield node
            yield from items_in(node.places)
        elif isinstance(node, Whole | Test):
            yield from items_in((node.place,))


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


def put(expr: Expr, values: Mapping[Var, Place]) -> Expr:
    """The expression with counters replaced."""
    match expr:
        case Load():
            return Load(expr.buffer, tuple(put_place(place, values) for place in expr.places))
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


def settled(statement: Statement, values: Mapping[Var, Place]) -> Statement:
    """The statement with counters replaced; a replaced loop is gone."""
    if isinstance(statement, Kernel):
        loops = tuple(var for var in statement.loops if var not in values)
        return Kernel(
            loops,
            tuple(change_store(store, lambda expr: put(expr, values), values) for store in statement.stores),
        )
    if isinstance(statement, Repeat):
        return Repeat(
            statement.var, statement.direction, tuple(settled(one, values) for one in statement.body)
        )
    return statement


def change_store(
    store: Store, change: Callable[[Expr], Expr], values: Mapping[Var, Place] | None = None
) -> Store:
    """The store with its value changed, and counters in its places replaced."""
    places = tuple(put_place(place, values or {}) for place in store.places)
    return Store(store.buffer, places, change(store.value), store.add)


def kernels_in(statements: Iterable[Statement]) -> Iterator[Kernel]:
    """All kernels, those in repetitions too."""
    for statement in statements:
        if isinstance(statement, Kernel):
            yield statement
        elif isinstance(statement, Repeat):
            yield from kernels_in(statement.body)


def outside_in(statements: Iterable[Statement]) -> Iterator[Outside]:
    """All calls of functions without loops, those in repetitions too."""
    for statement in statements:
        if isinstance(statement, Outside):
            yield statement
        elif isinstance(statement, Repeat):
            yield from outside_in(statement.body)


def written(statements: Iterable[Statement]) -> frozenset[str]:
    """The values that statements write."""
    statements = tuple(statements)
    stored = {store.buffer for kernel in kernels_in(statements) for store in kernel.stores}
    return frozenset(stored | {one.target for one in outside_in(statements)})


def held(statements: Iterable[Statement]) -> frozenset[str]:
    """The values that must be in memory as a whole, for functions without loops to read or to fill."""
    return frozenset(name for one in outside_in(statements) for name in (*one.operands, one.target))
