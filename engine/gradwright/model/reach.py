"""What an entry of a value depends on: the places of the data that it can reach, axis by axis.

The places are read off the formulas' own indices: one that reads ``X[i + p]`` under a sum over ``p`` reaches
a window; through several formulas windows compose. Nothing is known of layers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import sympy
from sympy import Expr, Integer, S

from gradwright.model.model import Definition, Model
from gradwright.tensor.affine import coefficient
from gradwright.tensor.bounds import nonnegative, reach, same_length
from gradwright.tensor.nodes import Entry, Index

Shape = tuple[Expr, ...]


@dataclass(frozen=True)
class Reach:
    """Which places of one axis of the data an entry reaches.

    Args:
        kind: ``none``; ``window``, from ``jump*i + low`` to ``jump*i + high``; ``all``; ``past`` or
            ``future``, up to, or from, its own time step.
        axis: The axis of the value on which ``i`` is the entry's place; -1 where the window stands still.
        jump: How far the window moves when ``i`` moves by one.
    """

    kind: str = "none"
    axis: int = -1
    jump: int = 0
    low: Expr = S.Zero
    high: Expr = S.Zero

    @property
    def size(self) -> Expr:
        """How many places the window has."""
        return sympy.expand(self.high - self.low + 1)


NONE, ALL = Reach(), Reach("all")
Reaches = Mapping[str, tuple[Reach, ...]]


def reaches(model: Model) -> Mapping[str, Reaches]:
    """For every value of a model what it reaches of every data value, an axis of that after the other."""
    shapes = {name: value.shape for name, value in model.shapes.items()}
    known: dict[str, dict[str, tuple[Reach, ...]]] = {
        name: {name: tuple(Reach("window", axis, 1) for axis in range(len(value.shape)))}
        for name, value in model.data.items()
    }
    names = {definition.name for definition in model.definitions}
    for _ in range(2):  # what goes round a recurrence is known the second time
        for definition in model.definitions:
            known[definition.name] = _of(definition, known, names, shapes)
    return known


def _of(
    definition: Definition,
    known: Mapping[str, Reaches],
    names: set[str],
    shapes: Mapping[str, Shape],
) -> dict[str, tuple[Reach, ...]]:
    found: dict[str, tuple[Reach, ...]] = dict(known.get(definition.name, {}))
    direction = 0
    for entry in _entries(definition.tensor.entry):
        if entry.name in names and (entry.name not in known or entry.name == definition.name):
            direction = direction or _direction(entry, definition)
        if entry.name == definition.name:
            continue
        for data, axes in known.get(entry.name, {}).items():
            here = tuple(_through(one, entry, definition, shapes) for one in axes)
            before = found.get(data, (NONE,) * len(here))
            found[data] = tuple(_joined(one, other) for one, other in zip(before, here, strict=True))
    if direction:
        kind = "past" if direction < 0 else "future"
        for data, axes in found.items():
            found[data] = tuple(
                Reach(kind, 0) if one.kind == "window" and one.axis == 0 else one for one in axes
            )
    return found


def _entries(expression: Expr) -> Iterator[Entry]:
    """Every entry that is read, those inside the places of others too."""
    return (node for node in sympy.preorder_traversal(expression) if isinstance(node, Entry))


def _direction(entry: Entry, definition: Definition) -> int:
    """-1 where a value of the recurrence is read at an earlier time step, 1 at a later one."""
    if not entry.indices or not definition.tensor.indices:
        return 0
    offset = sympy.expand(entry.indices[0] - definition.tensor.indices[0])
    return int(sympy.sign(offset)) if offset.is_Integer else 0


def _through(one: Reach, entry: Entry, definition: Definition, shapes: Mapping[str, Shape]) -> Reach:
    """What a value reaches through one entry that it reads, which reaches ``one``."""
    if one.kind in ("none", "all") or one.axis < 0:
        return one
    place = entry.indices[one.axis]
    free = [index for index in definition.tensor.indices if index in place.free_symbols]
    factor = coefficient(place, free[0]) if len(free) == 1 else 0
    if len(free) > 1 or factor is None or place.has(Entry):
        return ALL
    rest = sympy.expand(place - factor * free[0]) if free else place
    span = reach(rest)
    if span is None:
        return ALL
    low, high = span
    moving = any(isinstance(symbol, Index) for symbol in rest.free_symbols)
    if not free and moving and low == 0 and same_length(high + 1, shapes[entry.name][one.axis]):
        return ALL
    axis = definition.tensor.indices.index(free[0]) if free else -1
    if one.kind != "window":
        return replace(one, axis=axis) if free else ALL
    ends = (one.jump * low, one.jump * high) if one.jump > 0 else (one.jump * high, one.jump * low)
    return Reach("window", axis, one.jump * factor, ends[0] + one.low, ends[1] + one.high)


def _joined(one: Reach, other: Reach) -> Reach:
    """Both together."""
    if "none" in (one.kind, other.kind):
        return other if one.kind == "none" else one
    if one.kind == other.kind == "window":
        if (one.axis, one.jump) != (other.axis, other.jump):
            return ALL
        low, high = _extreme((one.low, other.low), -1), _extreme((one.high, other.high), 1)
        return replace(one, low=low, high=high)
    if one.kind == other.kind:
        return one
    kinds = {one.kind, other.kind}
    if "window" in kinds and kinds & {"past", "future"}:
        return one if one.kind != "window" else other
    return ALL


def _extreme(ends: Sequence[Expr], sign: int) -> Expr:
    difference = sympy.expand(sign * (ends[0] - ends[1]))
    if nonnegative(difference):
        return ends[0]
    if nonnegative(-difference):
        return ends[1]
    return sympy.Max(*ends) if sign > 0 else sympy.Min(*ends)


def windowed(model: Model, found: Mapping[str, Reaches]) -> tuple[tuple[str, int], ...]:
    """The axes of data of which some value reaches a window, or what is past: a name and the axis's place."""
    axes: dict[tuple[str, int], None] = {}
    for definition in model.definitions:
        for data, places in found[definition.name].items():
            for place, one in enumerate(places):
                wide = one.kind == "window" and one.axis >= 0 and one.size != Integer(1)
                if wide or one.kind in ("past", "future"):
                    axes[data, place] = None
    return tuple(axes)
