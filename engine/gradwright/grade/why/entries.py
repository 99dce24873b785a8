"""Entry by entry: only the diagonal is right, one row is wrong, all where a mask is 0 are wrong; shapes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from gradwright.grade.finding import Finding
from gradwright.grade.why.bench import Array
from gradwright.grade.why.closeness import TOLERANCE, shape_text
from gradwright.grade.why.points import Place
from gradwright.grade.why.setting import Setting
from gradwright.language.tree import Tree


def shape_finding(known: Setting, places: Sequence[Place], answer: Tree) -> tuple[Finding, ...]:
    """Both shapes, where they differ."""
    if all(place.answer.shape == place.reference.shape for place in places):
        return ()
    step = known.program.line(known.program.result).step
    got, expected = (
        _spelled([getattr(p, kind).shape for p in places], places) for kind in ("answer", "reference")
    )
    return (Finding("mistake.shape", {"step": step, "got": got, "expected": expected}),)


def _spelled(shapes: Sequence[tuple[int, ...]], places: Sequence[Place]) -> str:
    """A shape in axis names, as far as names explain its numbers at every point."""
    words = []
    for axis in range(min(map(len, shapes))):
        extents = [shape[axis] for shape in shapes]
        names = [
            name
            for name in places[0].bench.sizes
            if all(place.bench.sizes[name] == extent for place, extent in zip(places, extents, strict=True))
        ]
        words.append(names[0] if names else str(extents[0]) if len(set(extents)) == 1 else "?")
    return shape_text(words)


def entry_findings(known: Setting, places: Sequence[Place]) -> tuple[Finding, ...]:
    """Which entries are right, where that follows a pattern at every point."""
    right = [_right(place) for place in places]
    if any(one is None or not np.any(one) for one in right):
        return ()
    marks = [np.asarray(one) for one in right]
    for which, test in PATTERNS.items():
        if all(test(mark) for mark in marks):
            return _found(known, {"which": which})
    for axis, words in ((0, ("rows", "row")), (1, ("columns", "column"))):
        for which in words:
            at = _line(marks, axis, which in ("rows", "columns"))
            if at is not None:
                return _found(known, {"which": which, "at": str(at + 1)})
    for name in known.scope.values:
        for which, wanted in (("mask", True), ("unmask", False)):
            if all(_by_mask(mark, place, name, wanted) for mark, place in zip(marks, places, strict=True)):
                return _found(known, {"which": which, "value": name})
    return ()


def _found(known: Setting, values: Mapping[str, str]) -> tuple[Finding, ...]:
    step = known.program.line(known.program.result).step
    return (Finding("mistake.entries", {"step": step, **values}),)


def _right(place: Place) -> Array | None:
    if place.answer.shape != place.reference.shape or place.answer.size < 2:
        return None
    scale = float(np.max(np.abs(place.reference), initial=0))
    return np.asarray(np.abs(place.answer - place.reference) <= TOLERANCE * scale)


def _diagonal(mark: Array) -> bool:
    return _square(mark) and bool(np.array_equal(mark, np.eye(len(mark), dtype=bool)))


def _off_diagonal(mark: Array) -> bool:
    return _square(mark) and bool(np.array_equal(mark, ~np.eye(len(mark), dtype=bool)))


def _square(mark: Array) -> bool:
    return bool(mark.ndim == 2 and mark.shape[0] == mark.shape[1])


def _first(mark: Array) -> bool:
    return mark.ndim == 3 and not np.any(mark[0]) and bool(np.all(mark[1:]))


def _last(mark: Array) -> bool:
    return mark.ndim == 3 and not np.any(mark[-1]) and bool(np.all(mark[:-1]))


PATTERNS: Mapping[str, Callable[[Array], bool]] = {
    "diagonal": _diagonal,
    "off-diagonal": _off_diagonal,
    "first": _first,
    "last": _last,
}


def _line(marks: Sequence[Array], axis: int, only: bool) -> int | None:
    """The one row or column that is right (or wrong) at every point."""
    found = set()
    for mark in marks:
        if mark.ndim != 2:
            return None
        lines = np.all(mark, axis=1 - axis) if only else ~np.any(mark, axis=1 - axis)
        rest = ~np.any(mark, axis=1 - axis) if only else np.all(mark, axis=1 - axis)
        if np.sum(lines) != 1 or np.sum(rest) != len(lines) - 1:
            return None
        found.add(int(np.argmax(lines)))
    return found.pop() if len(found) == 1 else None


def _by_mask(mark: Array, place: Place, name: str, wanted: bool) -> bool:
    value = np.asarray(place.bench.arrays[name])
    if not value.shape or not np.any(value == 0):
        return False
    try:
        zero = np.broadcast_to(value == 0, mark.shape)
    except ValueError:
        return False
    return bool(np.array_equal(~mark, zero if wanted else ~zero))
