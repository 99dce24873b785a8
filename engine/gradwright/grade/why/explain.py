"""Why an answer is wrong: the likeliest mistake whose consequence has exactly the answer's value."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from gradwright.grade.finding import Finding
from gradwright.grade.why.closeness import close
from gradwright.grade.why.doubt import doubtful, surely_different
from gradwright.grade.why.entries import entry_findings, shape_finding
from gradwright.grade.why.facts import facts
from gradwright.grade.why.hunt import Hunt
from gradwright.grade.why.points import Place, chosen
from gradwright.grade.why.program import Program
from gradwright.grade.why.residue import extra_term, nearly, residue
from gradwright.grade.why.setting import Setting, setting
from gradwright.grade.why.terms import term_findings
from gradwright.language.scope import Scope
from gradwright.language.text import to_text
from gradwright.language.tree import Formula, Item, Name, Tree

_SAME = 1e-11
_ATTEMPTS = 4
"""A mask or a maximum may hide a mistake at some points: so many times others are drawn."""
_TINY = 1e-5
"""Answers nearer than this are called almost equal at once: among so near ones a search is left to chance."""
_SMALL = 1e-3


def explain(
    program: Program,
    answer: Tree,
    scope: Scope,
    *,
    free: Sequence[str] = (),
    givens: Sequence[Formula] = (),
    seconds: float = 1.0,
    depth: int = 2,
    seed: int = 0,
    solution: bool = False,
) -> tuple[Finding, ...]:
    """The mistake that explains a wrong answer, or the two mistakes that do.

    Args:
        program: The right derivation; ``Program.of(reference)`` for a bare expression.
        answer: The student's expression.
        scope: The declared values.
        free: The answer's free indices, its leading axes.
        givens: Formulas of further names that the program and the answer may use.
        seconds: How long to look.
        depth: How many mistakes may come together.
        seed: Fixes the points.
        solution: Whether findings carry the right formula of their line, for the level ``solution``.

    Returns:
        Findings whose keys are ``mistake.<name>``; none where the answer is right or nothing explains it.
    """
    deadline = time.monotonic() + seconds
    with np.errstate(all="ignore"):
        for attempt in range(_ATTEMPTS):
            known = setting(program, scope, givens, seed + attempt, deadline)
            if known is None or time.monotonic() > deadline:
                return ()
            answer = known.store.intern(answer)
            known = known.held(known.store.names[id(answer)])
            values = known.answers(answer, free)
            if values is None:
                return ()
            places = _places(known, values)
            if doubtful(known.program, places) and not surely_different(known.program, answer, places):
                continue
            if any(not close(place.reference, place.answer, _SAME) for place in places):
                found = _explained(known, places, answer, tuple(free), deadline, depth)
                return tuple(_solved(one, program) for one in found) if solution else found
    return ()


def _places(known: Setting, values: Sequence[Any]) -> list[Place]:
    places = [
        Place(bench, lines, np.asarray(lines.value), value)
        for bench, lines, value in zip(known.benches, known.lines, values, strict=True)
    ]
    return chosen(places)


def _explained(
    known: Setting, places: list[Place], answer: Tree, free: tuple[str, ...], deadline: float, depth: int
) -> tuple[Finding, ...]:
    simple = facts(known.program, places, answer)
    if simple:
        return simple
    hunt = Hunt(known, places, answer, free, deadline)
    return (
        nearly(known.program, places, _TINY)
        or extra_term(known, places, answer)
        or hunt.likely()
        or residue(known, places)
        or entry_findings(known, places)
        or hunt.unlikely()
        or nearly(known.program, places, _SMALL)
        or term_findings(known, places, answer, sure=True)
        or hunt.opened()
        or (hunt.termwise() if depth > 1 else ())
        or (hunt.joined() if depth > 1 else ())
        or (hunt.two() if depth > 1 else ())
        or hunt.parts()
        or term_findings(known, places, answer, sure=False)
        or shape_finding(known, places, answer)
    )


def _solved(finding: Finding, program: Program) -> Finding:
    """The finding with the right formula of its line."""
    steps = [line for line in program.lines if line.step == finding.values.get("step", "")]
    line = steps[0] if len(steps) == 1 else program.line(program.result)
    left = Item(Name(line.name), tuple(map(Name, line.indices))) if line.indices else Name(line.name)
    shown = {"right": to_text(line.tree), "left": to_text(left) if line.step else ""}
    return Finding(finding.key, {**finding.values, **shown}, finding.detail)
