"""The first part of a proof's page: axes, values and what is known of them, formulas, recurrences."""

from __future__ import annotations

from gradwright.document.blocks import Block, Equation, Row, Table, Text
from gradwright.document.notation import shape_math, size_math
from gradwright.document.proof_notation import ProofNotation, number
from gradwright.document.writing import joined, placed
from gradwright.language.tree import Formula
from gradwright.messages import Line, Math, Messages
from gradwright.model.statement import Law, Recurrence, Statement


def given_blocks(statement: Statement, notation: ProofNotation, say: Messages) -> list[Block]:
    """The section of what is given; empty where nothing is."""
    blocks: list[Block] = []
    if statement.axes:
        blocks.append(Text(say.line("proof.axes", axes=_axes(statement, say))))
    if statement.given:
        heading = tuple((say.raw(key),) for key in ("word.name", "word.shape", "proof.known"))
        rows = tuple(_row(statement, notation, say, name) for name in statement.given)
        blocks += [Text(say.line("proof.values")), Table(heading, rows)]
    if len(statement.laws) > 1:
        blocks.append(Text(say.line("proof.independent")))
    if statement.formulas:
        shown = tuple(_formula(statement, notation, say, formula) for formula in statement.formulas)
        blocks += [Text(say.line("proof.formulas")), Equation(shown)]
    if statement.recurrence is not None:
        blocks += _recurrence(statement.recurrence, notation, say)
    return [Text(say.line("proof.given"), "section"), *blocks] if blocks else []


def _axes(statement: Statement, say: Messages) -> Line:
    lines = []
    for letter, meaning in statement.axes.items():
        key = f"axis.{meaning}"
        meant = say.raw(key) if say.has(key) else meaning
        lines.append(say.line("page.axis", letter=size_math(letter), meaning=meant))
    return joined(lines)


def _row(statement: Statement, notation: ProofNotation, say: Messages, name: str) -> tuple[Line, ...]:
    value = statement.scope.values[name]
    known: list[Line] = []
    if name in statement.laws:
        known = _law(statement, notation, say, name, statement.laws[name])
    if value.domain != "real":
        known.append(
            say.line(f"domain.{value.domain}") if say.has(f"domain.{value.domain}") else (value.domain,)
        )
    shape = shape_math(value.shape, say.raw("word.scalar"))
    return (notation.notation.value(name),), shape, joined(known)


def _law(statement: Statement, notation: ProofNotation, say: Messages, name: str, law: Law) -> list[Line]:
    """What is known of a random value, a phrase each."""
    known = [say.line("proof.random")]
    for key, tree in (("mean-of", law.mean), ("variance-of", law.variance)):
        if tree is not None:
            known.append(say.line(f"proof.{key}", value=notation.notation.math(tree)))
    if law.symmetric:
        known.append(say.line("proof.symmetric", value=notation.notation.value(name)))
    if statement.scope.values[name].shape:
        word = "entries-independent" if law.independent else "entries-dependent"
        known.append(say.line(f"proof.{word}"))
    elif statement.recurrence is not None:
        word = "each-step-independent" if law.independent else "each-step"
        known.append(say.line(f"proof.{word}"))
    return known


def _formula(statement: Statement, notation: ProofNotation, say: Messages, formula: Formula) -> Row:
    left = notation.notation.math(placed(formula.target, formula.indices))
    remark = shape_math(statement.scope.values[formula.target].shape, say.raw("word.scalar"))[0]
    shown = remark if isinstance(remark, Math) else Math(f"\\text{{{remark}}}", str(remark))
    return Row(left, notation.notation.math(formula.body), remark=shown)


def _recurrence(recurrence: Recurrence, notation: ProofNotation, say: Messages) -> list[Block]:
    """The start and the formulas, with the number of the step as a subscript."""
    start = joined(
        [
            say.line("proof.start-value", value=notation.notation.value(name), number=number(value))
            for name, value in recurrence.start.items()
        ]
    )
    line = say.line("proof.steps", start=start, counter=notation.notation.value(recurrence.counter))
    rows = tuple(
        Row(notation.notation.value(one.target), notation.notation.math(one.body), relation=":=")
        for one in recurrence.formulas
    )
    return [Text(line), Equation(rows)]
