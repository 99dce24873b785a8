"""A chain of steps as the answer to one question: each line's mark, and what the lines earn together."""

from __future__ import annotations

from gradwright.grade.asked import formula_of, formulas_of, given_shapes
from gradwright.grade.chain.check import check_chain
from gradwright.grade.chain.result import INVALID, NOTE, UNDECIDED, ChainResult
from gradwright.grade.chain.rubric import Rubric
from gradwright.grade.credit import FIGURES
from gradwright.grade.finding import Finding
from gradwright.grade.key import Expected
from gradwright.language.tree import Formula, names
from gradwright.model.functions import composites

_SECONDS = 4.0
_DIFFERING = frozenset({"chain.wrong", "chain.wrong-result", "chain.breaks"})


def judge_lines(expected: Expected, text: str) -> tuple[str, tuple[Finding, ...]]:
    """The verdict on a chain, and its findings: the sum of the points, then each line and what it is told.

    Args:
        expected: The question; its lines are the steps that earn points.
        text: The chain, a step a line.
    """
    steps = [formula_of(written.formula) for written in expected.lines]
    known = _known(expected)
    given = given_shapes(expected)
    result = check_chain(
        text,
        vars={name: shape for name, shape in given.items() if name not in {one.target for one in known}},
        domain=dict(expected.domain),
        definitions=[*formulas_of(expected), *known, *steps],
        syntax="latex" if "\\" in text else "text",
        rubric=Rubric(
            points=dict.fromkeys((step.target for step in steps), 1.0),
            deduct={kind: 1 - kept for kind, kept in expected.partial.items() if kind != FIGURES},
        ),
        explain=expected.level,
        composites=composites(),
        seconds=_SECONDS,
    )
    return _verdict(result), (_sum(result), *_lines(expected, result))


def _known(expected: Expected) -> list[Formula]:
    """The given adjoints that follow from the forward pass alone, such as ``dZ = (P - Y)/n``."""
    above = [formula_of(text) for text in expected.above]
    adjoints = {formula.target for formula in above} | {expected.asked, *expected.given}
    return [one for one in above if one.target in expected.given and not names(one.body) & adjoints]


def _verdict(result: ChainResult) -> str:
    """``equal`` with all points, ``undecided`` or ``invalid`` where some are open, else ``different``."""
    kinds = {line.verdict for line in result.lines}
    if result.score >= result.total:
        return "equal"
    if UNDECIDED in kinds:
        return "undecided"
    return "invalid" if INVALID in kinds and result.open >= result.total else "different"


def _sum(result: ChainResult) -> Finding:
    """The points of the chain; what waits for a person is kept until it is read."""
    waiting = result.open if any(line.verdict == UNDECIDED for line in result.lines) else 0.0
    part = (result.score + waiting) / result.total if result.total else 0.0
    first = "" if result.first_wrong is None else str(result.first_wrong)
    words = {"score": f"{result.score:g}", "total": f"{result.total:g}", "first": first}
    return Finding("chain", {**words, "part": repr(part)})


def _lines(expected: Expected, result: ChainResult) -> list[Finding]:
    found: list[Finding] = []
    for line in result.lines:
        words = {"number": str(line.number), "verdict": line.verdict}
        words |= {"points": f"{line.points:g}", "of": f"{line.of:g}" if line.verdict != NOTE else ""}
        found.append(Finding("chain-line", words, line.text))
        named = any(one.key.startswith("mistake.") for one in line.findings)
        for one in line.findings:
            # A point at which the values differ is told only where no mistake is.
            detail = "" if named and one.key in _DIFFERING else one.detail
            found.append(Finding(one.key, {**one.values, "level": expected.level}, detail))
    for step in result.steps:
        if step.reason is not None:
            found.append(step.reason)
    return found
