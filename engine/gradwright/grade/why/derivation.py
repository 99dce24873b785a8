"""Programs from derivations: the adjoints that lead from the loss to what was asked for, each a line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gradwright.derive.backprop import Draft
from gradwright.derive.derivation import Derivation, as_adjoint
from gradwright.derive.step import Adjoint
from gradwright.errors import UsageError, nearest
from gradwright.grade.why.build import total
from gradwright.grade.why.program import Line, Program
from gradwright.language.scope import Scope
from gradwright.language.tree import Formula, Tree, names
from gradwright.model.model import Model

_BACKWARD = frozenset({"chain", "lemma", "implicit"})


@dataclass(frozen=True)
class Derived:
    """A derivation as ``explain`` takes it.

    Args:
        program: The lines.
        givens: The forward formulas.
        scope: The model's declared values.
    """

    program: Program
    givens: tuple[Formula, ...]
    scope: Scope


def from_derivation(derivation: Derivation, of: str, given: Sequence[str] = ()) -> Derived:
    """The lines that lead to the derivative of the loss by one value.

    Args:
        derivation: The derived model.
        of: The value whose adjoint was asked for, such as ``W``.
        given: Adjoints that the question gives; they are not to be found, and make no lines of their own.

    Raises:
        UsageError: The value has no adjoint.
    """
    adjoints = {one.name: one for one in derivation.adjoints}
    last = next((one for one in derivation.adjoints if one.of == of), None)
    if last is None:
        known = ", ".join(one.of for one in derivation.adjoints)
        raise UsageError(
            f"{of} has no adjoint; there are those of {known}",
            hint=nearest(of, [a.of for a in adjoints.values()]),
        )
    lines = {name: _line(one, derivation) for name, one in adjoints.items()}
    needed = _needed(last.name, lines)
    kept = [lines[one.name] for one in derivation.adjoints if one.name in needed]
    whole = _timed(kept, adjoints, derivation)
    inner = tuple(line for line in whole if line.name == last.name or line.name not in given)
    first = tuple(line.formula for line in whole if line not in inner)
    return Derived(Program(inner, last.name), (*forward(derivation.model), *first), derivation.model.scope)


def forward(model: Model) -> tuple[Formula, ...]:
    """The forward definitions as formulas, each name once."""
    return tuple(definition.equation for definition in model.definitions)


def _line(adjoint: Adjoint, derivation: Derivation) -> Line:
    held = adjoint.subscript if adjoint.matrix is not None else adjoint.names
    tree = adjoint.matrix if adjoint.matrix is not None else adjoint.index
    kind = "gradient" if adjoint.of in derivation.gradients else "adjoint"
    forms = _forms(adjoint) if not held else ()
    return Line(adjoint.name, held, tree, f"{kind} of {adjoint.of}", forms, derivation.shapes[adjoint.name])


def _forms(adjoint: Adjoint) -> tuple[Tree, ...]:
    """The adjoint as the chain rule first gives it: a term a path, before facts shorten it."""
    found = []
    for step in adjoint.steps:
        if step.rule in _BACKWARD and step.downstream is not None:
            if step.downstream.names:
                return ()
            found.append(step.downstream.tree)
    return (total([(1, tree) for tree in found]),) if found else ()


def _needed(last: str, lines: Mapping[str, Line]) -> set[str]:
    found = {last}
    stack = [last]
    while stack:
        line = lines[stack.pop()]
        for tree in (line.tree, *line.forms):
            for name in names(tree) & lines.keys():
                if name not in found:
                    found.add(name)
                    stack.append(name)
    return found


def _timed(lines: Sequence[Line], adjoints: Mapping[str, Adjoint], derivation: Derivation) -> list[Line]:
    """The lines with those of a recurrence written for one time: ``df[t] = c[t-1]*dc[t]``."""
    by_name = {line.name: line for line in lines}
    reach = {line.name: _reached(line.name, by_name) for line in lines}
    if not any(line.indices and line.name in reach[line.name] for line in lines):
        return list(lines)
    return [
        _at_one_time(adjoints[line.name], derivation)
        if line.name in reach[line.name] and not line.indices
        else line
        for line in lines
    ]


def _at_one_time(adjoint: Adjoint, derivation: Derivation) -> Line:
    """An adjoint of a recurrence whose formula for all times reads shorter, as ``dx = da @ W.T`` does."""
    draft = Draft(adjoint.of, adjoint.name, adjoint.tensor, ())
    shapes = {one.name: one.tensor.shape for one in derivation.adjoints}
    return _line(as_adjoint(draft, derivation.model, derivation.knowledge, shapes, fewest=1), derivation)


def _reached(name: str, lines: Mapping[str, Line]) -> set[str]:
    found: set[str] = set()
    stack = [name]
    while stack:
        for one in names(lines[stack.pop()].tree) & lines.keys():
            if one not in found:
                found.add(one)
                stack.append(one)
    return found
