"""What the judge says of an answer, and why."""

from __future__ import annotations

from dataclasses import dataclass

from gradwright.grade.finding import Finding


@dataclass(frozen=True)
class Verdict:
    """The judgement of one answer.

    Args:
        verdict: ``equal``, ``different``, ``invalid`` (it can't be read: not wrong) or ``undecided``.
        certificate: What the verdict rests on; empty for ``invalid`` and ``undecided``.
        feedback: What the one who answered is told.
        findings: The mistakes that explain a different answer, most likely first, as keys of messages.
        slips: What was read but is probably not meant, as keys of messages.
    """

    verdict: str
    certificate: str = ""
    feedback: str = ""
    findings: tuple[Finding, ...] = ()
    slips: tuple[Finding, ...] = ()
