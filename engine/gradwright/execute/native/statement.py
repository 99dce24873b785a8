"""A loop program: kernels, repetitions of kernels along time, and calls of functions without loops.

A kernel is a nest of loops with stores at its innermost place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from gradwright.execute.native.buffer import Buffer
from gradwright.execute.native.index import Item, Place, Var, items_in, put_place
from gradwright.execute.native.tree import Expr, Load, Op, change_loads, loads_of, put, walk


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
    """Stores carried out at each place of the loops; one may use an earlier one's at the same place."""

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


def reads(store: Store) -> Iterator[Load | Item]:
    """Every entry that a store reads, those of its places too."""
    yield from loads_of(store.value)
    yield from items_in(store.places)


def touched(statement: Statement) -> frozenset[str]:
    """The values that a statement reads or writes."""
    stores = [store for kernel in kernels_in([statement]) for store in kernel.stores]
    loads = [load for store in stores for load in reads(store)]
    return frozenset(one.buffer for one in (*stores, *loads)) | held([statement])


def is_partial(store: Store) -> bool:
    """Whether some places of a store, or terms of a sum in it, are passed over."""
    return any(isinstance(node, Op) and node.name in ("only", "within") for node in walk(store.value))


def change_store(
    store: Store, change: Callable[[Expr], Expr], values: Mapping[Var, Place] | None = None
) -> Store:
    """The store with its value changed, and counters in its places replaced."""
    places = tuple(put_place(place, values or {}) for place in store.places)
    return Store(store.buffer, places, change(store.value), store.add)


def change_reads(statement: Statement, change: Callable[[Load], Expr]) -> Statement:
    """The statement with the entries replaced that its kernels read."""
    if isinstance(statement, Kernel):
        stores = tuple(
            change_store(store, lambda expr: change_loads(expr, change)) for store in statement.stores
        )
        return Kernel(statement.loops, stores)
    if isinstance(statement, Repeat):
        body = tuple(change_reads(one, change) for one in statement.body)
        return Repeat(statement.var, statement.direction, body)
    return statement


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
        told: The scalars among the outputs that are written down at each step, beside the first, the loss.
    """

    buffers: dict[str, Buffer]
    statements: list[Statement]
    outputs: tuple[str, ...]
    formulas: Mapping[str, str] = field(default_factory=dict)
    once: list[Statement] = field(default_factory=list)
    whole: list[Statement] = field(default_factory=list)
    update: list[Statement] = field(default_factory=list)
    told: tuple[str, ...] = ()
