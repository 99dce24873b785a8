"""Programs from derivations: the adjoints that lead from the loss to what was asked for, each a line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from gradwright.derive.derivation import Derivation
from gradwright.derive.step import Adjoint
from gradwright.errors import UsageError, nearest
from gradwright.execute.intime import in_time
from gradwright.grade.why.build import total
from gradwright.grade.why.program import Line, Program
from gradwright.language.scope import ReadError, Scope
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
    whole = _timed(kept, derivation)
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


def _timed(lines: Sequence[Line], derivation: Derivation) -> list[Line]:
    """The lines with those of a recurrence written for one time: ``df[t] = c[t-1]*dc[t]``."""
    formulas = [line.formula for line in lines]
    try:
        timed = in_time(formulas, derivation.shapes, derivation.model.composites)
    except ReadError:  # the lines are no program then, which is said where they are carried out
        return list(lines)
    return [
        line
        if formula.indices == line.indices
        else replace(line, indices=formula.indices, tree=formula.body, forms=())
        for line, formula in zip(lines, timed, strict=True)
    ]
