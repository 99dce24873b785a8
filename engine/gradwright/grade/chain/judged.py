"""One form with all that was found of it: what the marks are made from."""

from __future__ import annotations

from dataclasses import dataclass

from gradwright.grade.chain.result import NOTE
from gradwright.grade.finding import Finding


@dataclass(frozen=True)
class Judged:
    """A form, or a line that has none.

    Args:
        line: The place of its statement.
        form: Its text.
        step: The reference's name that it is a form of; a helper's name; or empty.
        verdict: As in ``ChainLine``.
        certificate: What it rests on.
        findings: What there is to say.
        since: The wrong lines that it follows from, or comes back from.
        counts: Whether it has a share in its step's points.
        earns: Whether follow-through is granted.
        leaves: The reference's names that it rests on and that the student did not define.
    """

    line: int
    form: str = ""
    step: str = ""
    verdict: str = NOTE
    certificate: str = ""
    findings: tuple[Finding, ...] = ()
    since: tuple[int, ...] = ()
    counts: bool = False
    earns: bool = True
    leaves: frozenset[str] = frozenset()
