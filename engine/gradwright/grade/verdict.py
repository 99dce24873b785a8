"""What the judge says of an answer, and why."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Verdict:
    """The judgement of one answer.

    Args:
        verdict: ``equal``, ``different``, ``invalid`` (it can't be read: not wrong) or ``undecided``.
        certificate: What the verdict rests on; empty for ``invalid`` and ``undecided``.
        feedback: What the one who answered is told.
    """

    verdict: str
    certificate: str = ""
    feedback: str = ""
