"""Why an answer is wrong: the mistake in the derivation's own lines that leads to it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from gradwright.errors import DEFECTS, GradwrightError
from gradwright.grade.anchor import anchored
from gradwright.grade.asked import formula_of, formulas_for, scope_of
from gradwright.grade.finding import Finding
from gradwright.grade.key import Expected
from gradwright.grade.why.explain import explain
from gradwright.grade.why.program import ANSWER, Line, Program
from gradwright.language.reading import Reading, read
from gradwright.language.tree import names

PATIENCE = (1.5, 0.5)
"""Seconds to look for the mistake in the lines, and then in the closed form."""


def reasons(expected: Expected, reading: Reading) -> tuple[Finding, ...]:
    """The mistakes that explain a wrong answer, told as much of as the question allows.

    Args:
        expected: The question, with the derivation's lines.
        reading: The answer.
    """
    if expected.level == "none":
        return ()
    try:
        found = _found(expected, reading)
    except (GradwrightError, *DEFECTS):
        # The verdict stands without a reason; a class is graded to its end.
        found = ()
    if not found and expected.level == "solution":
        return (Finding("solution", detail=expected.reference),)
    return tuple(replace(one, values={**one.values, "level": expected.level}) for one in found)


def _found(expected: Expected, reading: Reading) -> tuple[Finding, ...]:
    scope = scope_of(expected, computed=False)
    free = _in_order(expected, reading)
    found: tuple[Finding, ...] = ()
    for program, seconds in zip(_programs(expected), PATIENCE, strict=False):
        used = names(reading.tree).union(*(names(line.tree) for line in program.lines))
        givens = formulas_for(expected, used)
        found = explain(
            program,
            reading.tree,
            scope,
            free=free,
            givens=givens,
            seconds=seconds,
            solution=expected.level == "solution",
        )
        if found:
            break
    return found


def _in_order(expected: Expected, reading: Reading) -> tuple[str, ...]:
    """The answer's free indices in the order of the reference's axes."""
    if reading.ordered or len(reading.free) < 2:
        return reading.free
    own = read(expected.reference, scope_of(expected)).free
    return own if set(own) == set(reading.free) else reading.free


def _programs(expected: Expected) -> Iterator[Program]:
    """The derivation's lines, and, where they do not explain a mistake, the answer as one formula."""
    step = ""
    if expected.lines:
        formulas = [formula_of(written.formula) for written in expected.lines]
        lines = [
            Line(formula.target, formula.indices, formula.body, written.step)
            for formula, written in zip(formulas, expected.lines, strict=True)
        ]
        last = anchored(Reading(lines[-1].tree, free=lines[-1].indices, ordered=True), expected)
        lines[-1] = replace(lines[-1], tree=last.tree)
        yield Program(tuple(lines), lines[-1].name)
        step = lines[-1].step
    right = read(expected.reference, scope_of(expected))
    yield Program((Line(ANSWER, right.free, anchored(right, expected).tree, step),), ANSWER)
