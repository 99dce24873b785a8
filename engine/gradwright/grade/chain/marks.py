"""From what was found of each form to points: shares, follow-through, deductions, steps left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gradwright.grade.chain.judged import Judged
from gradwright.grade.chain.reference import RESULT, Reference
from gradwright.grade.chain.result import FOLLOWS, OPEN, RIGHT, WRONG, Deduction, StepMark, rounded
from gradwright.grade.chain.rubric import Rubric
from gradwright.grade.finding import Finding

_MISTAKE = "mistake."


@dataclass(frozen=True)
class Share:
    """What a form earns of what it could.

    Args:
        points: Earned.
        of: Its share of the step's points.
        deductions: What it loses, and why.
    """

    points: float = 0.0
    of: float = 0.0
    deductions: tuple[Deduction, ...] = ()


def shares(judged: Sequence[Judged], points: Mapping[str, float], rubric: Rubric) -> tuple[Share, ...]:
    """The share of each form, in their order: the forms of a step share its points equally."""
    counts: dict[str, int] = {}
    for one in judged:
        counts[one.step] = counts.get(one.step, 0) + one.counts
    return tuple(
        _share(one, points[one.step] / counts[one.step], rubric)
        if one.counts and points.get(one.step)
        else Share()
        for one in judged
    )


def _share(one: Judged, of: float, rubric: Rubric) -> Share:
    if one.verdict == RIGHT:
        return Share(of, of)
    if one.verdict in OPEN:
        return Share(0.0, of)
    lost, reason = _loss(one, rubric)
    if not lost:
        return Share(of, of)
    return Share(of * (1 - lost), of, (Deduction(rounded(of * lost), reason),))


def _loss(one: Judged, rubric: Rubric) -> tuple[float, Finding]:
    """The fraction that a form loses, and the reason."""
    if one.verdict == FOLLOWS and one.earns:
        return 1 - rubric.follow_through, Finding("chain.lost.follow-through")
    if one.verdict == FOLLOWS:
        return 1.0, one.findings[-1]
    kinds = [finding for finding in one.findings if finding.key.startswith(_MISTAKE)]
    costs = [rubric.deduct.get(finding.key.removeprefix(_MISTAKE)) for finding in kinds]
    known = [cost for cost in costs if cost is not None]
    if kinds and len(known) == len(kinds):
        return min(1.0, sum(known)), kinds[0]
    return 1.0, kinds[0] if kinds else Finding("chain.lost.wrong")


def step_marks(
    judged: Sequence[Judged],
    given: Sequence[Share],
    numbers: Sequence[int],
    points: Mapping[str, float],
    rubric: Rubric,
    reference: Reference,
) -> tuple[StepMark, ...]:
    """The points of each step: over its lines, or by what follows from it where it was left out.

    Args:
        judged: The forms.
        given: Their shares.
        numbers: The line number of each statement.
        points: What each step is worth.
        rubric: What is earned by follow-through and by steps left out.
        reference: Says what follows from what.
    """
    marks = []
    for name, of in points.items():
        own = [
            (one, share) for one, share in zip(judged, given, strict=True) if one.step == name and one.counts
        ]
        if not own:
            marks.append(_left_out(name, of, judged, numbers, rubric, reference))
            continue
        lines = tuple(dict.fromkeys(numbers[one.line] for one, _ in own))
        waiting = rounded(sum(share.of for one, share in own if one.verdict in OPEN))
        marks.append(StepMark(name, rounded(sum(share.points for _, share in own)), of, waiting, lines))
    return tuple(marks)


def _left_out(
    name: str,
    of: float,
    judged: Sequence[Judged],
    numbers: Sequence[int],
    rubric: Rubric,
    reference: Reference,
) -> StepMark:
    """A step without a line: its points are earned by a consequence that does not call it by name."""
    key = "chain.step.missing-result" if name == RESULT else "chain.step.missing"
    lost = StepMark(name, 0.0, of, reason=Finding(key, {"name": name}))
    if not rubric.skipped:
        return lost
    after = reference.consequences[name]
    later = [one for one in judged if one.step in after and one.counts]
    # A line that calls the step, or what follows from it, by a name that it did not define shows nothing.
    proofs = [one for one in later if not one.leaves & (after | {name})]
    # The error that a line follows from may be the very one that the step left out would have shown.
    spoilt = {numbers[one.line] for one in later if one.verdict == WRONG}
    for one in proofs:
        if one.verdict == RIGHT:
            reason = Finding("chain.step.skipped", {"name": name, "by": one.step})
            return StepMark(name, of, of, reason=reason)
    for one in proofs:
        if one.verdict == FOLLOWS and one.earns and not spoilt & {*one.since}:
            reason = Finding("chain.step.carried", {"name": name, "by": one.step})
            return StepMark(name, rounded(of * rubric.follow_through), of, reason=reason)
    waiting = next((one for one in proofs if one.verdict in OPEN), None)
    if waiting is not None:
        return StepMark(
            name, 0.0, of, of, reason=Finding("chain.step.open", {"name": name, "by": waiting.step})
        )
    return lost
