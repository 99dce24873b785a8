"""Where values are one number because of conditions between indices: above a diagonal, beside a band.

A band says which number a value is where a condition does not hold. Bands go from conditions through
operations to values, and from values to what is made of them, by one rule an operation (``levels``).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from gradwright.execute.native.buffer import Buffer
from gradwright.execute.native.conditions import conjuncts, counters, holding, meet, opposite, same
from gradwright.execute.native.index import Place, Var, put_place
from gradwright.execute.native.levels import Known, Level, either, known, level
from gradwright.execute.native.statement import Kernel, Repeat, Statement, Store, written
from gradwright.execute.native.tree import Const, Expr, Load, Op, Reduce, Test, Whole, walk


@dataclass(frozen=True)
class Band:
    """What is known of a value's entries.

    Args:
        axes: The counters that stand for the value's axes.
        beyond: Conditions, and the number that the value is where each does not hold.
        within: What is known where all conditions hold.
    """

    axes: tuple[Var, ...]
    beyond: tuple[tuple[Place, float], ...]
    within: Level


class Bands:
    """Finds bands.

    Args:
        buffers: All buffers.

    ``known`` are the bands of the values so far.
    """

    def __init__(self, buffers: Mapping[str, Buffer]) -> None:
        self.buffers = buffers
        self.known: dict[str, Band] = {}
        self._made: set[str] = set()

    # values

    def learn(self, statements: Sequence[Statement]) -> None:
        """Take in what statements say of the values that they make, in order."""
        for statement in statements:
            if isinstance(statement, Repeat):
                self._repeat(statement)
            elif isinstance(statement, Kernel):
                for store in statement.stores:
                    self._store(store)
            else:
                self.known[statement.target] = Band((), (), Level.ANY)

    def _repeat(self, repeat: Repeat) -> None:
        """A recurrence is finite if it stays so when it was."""
        before, names = dict(self.known), written(repeat.body)
        for first in (Level.FINITE, Level.ANY):
            self.known = before | {name: Band((), (), first) for name in names}
            self._made -= names
            self.learn(repeat.body)
            if all(self.known[name].within <= Level.FINITE for name in names):
                return

    def _store(self, store: Store) -> None:
        name, buffer, old = store.buffer, self.buffers[store.buffer], self.known.get(store.buffer)
        again = name in self._made or buffer.given
        self._made.add(name)
        axes = counters(store.places, buffer.shape)
        if axes is not None and not store.add and not again:
            self.known[name] = self._band(store.value, axes)
        else:
            both = either(self.value(store.value), 0.0)
            self.known[name] = Band((), (), level(either(both, old.within if old else both)))

    def _band(self, value: Expr, axes: tuple[Var, ...]) -> Band:
        """The band of a value whose entries lie at some counters."""
        beyond = [
            (condition, number)
            for condition in self.conditions(value)
            if condition.vars <= set(axes) and isinstance(number := self.beyond(value, condition), float)
        ]
        within = self.value(value, tuple(condition for condition, _ in beyond))
        return Band(axes, tuple(beyond), level(within))

    # expressions

    def conditions(self, expr: Expr) -> list[Place]:
        """The conditions between counters that an expression, or a value that it reads, is made of."""
        said = (one for node in walk(expr) for one in self._said(node) if one.is_affine)
        found: dict[object, Place] = {}
        for one in said:
            bounds = one.range()
            if bounds is not None and bounds[0] < 0:
                found.setdefault(same(one), one)
        return list(found.values())

    def _said(self, node: Expr) -> Iterator[Place]:
        if isinstance(node, Test):
            holds = conjuncts(node)
            yield from holds
            if len(holds) == 1:
                yield opposite(holds[0])
        elif isinstance(node, Load) and node.buffer in self.known:
            band = self.known[node.buffer]
            at = dict(zip(band.axes, node.places, strict=bool(band.axes)))
            yield from (put_place(condition, at) for condition, _ in band.beyond)

    def beyond(self, expr: Expr, condition: Place) -> Known:
        """What is known of an expression where a condition does not hold."""
        return self.value(expr, (opposite(condition),))

    def value(self, expr: Expr, held: tuple[Place, ...] = ()) -> Known:
        """What is known of an expression where conditions hold."""
        match expr:
            case Const():
                return expr.value
            case Whole():
                return Level.FINITE
            case Load():
                return self._load(expr, held)
            case Reduce():
                return self._reduce(expr, held)
            case Op(name="within"):
                return self.value(expr.args[1], held)
            case Op(name="select" | "guarded" | "only"):
                return self._choice(expr, held)
            case Op():
                found = known(expr.name, [self.value(one, held) for one in expr.args])
                return Level.NONNEGATIVE if found is Level.FINITE and _is_square(expr) else found
        return Level.ANY

    def _choice(self, expr: Op, held: tuple[Place, ...]) -> Known:
        truth, yes, *no = expr.args
        holds = self.truth(truth, held)
        others = [self.value(one, held) for one in no] if no else [0.0]
        if holds is None:
            return either(self.value(yes, held), others[0])
        return self.value(yes, held) if holds else others[0]

    def _load(self, load: Load, held: tuple[Place, ...]) -> Known:
        buffer, band = self.buffers[load.buffer], self.known.get(load.buffer)
        if band is None:
            unmade = Level.GENERIC if buffer.given else Level.ANY
            band = Band((), (), unmade if buffer.kind == "number" else Level.FINITE)
        found: Known = band.within
        at = dict(zip(band.axes, load.places, strict=bool(band.axes)))
        for condition, number in band.beyond:
            holds = holding(put_place(condition, at), held)
            if holds is False:
                found = number
                break
            found = found if holds else either(found, number)
        return either(found, 0.0) if buffer.tests(load.places, margins=False) else found

    def _reduce(self, expr: Reduce, held: tuple[Place, ...]) -> Known:
        """A sum or a maximum of one number, or of what somewhere is more than that."""
        own = tuple(one for one in held if not one.vars & set(expr.over))
        body = self.value(expr.body, own)
        if expr.kind == "argmax":
            return Level.FINITE
        if expr.kind == "prod" or body == Level.ANY:
            return Level.ANY
        if not isinstance(body, Level):
            count = math.prod(var.extent for var in expr.over)
            return known("mul", [body, float(count)]) if expr.kind == "sum" else body
        beyond = self.ends(expr)
        core = level(self.value(expr.body, (*own, *beyond)))
        return core if core < body and meet(beyond, expr.over) else body

    def ends(self, expr: Reduce) -> list[Place]:
        """The conditions beyond which what a sum or a maximum takes in changes nothing."""
        return [
            one for one in self.conditions(expr.body) if self.beyond(expr.body, one) == NEUTRAL[expr.kind]
        ]

    def chosen(self, expr: Expr, condition: Place) -> Expr:
        """The expression, where a condition does not hold, without the cases that this rules out."""
        if not isinstance(expr, Op):
            return expr
        holds = self.truth(expr.args[0], (opposite(condition),)) if expr.name == "select" else None
        if holds is not None:
            return self.chosen(expr.args[1 if holds else 2], condition)
        return Op(expr.name, tuple(self.chosen(one, condition) for one in expr.args))

    def truth(self, expr: Expr, held: tuple[Place, ...]) -> bool | None:
        """Whether a truth is true where conditions hold; None where that is not known."""
        if isinstance(expr, Test):
            turned = expr.relation == "ne"
            parts = [holding(one, held) for one in conjuncts(Test("eq", expr.place) if turned else expr)]
            found = _all(parts)
            return found if found is None or not turned else not found
        if isinstance(expr, Op) and expr.name in ("and", "or", "not"):
            inner = [self.truth(one, held) for one in expr.args]
            if expr.name == "and":
                return _all(inner)
            turned_all = _all([None if one is None else not one for one in inner])
            return turned_all if expr.name == "not" or turned_all is None else not turned_all
        return None


NEUTRAL: Mapping[str, float] = {"sum": 0.0, "max": -math.inf}
"""What changes nothing when a reduction takes it in."""


def _is_square(expr: Op) -> bool:
    """Whether it is a product in which every factor comes twice."""
    return expr.name == "mul" and all(expr.args.count(one) % 2 == 0 for one in expr.args)


def _all(parts: Sequence[bool | None]) -> bool | None:
    if False in parts:
        return False
    return None if None in parts else True
