"""The search for changes of the right lines that give the answer's value."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from gradwright.errors import DEFECTS, GradwrightError
from gradwright.grade.why.bench import Array
from gradwright.grade.why.candidate import Candidate, Found, Move, families, positions
from gradwright.grade.why.closeness import close
from gradwright.grade.why.lines import Lines
from gradwright.grade.why.points import Place
from gradwright.grade.why.program import Line
from gradwright.grade.why.rule import Change, Changes, MalRule, Sight
from gradwright.language.tree import Tree, rebuild

Mark = tuple[Any, ...]
_SCREEN = 1e-7


class Search:
    """The search in one program for one answer.

    Args:
        places: The points; the first screens.
        sight: What the rules see, at the first point.
        deadline: When time is up.
    """

    def __init__(self, places: Sequence[Place], sight: Sight, deadline: float) -> None:
        self.places = places
        self.sight = sight
        self.deadline = deadline
        self.tried = 0
        self.met: dict[Mark, list[Candidate]] = {}
        self._moves: dict[int, tuple[Move, ...]] = {}
        self._seen: dict[tuple[object, ...], Candidate] = {}
        self._screen = _screen(places[0].answer)

    @property
    def late(self) -> bool:
        """Whether time is up."""
        return time.monotonic() > self.deadline

    def singles(
        self, lines: Sequence[Line], first: Candidate | None = None, least: float = 0.0
    ) -> Iterator[Candidate]:
        """Every change of every node of some lines, and of all occurrences of a node; each tree once.

        Args:
            lines: The lines.
            first: The change that was made before.
            least: How likely a change must be.
        """
        store = self.sight.store
        forms = [replace(line, tree=tree) for line in lines for tree in (line.tree, *line.forms)]
        for line in forms:
            counts: dict[int, int] = {}
            for node, above in positions(line.tree):
                counts[id(node)] = counts.get(id(node), 0) + 1
                for move in self.moves(node):
                    if move.weight < least:
                        continue
                    root = store.plug(above, move.tree)
                    made = Candidate(line, root, above, node, move, first)
                    if self._is_new(made):
                        yield made
                    if counts[id(node)] == 2:
                        made = replace(made, root=store.replaced(line.tree, node, move.tree))
                        if self._is_new(made):
                            yield made
            for made in self._habits(line, first):
                if self._is_new(made):
                    yield made

    def _habits(self, line: Line, first: Candidate | None) -> Iterator[Candidate]:
        """Each change that may be a habit, made at every node of a line at once."""
        for change, rules in families():
            if not any(rule.uniform for rule in rules):
                continue
            kinds: dict[str, int] = {}
            for node, _ in positions(line.tree):
                for kind in {
                    made.values.get("kind", "") for made in map(_as_change, change(node, self.sight))
                }:
                    kinds[kind] = kinds.get(kind, 0) + 1
            for kind, count in kinds.items():
                if count > 1:
                    root = self.sight.store.intern(self._everywhere(line.tree, change, kind))
                    move = Move(root, tuple((rule, Change(root)) for rule in rules if rule.uniform))
                    yield Candidate(line, root, (), line.tree, move, first)

    def _everywhere(self, tree: Tree, change: Changes, kind: str) -> Tree:
        store = self.sight.store
        tree = store.intern(rebuild(tree, lambda part: self._everywhere(part, change, kind)))
        found = map(_as_change, change(tree, self.sight))
        return next((made.tree for made in found if made.values.get("kind", "") == kind), tree)

    def _is_new(self, made: Candidate) -> bool:
        """Whether no other change made this tree; else it is noted as another way to say it."""
        if made.root is made.line.tree:
            return False
        key: tuple[object, ...] = (made.line.name, id(made.root))
        if made.first is not None:
            key = (
                *key,
                made.first.line.name,
                0 if made.line.name == made.first.line.name else id(made.first.root),
            )
        known = self._seen.setdefault(key, made)
        if known is not made:
            known.others.append(made)
        return known is made

    def matches(self, candidates: Iterator[Candidate]) -> Iterator[Found]:
        """Those candidates that explain the answer at all points, until time is up."""
        for candidate in candidates:
            self.tried += 1
            if self.late:
                return
            found = self.fit(candidate)
            if found is not None:
                yield found

    def moves(self, node: Tree) -> tuple[Move, ...]:
        """The changes of a node, each tree once, by the likeliest rule."""
        known = self._moves.get(id(node))
        if known is None:
            trees: dict[int, Tree] = {}
            ways: dict[int, list[tuple[MalRule, Change]]] = {}
            for change, rules in families():
                for made in map(_as_change, change(node, self.sight)):
                    tree = self.sight.store.intern(made.tree)
                    if tree is not node:
                        trees[id(tree)] = tree
                        made = Change(tree, made.part, made.values)
                        ways.setdefault(id(tree), []).extend((rule, made) for rule in rules)
            known = self._moves[id(node)] = tuple(
                Move(tree, tuple(sorted(ways[key], key=lambda way: -way[0].weight)))
                for key, tree in trees.items()
            )
        return known

    def fit(self, candidate: Candidate) -> Found | None:
        """How a candidate explains the answer, if it does."""
        value = value_of(self.places[0].lines, candidate)
        if value is None:
            return None
        self.met.setdefault(_mark(value), []).append(candidate)
        kind = self._screen(value)
        if not kind:
            return None
        ratios = []
        for place in self.places:
            value = value_of(place.lines, candidate)
            if value is None:
                return None
            value = np.asarray(value)
            if kind == "transposed":
                value = value.T
            factor = 1.0
            if kind == "multiple":
                factor = _factor(value, place.answer)
            if not np.isfinite(factor) or not close(factor * value, place.answer):
                return None
            ratios.append(factor)
        return Found(candidate, tuple(ratios) if kind == "multiple" else (), kind == "transposed")


def _as_change(made: Tree | Change) -> Change:
    return made if isinstance(made, Change) else Change(made)


def value_of(lines: Lines, candidate: Candidate) -> Array | None:
    """The result with a candidate's changes, or None where it does not exist or does not change."""
    try:
        return lines.changed(candidate.trees)
    except (GradwrightError, *DEFECTS):
        return None


