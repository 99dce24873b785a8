"""Of several explanations the one that is told: the simplest, the likeliest, the nearest to the result."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gradwright.grade.finding import Finding
from gradwright.grade.why.candidate import Candidate, Found, is_forward, named
from gradwright.grade.why.facts import factor_finding
from gradwright.grade.why.linear import Multiple, multiple
from gradwright.grade.why.points import Place
from gradwright.grade.why.program import Program
from gradwright.grade.why.rule import Change, MalRule
from gradwright.grade.why.search import Search
from gradwright.grade.why.where import place_of, shown
from gradwright.language.tree import Binary, Tree

_FORWARD = 0.94
"""A mistake in a forward formula that is given is less likely than one in the derivation."""
_VAGUE = 0.85
"""That one part is wrong says little."""
_ANYTHING = frozenset({"part", "part-for-value"})
"""Mistakes that leave open what stands in a place: what is wrong besides cannot be told from it."""
_MOST = 2
_EXCHANGED = frozenset({"value-other", "value-one", "function-other"})


@dataclass(frozen=True)
class Explanation:
    """An explanation and what it costs."""

    found: Found
    search: Search
    rules: tuple[tuple[MalRule, Change, Candidate], ...]
    factor: Multiple | None

    @property
    def weight(self) -> float:
        """How likely its mistakes are."""
        weights = [
            rule.weight
            * (_FORWARD if is_forward(at.line) else 1)
            * (_VAGUE if self._key(rule) == "part" else 1)
            for rule, _, at in self.rules
        ]
        return sum(weights) / len(weights)

    @property
    def count(self) -> int:
        """How many mistakes it takes; the same one twice counts once."""
        return len({self._key(rule) for rule, _, _ in self.rules}) + bool(self.factor) + self.found.transposed

    def _key(self, rule: MalRule) -> str:
        return (rule.undone or rule.key) if self.search.sight.repair else rule.key

    def findings(self) -> tuple[Finding, ...]:
        """What is told: a finding a mistake, each mistake at a step once."""
        sight = self.search.sight
        told: dict[tuple[str, str], Finding] = {}
        for rule, change, at in self.rules:
            key = f"mistake.{self._key(rule)}"
            values = {"step": at.line.step, "place": self._place(change, at), **change.values}
            told.setdefault((key, at.line.step), Finding(key, values))
        step = {"step": sight.program.line(sight.program.result).step}
        found = list(told.values())
        if self.found.transposed:
            found.append(Finding("mistake.transposed", step))
        if self.factor is not None:
            # The answer lacks what it must be multiplied with when it is mended.
            factor = self.factor.inverse if sight.repair else self.factor
            right = Program.of(sight.answer) if sight.repair else sight.program
            found.append(factor_finding(factor, right, step))
        return tuple(found)

    @property
    def is_vague(self) -> bool:
        """Whether its mistakes are not two: the second may be in the part that is merely wrong.

        Or the second one puts another value into what the first one made, so that both together may make
        anything.
        """
        if self.count > 1 and self.is_part:
            return True
        last = self.found.candidate
        if last.first is None or all(self._key(rule) not in _EXCHANGED for rule, _, _ in self.rules):
            return False
        made = last.first.move.tree
        return last.node is made or any(above is made for above, _place in last.ancestors)

    @property
    def is_part(self) -> bool:
        """Whether it is only told that a part is wrong."""
        return any(self._key(rule) in _ANYTHING for rule, _, _ in self.rules)

    def _place(self, change: Change, at: Candidate) -> str:
        if self.search.sight.repair:
            return shown(at.node, self.search.sight.program.line(at.line.name).tree)
        return place_of(self.search.sight.answer, _shown(change, at, self.search), self.search.places)


def _shown(change: Change, at: Candidate, search: Search) -> list[Tree]:
    """What to look for in the answer: the changed part; where a term is lost, the whole sum that is left."""
    tree, above = change.tree, list(at.ancestors)
    if not (isinstance(at.node, Binary) and at.node.operator in "+-"):
        return [tree]
    while above and isinstance(above[-1][0], Binary) and above[-1][0].operator in "+-":
        tree = search.sight.store.plug((above.pop(),), tree)
    return [tree]


def ranked(found: Sequence[tuple[Search, Found]]) -> list[Explanation]:
    """The explanations that have a name, the best one first."""
    made = [one for one in _explanations(found) if one.count <= _MOST and not one.is_vague]
    order = sorted(range(len(made)), key=lambda at: (made[at].count, -made[at].weight, at))
    return [made[at] for at in order]


def _explanations(found: Sequence[tuple[Search, Found]]) -> Iterator[Explanation]:
    for search, one in found:
        factor = multiple(one.multiple, _sizes(search.places)) if one.multiple else None
        if one.multiple and factor is None:
            continue
        rules = tuple(named(made, search.sight) for made in changes_of(one.candidate))
        yield Explanation(one, search, rules, factor)


def _sizes(places: Sequence[Place]) -> list[dict[str, int]]:
    return [dict(place.bench.sizes) for place in places]


def changes_of(last: Candidate) -> list[Candidate]:
    """The changes of an explanation, the first one first."""
    return [last] if last.first is None else [*changes_of(last.first), last]
