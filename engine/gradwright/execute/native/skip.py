"""Work that is not done: terms of sums that are surely 0, values that conditions between indices decide.

``within(truth, value, other)`` is a value that may be taken to be ``other`` wherever the truth does not hold.
A sum then runs as far as the truth holds, and of a kernel's places whole tiles take the other value.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from gradwright.execute.native.bands import NEUTRAL, Band, Bands
from gradwright.execute.native.conditions import counters, same
from gradwright.execute.native.index import Place, Var, put_place, var_place
from gradwright.execute.native.levels import Level, level
from gradwright.execute.native.statement import (
    Kernel,
    Program,
    Repeat,
    Statement,
    Store,
    held,
    kernels_in,
)
from gradwright.execute.native.tree import Const, Expr, Load, Op, Reduce, Test, has_reduction, walk


def with_skips(program: Program) -> Program:
    """The program that says where its values need not be computed."""
    if not any(isinstance(node, Test) for node in _nodes(program)):
        return program
    bands = Bands(program.buffers)
    bands.learn(program.statements)
    skipper = _Skipper(bands, _spared(program, bands))
    return replace(program, statements=[skipper.statement(one) for one in program.statements])


def _nodes(program: Program) -> Iterator[Expr]:
    for kernel in kernels_in(program.statements):
        for store in kernel.stores:
            yield from walk(store.value)


class _Skipper:
    """Marks what need not be computed.

    Args:
        bands: What is known of all values.
        spared: For each value the conditions on its counters beyond which nobody needs it.
    """

    def __init__(self, bands: Bands, spared: dict[str, list[Place]]) -> None:
        self.bands, self.spared = bands, spared

    def statement(self, statement: Statement) -> Statement:
        """The statement with its marks."""
        if isinstance(statement, Repeat):
            return replace(statement, body=tuple(map(self.statement, statement.body)))
        if isinstance(statement, Kernel):
            return Kernel(statement.loops, tuple(map(self._store, statement.stores)))
        return statement

    def _store(self, store: Store) -> Store:
        """A store whose value is marked where it is a number, or a shorter expression, or not needed."""
        value = self._sums(store.value)
        if isinstance(value, Const | Load):
            return store
        others: dict[Expr, list[Place]] = {}
        for condition in self.bands.conditions(store.value):
            other = self._beyond(store.value, condition)
            if other is not None and (not store.add or other == Const(0.0)):
                others.setdefault(other, []).append(condition)
        spared = [] if others else self.spared.get(store.buffer, [])
        if spared:
            others[Const(0.0)] = spared
        if others:
            other = max(others, key=lambda one: len(others[one]))
            value = _within(others[other], value, other)
        return replace(store, value=value)

    def _beyond(self, value: Expr, condition: Place) -> Expr | None:
        """What a value is where a condition does not hold, if that is less to compute."""
        number = self.bands.beyond(value, condition)
        if isinstance(number, float):
            return Const(number)
        rest = self.bands.chosen(value, condition)
        return rest if has_reduction(value) and not has_reduction(rest) else None

    def _sums(self, expr: Expr) -> Expr:
        """The expression whose sums and maxima are marked where their terms change nothing."""
        if isinstance(expr, Op):
            return Op(expr.name, tuple(map(self._sums, expr.args)))
        if not isinstance(expr, Reduce):
            return expr
        body = self._sums(expr.body)
        ends = self.bands.ends(expr) if expr.kind in NEUTRAL else []
        ends = [one for one in ends if one.vars & set(expr.over)]
        return replace(expr, body=_within(ends, body, Const(NEUTRAL[expr.kind])) if ends else body)


def _within(conditions: Sequence[Place], value: Expr, other: Expr) -> Expr:
    tests = tuple(Test("ge", condition) for condition in conditions)
    return Op("within", (tests[0] if len(tests) == 1 else Op("and", tests), value, other))


# values that are not needed


def _spared(program: Program, bands: Bands) -> dict[str, list[Place]]:
    """For each value the conditions beyond which all that is made of it is a number without it."""
    kernels = list(kernels_in(program.statements))
    needed = {*program.outputs, *held(program.statements)}
    found: dict[str, list[Place]] = {}
    for name, band in bands.known.items():
        if name in needed or not band.axes or program.buffers[name].kind != "number":
            continue
        without = _without(bands, name)
        values = [store.value for kernel in kernels for store in kernel.stores if _reads(store.value, name)]
        first, *others = [use for value in values for use in _uses(value, name, without, ())] or [{}]
        found[name] = [one for key, one in first.items() if all(key in other for other in others)]
    return found


def _reads(expr: Expr, name: str) -> bool:
    return any(isinstance(node, Load) and node.buffer == name for node in walk(expr))


def _without(bands: Bands, name: str) -> Bands:
    """The bands if no more were known of a value than that it is finite, where it is."""
    band, other = bands.known[name], Bands(bands.buffers)
    levels = (band.within, *(level(number) for _, number in band.beyond))
    other.known = bands.known | {name: Band(band.axes, (), max(*levels, Level.FINITE))}
    return other


def _uses(expr: Expr, name: str, bands: Bands, beyond: tuple[Place, ...]) -> Iterator[dict[object, Place]]:
    """For each entry of a value that is read the conditions, on its axes, beyond which it is not needed."""
    if isinstance(expr, Load):
        if expr.buffer == name:
            own = counters(expr.places, bands.buffers[name].shape)
            turned = _turned(beyond, own, bands.known[name].axes) if own else ()
            yield {same(one): one for one in turned}
        return
    decided = (one for one in bands.conditions(expr) if isinstance(bands.beyond(expr, one), float))
    beyond = (*beyond, *decided)
    for child in expr.children:
        yield from _uses(child, name, bands, beyond)


def _turned(conditions: Sequence[Place], own: Sequence[Var], axes: Sequence[Var]) -> Iterator[Place]:
    """Conditions on the counters of an entry that is read as conditions on the axes of the value."""
    places = dict(zip(own, map(var_place, axes), strict=True))
    for condition in conditions:
        if condition.vars <= set(own):
            yield put_place(condition, places)
