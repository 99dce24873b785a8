"""Two sums of as many terms: each wrong term explained by itself, however many there are."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations

import numpy as np

from gradwright.errors import GradwrightError
from gradwright.grade.finding import Finding
from gradwright.grade.why.bench import Array, lengths
from gradwright.grade.why.build import summands
from gradwright.grade.why.closeness import close
from gradwright.grade.why.gathered import gathered
from gradwright.grade.why.lines import Lines
from gradwright.grade.why.points import Place
from gradwright.grade.why.program import Line, Program
from gradwright.grade.why.ranking import Explanation, ranked
from gradwright.grade.why.rule import Sight
from gradwright.grade.why.search import Search
from gradwright.grade.why.setting import Setting
from gradwright.language.tree import Negate, Tree
from gradwright.model.sort import Group

_TERM = "term"
_MOST = 3


class Termwise:
    """The terms of the right sum and of the answer's.

    Args:
        known: The question.
        places: The points.
        answer: The student's tree.
        free: Its free indices.
        deadline: When time is up.
    """

    def __init__(
        self, known: Setting, places: Sequence[Place], answer: Tree, free: tuple[str, ...], deadline: float
    ) -> None:
        self._known = known
        self._places = places
        self._answer = answer
        self._free = free
        self._deadline = deadline
        self._line = known.program.line(known.program.result)

    def findings(self) -> tuple[Finding, ...]:
        """The mistakes of all wrong terms, if each of them has one."""
        right, mine = _terms(self._line.tree), _terms(self._answer)
        if len(right) != len(mine) or len(right) < 2:
            return ()
        try:
            right, mine = self._unmatched(right, mine)
        except GradwrightError:
            return ()
        if not 0 < len(right) <= _MOST:
            return ()
        best: list[Explanation] = []
        for order in permutations(mine):
            found = [self._explained(one, other) for one, other in zip(right, order, strict=True)]
            whole = [one for one in found if one is not None]
            if len(whole) == len(found) and (not best or _weight(whole) > _weight(best)):
                best = whole
        told = {(one.key, one.values["place"]): one for found_ in best for one in found_.findings()}
        return tuple(told.values())

    def _unmatched(self, right: list[Tree], mine: list[Tree]) -> tuple[list[Tree], list[Tree]]:
        """The terms of both that have no equal one on the other side."""
        ours, theirs = ([self._values(tree) for tree in terms] for terms in (right, mine))
        left, rest = list(range(len(right))), []
        for place, values in enumerate(theirs):
            match = next((at for at in left if _same(ours[at], values)), None)
            if match is None:
                rest.append(mine[place])
            else:
                left.remove(match)
        return [right[at] for at in left], rest

    def _values(self, tree: Tree) -> list[Array]:
        return [
            np.asarray(p.bench.stacked(self._known.store.intern(tree), self._free, p.reference.shape))
            for p in self._places
        ]

    def _explained(self, right: Tree, mine: Tree) -> Explanation | None:
        """The likeliest single change that makes one term of another."""
        tree = self._known.store.intern(right)
        line = Line(_TERM, self._line.indices, tree, self._line.step)
        group = Group((line.formula,))
        values = self._values(mine)
        try:
            places = [
                Place(
                    p.bench, lines := Lines(p.bench, [group], _TERM, extents), np.asarray(lines.value), value
                )
                for p, value in zip(self._places, values, strict=True)
                for extents in [{_TERM: lengths(tree, self._line.indices, p.reference.shape)}]
            ]
        except GradwrightError:
            return None
        program = Program((line,), _TERM)
        sight = Sight(places[0].bench, program, self._answer, self._known.scope, lines=self._known.all)
        search = Search(places, sight, self._deadline)
        forms = Line(_TERM, line.indices, tree, line.step, tuple(gathered(tree, sight)))
        found = [(search, one) for one in search.matches(search.singles([forms]))]
        best = [one for one in ranked(found) if one.count == 1]
        return best[0] if best else None


def _terms(tree: Tree) -> list[Tree]:
    return [Negate(term) if sign < 0 else term for sign, term in summands(tree)]


def _same(left: list[Array], right: list[Array]) -> bool:
    return all(close(one, other) for one, other in zip(left, right, strict=True))


def _weight(found: Sequence[Explanation]) -> float:
    return sum(one.weight for one in found)
