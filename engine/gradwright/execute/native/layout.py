"""Where values lie in a program's memory; what is needed at different times shares it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from gradwright.execute.native.form import ALIGNMENT
from gradwright.execute.native.statement import Program, touched


@dataclass(frozen=True)
class Layout:
    """Where the values lie.

    Args:
        places: For each made value how far into the memory of its kind it begins, in numbers.
        numbers: The length of the memory of numbers.
        integers: The length of the memory of whole numbers.
        given: The values that come from outside, in the order of their pointers.
        views: Values that are parts of given ones: which, and how far into it.
        overlaps: For each value those that share memory with it.
    """

    places: Mapping[str, int]
    numbers: int
    integers: int
    given: tuple[str, ...]
    views: Mapping[str, tuple[str, int]]
    overlaps: Mapping[str, frozenset[str]] = field(default_factory=dict)


def layout(
    program: Program,
    parts: Mapping[str, Sequence[str]],
    views: Mapping[str, Sequence[str]],
    kept: frozenset[str],
) -> Layout:
    """A place for each value, shared with values that are needed at other times.

    Args:
        program: The program.
        parts: For some made values the values that they consist of, one after the other.
        views: The same for given values.
        kept: The values that are stored at all.
    """
    found: dict[str, tuple[str, int]] = {}
    for whole, names in views.items():
        at = 0
        for name in names:
            found[name] = (whole, at)
            at += program.buffers[name].size
    inside = {name for names in parts.values() for name in names}
    given = tuple(name for name, buffer in program.buffers.items() if buffer.given and name not in found)
    times = _times(program)
    memories = {"number": _Memory(), "int32": _Memory()}
    places: dict[str, int] = {}
    made = [name for name, one in program.buffers.items() if not one.given and name not in inside]
    for name in sorted(made, key=lambda name: -program.buffers[name].size):
        buffer = program.buffers[name]
        begin, end = times.get(name, (-1, -1))
        size = buffer.size if name in kept or name in parts else 0
        lasting = buffer.padded or name in parts or name in program.outputs
        places[name] = memories[buffer.kind].place(size, -1 if lasting else begin, None if lasting else end)
        at = places[name]
        for part in parts.get(name, ()):
            places[part] = at
            at += program.buffers[part].size
    lengths = (memories["number"].length, memories["int32"].length)
    return Layout(places, *lengths, given, found, _overlaps(program, places, parts, found, kept))


def _overlaps(
    program: Program,
    places: Mapping[str, int],
    parts: Mapping[str, Sequence[str]],
    views: Mapping[str, tuple[str, int]],
    kept: frozenset[str],
) -> dict[str, frozenset[str]]:
    """For each value those that share memory with it: later ones in its place, wholes and parts."""
    found: dict[str, set[str]] = {}
    for kind in ("number", "int32"):
        own = [n for n in places if program.buffers[n].kind == kind and (n in kept or n in parts)]
        spans = sorted((places[name], places[name] + program.buffers[name].size, name) for name in own)
        for at, (_, high, name) in enumerate(spans):
            for low, _, other in spans[at + 1 :]:
                if low >= high:
                    break
                found.setdefault(name, set()).add(other)
                found.setdefault(other, set()).add(name)
    for name, (whole, _) in views.items():
        found.setdefault(name, set()).add(whole)
        found.setdefault(whole, set()).add(name)
    return {name: frozenset(others) for name, others in found.items()}


def _times(program: Program) -> dict[str, tuple[int, int | None]]:
    """The first and the last statement that touch each value; None where it stays to the end."""
    found: dict[str, tuple[int, int | None]] = {}
    for statement in program.once:
        for name in touched(statement):
            found[name] = (-1, None)
    for time, statement in enumerate([*program.statements, *program.whole, *program.update]):
        for name in touched(statement):
            first, last = found.get(name, (time, time))
            found[name] = (first, None if last is None else time)
    return found


class _Memory:
    """Memory in which values are placed, the largest first."""

    def __init__(self) -> None:
        self.length = ALIGNMENT
        self._held: list[tuple[int, int, int, int | None]] = []

    def place(self, size: int, begin: int, end: int | None) -> int:
        """Where a value lies that is needed from one time to another: the smallest gap that holds it."""
        if size == 0:
            return 0
        size = -(-(size + ALIGNMENT) // ALIGNMENT) * ALIGNMENT
        busy = sorted(
            (at, at + length)
            for at, length, first, last in self._held
            if (last is None or last >= begin) and (end is None or first <= end)
        )
        best, edge = None, ALIGNMENT
        for low, high in busy:
            gap = low - edge
            if gap >= size and (best is None or gap < best[0]):
                best = (gap, edge)
            edge = max(edge, high)
        at = best[1] if best is not None else edge
        self._held.append((at, size, begin, end))
        self.length = max(self.length, at + size)
        return at
