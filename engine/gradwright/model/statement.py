"""A statement as data: what is given, what is known of random values, and what is claimed or asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from gradwright.errors import ModelError, Place
from gradwright.language.parse import parse
from gradwright.language.scope import Composite, ReadError, Scope
from gradwright.language.tree import Formula, Name, Tree
from gradwright.model.source import Source
from gradwright.tensor.nodes import Assignment

_OF_ITS_SHAPE = (Formula("y", (), Name("x")),)
MOMENTS: Mapping[str, Composite] = {
    "E": Composite("E", ("x",), _OF_ITS_SHAPE, latex=r"\mathbb{E}"),
    "Var": Composite("Var", ("x",), _OF_ITS_SHAPE, latex=r"\operatorname{Var}"),
}
"""The expectation and the variance as a claim writes them; their formulas tell their shape alone."""


@dataclass(frozen=True)
class Law:
    """What is known of a random value; all values are independent of one another.

    Args:
        mean: The expectation of each entry, or None where it is not known.
        variance: The variance of each entry, or None.
        symmetric: Whether ``x`` and ``-x`` have the same distribution.
        independent: Whether the entries are independent of one another.
    """

    mean: Tree | None = None
    variance: Tree | None = None
    symmetric: bool = False
    independent: bool = True


@dataclass(frozen=True)
class Recurrence:
    """Values that are made anew in every step of their own last value, as an optimizer does.

    Args:
        counter: The name of the number of steps done.
        start: The value before the first step, by name.
        formulas: One for each name; the name on the right is the value before the step.
    """

    counter: str
    start: Mapping[str, Fraction]
    formulas: tuple[Formula, ...]


@dataclass(frozen=True)
class Points:
    """Points with two classes: one row a point; ``classes`` holds 0 or 1 for each."""

    inputs: tuple[str, ...]
    label: str
    rows: tuple[tuple[Fraction, ...], ...]
    classes: tuple[int, ...]


@dataclass(frozen=True)
class Claim:
    """One claim or question.

    Args:
        kind: The key that says what is to be done, such as ``show``.
        table: All its keys.
        number: Its place among the claims, from 0.
    """

    kind: str
    table: Mapping[str, Any]
    number: int

    @property
    def title(self) -> Mapping[str, str]:
        """Its title in each language; empty if it has none."""
        title = self.table.get("title", {})
        return title if isinstance(title, Mapping) else {}


@dataclass(frozen=True)
class Statement:
    """A statement of the catalogue or of a user.

    Args:
        axes: The letter of each axis and what it counts.
        scope: Every value, defined ones included, and the functions in reach.
        given: The names of the values that the file declares, random ones included.
        laws: What is known of each random value.
        definitions: The formulas, lowered, in an order in which each uses only earlier ones.
        source: The file, for messages.
    """

    name: str
    title: Mapping[str, str]
    axes: Mapping[str, str]
    scope: Scope
    given: tuple[str, ...]
    laws: Mapping[str, Law]
    formulas: tuple[Formula, ...]
    definitions: tuple[Assignment, ...]
    claims: tuple[Claim, ...]
    source: Source
    recurrence: Recurrence | None = None
    points: Points | None = None
    functions: frozenset[str] = field(default=frozenset())

    def read(self, text: str, claim: Claim, key: str) -> Tree:
        """The tree of an expression in a claim.

        Raises:
            ModelError: It can't be read; the message shows the place.
        """
        try:
            return parse(text, self.functions)
        except ReadError as error:
            raise self.misread(error, text, claim, key) from None

    def misread(self, error: ReadError, text: str, claim: Claim, key: str) -> ModelError:
        """The author's error for a text of a claim."""
        place = self.place(claim, key)
        line = place.line if place is not None else None
        return ModelError(error.message, Place(text, *error.span, self.source.name, line), error.hint)

    def place(self, claim: Claim, key: str = "") -> Place | None:
        """Where a claim, or one of its keys, is written."""
        return claim_place(self.source, claim.number, key)


def claim_place(source: Source, number: int, key: str = "") -> Place | None:
    """The place of the claim of that number, or of a key of it, in its file."""
    parts = source.text.split("[[claims]]")
    if number + 1 >= len(parts):
        return None
    start = len("[[claims]]".join(parts[: number + 1]))
    end = start + len("[[claims]]")
    found = -1
    offset = end
    for line in parts[number + 1].split("\n") if key else ():
        if line.partition("=")[0].strip() == key:
            found = offset + line.index(key)
            break
        offset += len(line) + 1
    if found >= 0:
        start, end = found, found + len(key)
    return Place(source.text, start, end, source.name, source.text.count("\n", 0, start) + 1)
