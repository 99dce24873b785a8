"""A judged chain in words: the sentences of a line, and the table that a terminal shows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from gradwright.grade.chain.result import ChainLine, ChainResult, Deduction
from gradwright.grade.finding import Finding
from gradwright.grade.translate import translated
from gradwright.grade.why.say import name_of
from gradwright.grade.why.say import say as say_mistakes
from gradwright.messages import messages

_MARKS = {"right": "✓", "follows": "↪", "wrong": "✗", "invalid": "?", "undecided": "…", "note": "·"}
_WIDEST = 60


def sentences(findings: Sequence[Finding], language: str = "en", level: str = "rule") -> str:
    """What findings say, a sentence a line; what a finding shows as typed stands under its sentence."""
    catalogue = messages(language)
    named = [finding for finding in findings if finding.key.startswith("mistake.")]
    shown = [finding for finding in findings if finding.key.startswith("chain.solution")]
    rest = [finding for finding in findings if finding not in named and finding not in shown]
    said = []
    for finding in rest:
        values = {name: translated(value, language) for name, value in finding.values.items()}
        said.append(catalogue.text(finding.key, **values))
        if finding.detail and finding.key not in _AFTER:
            said.append(finding.detail)
    if named and level != "none":
        said.append(say_mistakes(named, level, language))
    said += [finding.detail for finding in rest if finding.detail and finding.key in _AFTER]
    for finding in shown:
        said += [catalogue.text(finding.key, **finding.values), finding.detail]
    return "\n".join(part for part in said if part)


_AFTER = ("chain.wrong", "chain.wrong-result", "chain.breaks")
"""Findings whose detail, a point at which the values differ, stands after the mistake's name."""


def plain(result: ChainResult, language: str = "en") -> str:
    """The result for a terminal: a mark a line, reasons under it, the steps left out, and the score."""
    catalogue = messages(language)
    width = min(_WIDEST, max((len(line.text) for line in result.lines), default=0))
    rows = [row for line in result.lines for row in _rows(line, width, language)]
    for step in result.steps:
        if step.reason is not None:
            worth = _points(step.points, step.of, step.open, language)
            rows.append(f"    -  {catalogue.text(step.reason.key, **step.reason.values)} {worth}".rstrip())
    if result.first_wrong is not None:
        rows += ["", catalogue.text("chain.first-wrong", line=result.first_wrong)]
    elif any(line.verdict in ("right", "follows") for line in result.lines):
        rows += ["", catalogue.text("chain.none-wrong")]
    rows.append(score(result, language))
    return "\n".join(rows)


def score(result: ChainResult, language: str = "en") -> str:
    """The total in a sentence; points that are still open are said to be so."""
    key = "chain.score-open" if result.open else "chain.score"
    values = {"score": number(result.score), "total": number(result.total), "open": number(result.open)}
    return messages(language).text(key, **values, lost=number(result.lost))


def _rows(line: ChainLine, width: int, language: str) -> Iterable[str]:
    open_points = line.of if line.verdict in ("invalid", "undecided") else 0.0
    worth = _points(line.points, line.of, open_points, language)
    word = messages(language).text(f"chain.word.{line.verdict}")
    yield f"{line.number:>4}  {_MARKS[line.verdict]} {line.text:<{width}}  {word}  {worth}".rstrip()
    if line.verdict != "right" or line.findings:
        for part in line.feedback.split("\n"):
            yield f"         {part}".rstrip()
    if 0 < line.points < line.of:
        for deduction in line.deductions:
            yield f"         {_deduction(deduction, language)}"


def _deduction(deduction: Deduction, language: str) -> str:
    """What a line lost, and why, in a few words."""
    catalogue = messages(language)
    reason = deduction.reason
    named = reason.key.startswith("mistake.")
    why = name_of(reason, language) if named else catalogue.text(reason.key, **reason.values)
    return catalogue.text("chain.deduction", points=number(deduction.points), reason=why)


def _points(points: float, of: float, waiting: float, language: str) -> str:
    if not of:
        return ""
    key = "chain.points-open" if waiting else "chain.points"
    return messages(language).text(key, points=number(points), of=number(of), open=number(waiting))


def number(points: float) -> str:
    """Points with as many decimals as they need, three at most."""
    return f"{points:.3f}".rstrip("0").rstrip(".")
