"""Recurrences of a model: which values hand a state from one time to the next, and by which formulas."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sympy import Expr, Integer

from gradwright.model.model import Definition, Model
from gradwright.tensor.canonical import entry_names, values_read
from gradwright.tensor.differentiate import Occurrence, merged, occurrences
from gradwright.tensor.nodes import Apply, Entry, Index


@dataclass(frozen=True)
class Recurrence:
    """Values that need one another at neighbouring times.

    Args:
        members: Their definitions, in the order of one time step.
        states: Those that are read at the time before, in the same order: what one step hands to the next.
        direction: 1 where a state is read at ``t - 1``, -1 where it is read at ``t + 1``.
        length: The extent of the time axis.
    """

    members: tuple[Definition, ...]
    states: tuple[str, ...]
    direction: int
    length: Expr

    @property
    def names(self) -> frozenset[str]:
        """The names of its values."""
        return frozenset(member.name for member in self.members)

    def member(self, name: str) -> Definition:
        """The definition of one of its values."""
        return next(one for one in self.members if one.name == name)


def recurrences(model: Model) -> tuple[Recurrence, ...]:
    """The recurrences of a model, in the order of its formulas.

    One whose values are read at more than one time back, or not along their first axis, is left out: its
    state is more than the values of one time.
    """
    reads = {one.name: values_read(one.tensor.entry) for one in model.definitions}
    reach = {name: _reached(name, reads) for name in reads}
    found: list[Recurrence] = []
    seen: set[str] = set()
    for definition in model.definitions:
        if definition.name in seen or definition.name not in reach[definition.name]:
            continue
        inside = {name for name in reach[definition.name] if definition.name in reach.get(name, ())}
        seen |= inside
        recurrence = _recurrence([one for one in model.definitions if one.name in inside])
        if recurrence is not None:
            found.append(recurrence)
    return tuple(found)


def lag(occurrence: Occurrence, time: Index) -> int | None:
    """How many places before ``time`` an occurrence reads its first axis; None where that is no number."""
    if not occurrence.places:
        return None
    behind = (time - occurrence.places[0]).expand()
    return int(behind) if isinstance(behind, Integer) else None


def _reached(start: str, reads: Mapping[str, frozenset[str]]) -> frozenset[str]:
    found: set[str] = set()
    stack = [start]
    while stack:
        for name in reads.get(stack.pop(), frozenset()):
            if name not in found:
                found.add(name)
                stack.append(name)
    return frozenset(found)


def _recurrence(members: Sequence[Definition]) -> Recurrence | None:
    """The members as a recurrence, if each reads the others at its own time or at the one before alone."""
    names = {member.name for member in members}
    if any(not member.tensor.indices or member.tensor.entry.has(Apply) for member in members):
        return None
    extents = {member.tensor.indices[0].extent for member in members}
    lags: dict[str, set[int | None]] = {name: set() for name in names}
    for member in members:
        for name, behind in _lags(member, names):
            lags[name].add(behind)
    signs = {behind for found in lags.values() for behind in found} - {0}
    if len(extents) != 1 or signs not in ({1}, {-1}):
        return None
    (direction,) = signs
    assert direction is not None
    states = tuple(member.name for member in members if direction in lags[member.name])
    return Recurrence(_in_order(members), states, direction, extents.pop())


def _lags(member: Definition, names: set[str]) -> Iterator[tuple[str, int | None]]:
    time = member.tensor.indices[0]
    for name in entry_names(member.tensor.entry) & names:
        found = [entry for entry in member.tensor.entry.atoms(Entry) if entry.name == name]
        for entry in found:
            yield name, lag(Occurrence(Integer(1), entry.indices, ()), time)


def _in_order(members: Sequence[Definition]) -> tuple[Definition, ...]:
    """The members so that each uses only earlier ones at its own time."""
    waiting, done = list(members), list[Definition]()
    while waiting:
        left = {one.name for one in waiting}
        ready = next(one for one in waiting if not any(b == 0 for _, b in _lags(one, left)))
        waiting.remove(ready)
        done.append(ready)
    return tuple(done)


def reads_of(member: Definition, name: str) -> list[Occurrence]:
    """The differentiable occurrences of a value in a member's formula."""
    return merged(occurrences(member.tensor.entry, name))
