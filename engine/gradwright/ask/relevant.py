"""The part of a model that a question shows: all of a small one, of a large one what the answer needs."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from gradwright.ask.part import guarded
from gradwright.ask.subject import Subject
from gradwright.language.tree import Formula, Tree, names
from gradwright.model.model import Definition

WHOLE = 14
"""A model of more formulas than this is shown in part."""


@dataclass(frozen=True)
class Relevant:
    """What is shown of a model.

    Args:
        formulas: The formulas, in the model's order.
        names: The values that they define or read, by their names in the model; None where all are shown.
    """

    about: Subject
    formulas: tuple[Formula, ...]
    names: frozenset[str] | None = None

    @property
    def is_part(self) -> bool:
        """Whether formulas of the model are left out."""
        return self.names is not None

    @property
    def definitions(self) -> tuple[Definition, ...]:
        """The named values of these formulas, those inside a layer too."""
        lines = {formula.line for formula in self.formulas}
        return tuple(d for d in self.about.model.definitions if not self.is_part or d.formula.line in lines)

    @property
    def values(self) -> frozenset[str]:
        """The values that an answer may name, by their names in the model."""
        if self.names is None:
            return frozenset(self.about.shapes)
        return self.names | {definition.name for definition in self.definitions}

    def domain(self) -> Mapping[str, str]:
        """What is known of values that no shown formula defines, in the student's letters."""
        if self.names is None:
            return self.about.domain()
        defined = {definition.name for definition in self.definitions}
        known = {
            name: guarded(self.about.shapes[name], name, self.formulas).domain
            for name in self.names - defined
        }
        return {self.about.name(name): domain for name, domain in known.items() if domain != "real"}


def relevant(about: Subject, changed: Collection[str], answer: Tree) -> Relevant:
    """What a question has to show.

    Args:
        about: The model.
        changed: The values whose adjoints are found on the way to the answer: each formula that reads one of
            them is a step of the chain rule.
        answer: The answer, in the model's letters; the values in it are shown, too.
    """
    model = about.model
    if len(model.formulas) <= WHOLE:
        return Relevant(about, model.formulas)
    lines = {d.formula.line for d in model.definitions if names(d.tree) & set(changed)}
    inner = {d.name: d.formula.line for d in model.definitions if not d.written}
    lines |= {inner[name] for name in names(answer) if name in inner}
    shown = tuple(formula for formula in model.formulas if formula.line in lines)
    return Relevant(about, shown, _used(shown, answer, about.shapes) - inner.keys())


def _used(formulas: Iterable[Formula], answer: Tree, known: Collection[str]) -> frozenset[str]:
    found = {formula.target for formula in formulas} | names(answer)
    for formula in formulas:
        found |= names(formula.body)
    return frozenset(found & set(known))
