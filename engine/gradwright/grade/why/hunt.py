"""The searches for one answer, from the likeliest on: one change, functions opened, two, a part."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from gradwright.errors import GradwrightError
from gradwright.grade.finding import Finding
from gradwright.grade.why.bench import lengths
from gradwright.grade.why.candidate import Candidate, Found, named
from gradwright.grade.why.closeness import close
from gradwright.grade.why.gathered import gathered
from gradwright.grade.why.joined import joined
from gradwright.grade.why.lines import Lines
from gradwright.grade.why.opened import opened
from gradwright.grade.why.part import other_parts
from gradwright.grade.why.points import Place
from gradwright.grade.why.program import Line, Program
from gradwright.grade.why.ranking import Explanation, ranked
from gradwright.grade.why.rule import Sight
from gradwright.grade.why.search import Search, value_of
from gradwright.grade.why.setting import Setting
from gradwright.grade.why.termwise import Termwise
from gradwright.language.tree import Tree
from gradwright.model.sort import Group

_LIKELY = 0.92
"""An explanation less likely than this is only told where mending the answer gives no likelier one."""
_SURE = 0.99
"""With one at least as likely as this the lines further from the result are left alone."""
_MINE = "your answer"
_COMMON = 0.95
"""Only changes that are at least as likely are paired."""
_PATIENCE = 3
_BRIEFLY = 0.5
"""Seconds for pairs of changes."""


class Hunt:
    """The searches for one answer.

    Args:
        known: The question.
        places: The points, with the values that differ.
        answer: The student's tree.
        free: Its free indices.
        deadline: When time is up.
    """

    def __init__(
        self,
        known: Setting,
        places: Sequence[Place],
        answer: Tree,
        free: tuple[str, ...],
        deadline: float,
    ) -> None:
        self._known = known
        self._places = places
        self._answer = answer
        self._free = free
        self._deadline = deadline
        sight = Sight(places[0].bench, known.program, answer, known.scope, lines=known.all)
        self._right = Search(places, sight, deadline)
        self._lines = tuple(
            replace(line, forms=(*line.forms, *gathered(line.tree, sight)))
            for line in reversed(known.program.lines)
        )
        self._mine: Search | None = None
        self._single: Explanation | None = None

    def likely(self) -> tuple[Finding, ...]:
        """One likely change of the right formula, or one that mends the answer."""
        found: list[tuple[Search, Found]] = []
        best: list[Explanation] = []
        for line in self._lines:
            found += self._matched(self._right, self._right.singles([line]))
            best = ranked(found)
            if best and _is_likely(best[0], _SURE):
                break
        mine = None if best and _is_likely(best[0]) else self._mending()
        if mine is not None:
            found += self._matched(mine, mine.singles(mine.sight.program.lines))
            best = ranked(found)
        self._single = best[0] if best else None
        return best[0].findings() if best and _is_likely(best[0]) else ()

    def unlikely(self) -> tuple[Finding, ...]:
        """The best single change that was found, likely or not."""
        return self._single.findings() if self._single is not None else ()

    def opened(self) -> tuple[Finding, ...]:
        """One change where functions are written out."""
        lines = [
            replace(line, tree=tree) for line in self._lines for tree in opened(line.tree, self._right.sight)
        ]
        best = ranked(self._matched(self._right, self._right.singles(lines)))
        if not best:
            mine = self._mending()
            if mine is not None:
                lines = [
                    replace(line, tree=tree)
                    for line in mine.sight.program.lines
                    for tree in opened(line.tree, mine.sight)
                ]
                best = ranked(self._matched(mine, mine.singles(lines)))
        return best[0].findings() if best else ()

    def termwise(self) -> tuple[Finding, ...]:
        """A change of each wrong term of a sum."""
        return Termwise(self._known, self._places, self._answer, self._free, self._deadline).findings()

    def joined(self) -> tuple[Finding, ...]:
        """A change of the right formula and one of the answer that meet."""
        mine = self._mending()
        return joined(self._right, mine) if mine is not None else ()

    def two(self) -> tuple[Finding, ...]:
        """Two changes, the likeliest first ones first, until some are found or time is up."""
        best: list[Explanation] = []
        first = sorted(
            Search(self._places, self._right.sight, self._deadline).singles(self._lines, None, _COMMON),
            key=lambda one: -named(one, self._right.sight)[0].weight,
        )
        patience = _PATIENCE
        until = time.monotonic() + _BRIEFLY
        for one in first:
            if self._right.late or time.monotonic() > until or (best and not patience):
                break
            patience -= bool(best)
            if not self._shows(one):
                continue
            lines = [replace(line, tree=one.trees.get(line.name, line.tree)) for line in self._lines]
            best += ranked(self._matched(self._right, self._right.singles(lines, one, _COMMON)))
        best.sort(key=lambda explanation: (explanation.count, -explanation.weight))
        return best[0].findings() if best else ()

    def _shows(self, one: Candidate) -> bool:
        """Whether a change leaves a value of its own, so that a second one changes this and no other."""
        value = value_of(self._places[0].lines, one)
        if value is None or not np.any(value):
            return False
        return not close(np.asarray(value), self._places[0].reference)

    def parts(self) -> tuple[Finding, ...]:
        """One part of the right formula replaced by one of the answer's."""
        made = other_parts(self._right, self._lines)
        best = [one for one in ranked(self._matched(self._right, made)) if one.count == 1]
        return best[0].findings() if best else ()

    def _matched(self, search: Search, candidates: Iterator[Candidate]) -> list[tuple[Search, Found]]:
        return [(search, found) for found in search.matches(candidates)]

    def _mending(self) -> Search | None:
        """The search for a change of the student's formula that makes it right."""
        if self._mine is None:
            line = Line(_MINE, self._free, self._answer)
            program = Program((line,), _MINE)
            group = Group((line.formula,))
            try:
                places = [
                    Place(p.bench, Lines(p.bench, [group], _MINE, extents), p.answer, p.reference)
                    for p in self._places
                    for extents in [{_MINE: lengths(self._answer, self._free, p.reference.shape)}]
                ]
            except GradwrightError:
                return None
            right = self._known.program.line(self._known.program.result).tree
            sight = Sight(places[0].bench, program, right, self._known.scope, True, self._known.all)
            self._mine = Search(places, sight, self._deadline)
        return self._mine


def _is_likely(explanation: Explanation, weight: float = _LIKELY) -> bool:
    return explanation.count == 1 and explanation.weight >= weight
