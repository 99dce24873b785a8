"""The adjoint that a question asks for: what its answer may use, the reference, and the lines to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from gradwright.ask.question import Request
from gradwright.ask.relevant import Relevant, relevant
from gradwright.ask.subject import Subject
from gradwright.derive.between import Between
from gradwright.derive.step import Adjoint
from gradwright.document.writing import placed
from gradwright.errors import ModelError
from gradwright.grade.key import Expected, Written
from gradwright.language.free import places_alone
from gradwright.language.text import to_text
from gradwright.language.tree import Binary, Item, Name, Number, Tree, names
from gradwright.language.weight import length

_LONGEST = 80
"""Tokens of a formula of a given adjoint that an answer may put in."""


@dataclass(frozen=True)
class Target:
    """An adjoint that is asked, in a student's letters.

    Args:
        about: The model and the letters.
        value: The value whose adjoint is asked, by its name in the model.
        way: How it follows from what is given.
        closed: A closed form that uses no adjoint at all, where there is one.
        shown: What the question shows of the model.
        steps: Whether the answer may be a chain of lines.
    """

    about: Subject
    value: str
    way: Between
    shown: Relevant
    closed: Tree | None = None
    steps: bool = False

    @property
    def name(self) -> str:
        """The asked adjoint's name."""
        return self.about.name(self.way.asked.name)

    @property
    def given(self) -> tuple[str, ...]:
        """The names of the adjoints that the question gives."""
        return () if self.closed is not None else tuple(map(self.about.name, self.way.given))

    @property
    def result(self) -> tuple[Tree, Tree]:
        """Both sides of the right answer."""
        if self.closed is not None:
            return placed(self.name, ()), self.about.tree(self.closed)
        return self.sides(self.way.asked)

    @property
    def lines(self) -> tuple[tuple[Tree, Tree], ...]:
        """Both sides of each line from what is given down to what is asked."""
        return tuple(map(self.sides, self.way.lines))

    def sides(self, adjoint: Adjoint) -> tuple[Tree, Tree]:
        """Both sides of an adjoint's formula: in matrix notation, else in index notation."""
        held = adjoint.subscript if adjoint.matrix is not None else adjoint.names
        right = adjoint.matrix if adjoint.matrix is not None else adjoint.index
        return placed(self.about.name(adjoint.name), held), self.about.tree(right)

    def expected(self) -> Expected:
        """The key: the reference and what is needed to judge and to explain."""
        left, right = self.result
        reference = to_text(right) if to_text(left) == self.name else f"{to_text(left)} = {to_text(right)}"
        tied = self.given and not self.shown.is_part
        return Expected(
            "formula",
            reference,
            self._vars(),
            self.shown.domain(),
            self.about.definitions(self.shown.definitions),
            self.about.name(self.value),
            asked=self.name,
            given=self.given,
            lines=tuple(self._written(adjoint) for adjoint in self.way.lines),
            above=tuple(map(self._anchored, self._above())) if tied else (),
            steps=self.steps,
        )

    def _above(self) -> list[Adjoint]:
        """What a student may put in for given adjoints: nobody types a formula that is very long."""
        adjoints = self.about.derivation.adjoint_names
        known = {*self.way.given, self.way.asked.name}
        kept: list[Adjoint] = []
        for adjoint in self.way.above:
            tree = adjoint.matrix if adjoint.matrix is not None else adjoint.index
            if length(tree) <= _LONGEST:
                kept.append(adjoint)
        while lost := [one for one in kept if not _needs(one, adjoints) <= known | {a.name for a in kept}]:
            kept = [one for one in kept if one not in lost]
        return kept

    def _anchored(self, adjoint: Adjoint) -> str:
        """An adjoint's formula, its indices said where one subscripts nothing, or not alone."""
        left, right = self.sides(adjoint)
        indices = (
            {part.name for part in left.selectors if isinstance(part, Name)}
            if isinstance(left, Item)
            else set()
        )
        if isinstance(left, Item) and not indices <= places_alone(right):
            value = Item(Name(self.about.name(adjoint.of)), left.selectors)
            right = Binary("+", right, Binary("*", Number(Fraction(0)), value))
        return f"{to_text(left)} = {to_text(right)}"

    def _vars(self) -> dict[str, tuple[str, ...]]:
        """The shapes of what an answer may name, of the value asked about, and of the given adjoints."""
        about = self.about
        shown = {about.name(name) for name in self.shown.values | {self.value}}
        vars = {name: shape for name, shape in about.vars().items() if name in shown}
        for adjoint in about.derivation.adjoints:
            if about.name(adjoint.name) in self.given:
                vars[about.name(adjoint.name)] = tuple(str(extent) for extent in adjoint.tensor.shape)
        return vars

    def _written(self, adjoint: Adjoint) -> Written:
        left, right = self.sides(adjoint)
        kind = "gradient" if adjoint.of in self.about.derivation.gradients else "adjoint"
        return Written(f"{to_text(left)} = {to_text(right)}", f"{kind} of {self.about.name(adjoint.of)}")


def _needs(adjoint: Adjoint, adjoints: frozenset[str]) -> set[str]:
    """The adjoints that an adjoint's formula names."""
    return names(adjoint.matrix if adjoint.matrix is not None else adjoint.index) & adjoints


def target(request: Request, about: Subject, value: str) -> Target:
    """What is asked of a value: in forward values alone where that can be, else in given adjoints.

    Raises:
        ModelError: The option ``given`` names no adjoint, or does not suffice.
    """
    steps = request.options.get("steps", False) is True
    closed = None
    if "given" in request.options:
        way = about.way(value, _given(request, about))
    else:
        closed = closed_form(about, value)
        way = about.way(value) if closed is None else about.way(value, ())
    answer = (
        closed
        if closed is not None
        else way.asked.matrix
        if way.asked.matrix is not None
        else way.asked.index
    )
    return Target(about, value, way, relevant(about, [line.of for line in way.lines], answer), closed, steps)


def closed_form(about: Subject, value: str) -> Tree | None:
    """The closed form of a gradient that uses no adjoint at all, if there is one."""
    gradient = about.derivation.gradients.get(value)
    if gradient is None or gradient.matrix is None:
        return None
    return None if names(gradient.matrix) & about.derivation.adjoint_names else gradient.matrix


def answers(about: Subject, values: Sequence[str]) -> list[tuple[str, Tree]]:
    """What would be answered if the adjoint of one of these values were asked, in what one step needs."""
    found = {adjoint.of: adjoint for adjoint in about.derivation.adjoints}
    pairs = []
    for value in (value for value in values if value in found):
        own, closed = found[value], closed_form(about, value)
        last = own.matrix if own.matrix is not None else own.index
        pairs.append((value, closed if closed is not None else last))
    return pairs


def _given(request: Request, about: Subject) -> tuple[str, ...]:
    listed = request.options["given"]
    wanted = [listed] if isinstance(listed, str) else [str(name) for name in listed]
    for name in wanted:
        if name not in about.derivation.adjoint_of:
            known = ", ".join(about.derivation.adjoint_of)
            raise ModelError(f"{request.label}: given is {name}, but {request.model} has adjoints of {known}")
    return tuple(wanted)