def _mark(value: Array) -> Mark:
    """What equal values share and others hardly ever do: the shape and some entries to nine digits."""
    size = value.size
    entries = [float(value.item(at)) for at in (0, size // 2, size - 1)] if size else []
    return (value.shape, *(float(f"{entry:.8e}") for entry in entries))


def _factor(value: Array, answer: Array) -> float:
    flat = int(np.argmax(np.abs(np.where(np.isfinite(value), value, 0))))
    return float(np.asarray(answer).item(flat) / value.item(flat)) if value.item(flat) else float("nan")


def _screen(answer: Array) -> Callable[[Array], str]:
    """A quick test of one or two entries: ``same``, ``transposed``, ``multiple`` or nothing."""
    answer = np.asarray(answer)
    shape, size = answer.shape, answer.size
    finite = np.where(np.isfinite(answer), np.abs(answer), 0)
    order = np.argsort(finite, axis=None)
    one, other = int(order[-1]), int(order[-2]) if size > 1 else int(order[-1])
    first, second = float(answer.item(one)), float(answer.item(other))
    scale = max(abs(first), abs(second))
    turned = len(shape) == 2 and size > 1
    places = [tuple(int(i) for i in np.unravel_index(flat, shape)) for flat in (one, other)] if turned else []

    def test(value: Array) -> str:
        if value.shape == shape:
            a, b = value.item(one), value.item(other)
            if abs(a - first) <= _SCREEN * scale and abs(b - second) <= _SCREEN * scale:
                return "same"
            if size > 1 and a and b and abs(a * second - b * first) <= _SCREEN * abs(b * first):
                return "multiple"
        if turned and value.shape == shape[::-1]:
            a, b = (value.item(place[1], place[0]) for place in places)
            if abs(a - first) <= _SCREEN * scale and abs(b - second) <= _SCREEN * scale:
                return "transposed"
        return ""

    return test
