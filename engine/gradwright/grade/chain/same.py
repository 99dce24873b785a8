"""Are two formulas the same value? Asked of the judge, with just the definitions that the two need."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace

from gradwright.grade.chain.reference import Reference, closure
from gradwright.grade.judge import Verdict, check
from gradwright.language.scope import Value
from gradwright.language.tree import Formula, Name, Tree, names

_PLAIN = re.compile(r"[^\W\d]\w*|\d+")
_SIDES = ("reference″", "answer″")
_LONGEST = 8.0
DEFECTS = (ArithmeticError, ValueError, TypeError, LookupError, AttributeError, RecursionError, MemoryError)
"""What may come of a text that no one thought of: the line goes to a person, and the others are judged."""


@dataclass(frozen=True)
class Judge:
    """The judge as the lines of a chain ask it.

    Args:
        reference: The reference.
        domain: What is known of the declared values' entries.
        language: The language of what it says.
        seed: Fixes the random points.
        deadline: When the whole chain's time is up.
    """

    reference: Reference
    domain: Mapping[str, str]
    language: str
    seed: int
    deadline: float

    @property
    def left(self) -> float:
        """The seconds that are left."""
        return max(0.0, self.deadline - time.monotonic())

    def tied(self, right: Formula, got: Formula, definitions: Mapping[str, Formula]) -> Verdict:
        """Compare two formulas whose names stand for the definitions."""
        return self._compare(right, got, definitions, self.reference.values, self.domain)

    def local(self, right: Formula, got: Formula, helpers: Mapping[str, Formula]) -> Verdict:
        """Compare two formulas whatever the computed values are; *equal* then holds in every world."""
        values = {name: value for name, value in self.reference.scope.values.items() if name not in helpers}
        used = closure(
            {name: names(one.body) for name, one in helpers.items()}, names(right.body) | names(got.body)
        )
        if not all(_plain(value) for name, value in values.items() if name in used):
            return Verdict("undecided")
        kept = {name: value for name, value in values.items() if name in used or _plain(value)}
        domain = {name: word for name, word in self.domain.items() if name in self.reference.values}
        return self._compare(right, got, helpers, kept, domain)

    def _compare(
        self,
        right: Formula,
        got: Formula,
        definitions: Mapping[str, Formula],
        values: Mapping[str, Value],
        domain: Mapping[str, str],
    ) -> Verdict:
        if self.left <= 0:
            return Verdict("undecided", "", "")
        sides: list[Tree] = []
        known = dict(definitions)
        for name, formula in zip(_SIDES, (right, got), strict=True):
            if formula.indices:
                known[name] = replace(formula, target=name)
            sides.append(Name(name) if formula.indices else formula.body)
        reads = {name: names(formula.body) for name, formula in known.items()}
        needed = closure(reads, names(sides[0]) | names(sides[1]))
        kept = tuple(formula for name, formula in known.items() if name in needed)
        shapes = {name: [str(extent) for extent in value.shape] for name, value in values.items()}
        return check(
            sides[0],
            sides[1],
            shapes,
            domain,
            self.reference.composites,
            self.seed,
            seconds=min(_LONGEST, self.left),
            definitions=kept,
            language=self.language,
        )


def _plain(value: Value) -> bool:
    """Whether every axis is a letter or a number, as a declaration has it."""
    return all(_PLAIN.fullmatch(str(extent)) for extent in value.shape)
