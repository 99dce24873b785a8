"""What is said of a chain: a mark for each line and each step, and where it first went wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from gradwright.grade.finding import Finding

RIGHT, FOLLOWS, WRONG = "right", "follows", "wrong"
INVALID, UNDECIDED, NOTE = "invalid", "undecided", "note"
OPEN = frozenset({INVALID, UNDECIDED})
"""The verdicts whose points are neither earned nor lost yet."""


@dataclass(frozen=True)
class Deduction:
    """Points that were lost, and why.

    Args:
        points: How many.
        reason: A key of messages under ``chain`` or ``mistake``.
    """

    points: float
    reason: Finding


@dataclass(frozen=True)
class ChainLine:
    """The judgement of one line.

    Args:
        number: Its number in the text, from 1.
        text: The line as it was written.
        name: The step that it belongs to, by the reference's name; a helper's own name; or empty.
        verdict: ``right``, ``follows``, ``wrong``, ``invalid``, ``undecided`` or ``note``.
        certificate: What the verdict rests on.
        feedback: What the student is told, in the language that was asked for.
        findings: The same as keys of messages.
        points: The points that it earns.
        of: The points that it could earn.
        follow_through: Whether it earns them by follow-through.
        since: The wrong lines that it follows from or comes back from.
        deductions: What it loses, and why; with ``points`` they make ``of`` unless the line is open.
    """

    number: int
    text: str
    name: str = ""
    verdict: str = NOTE
    certificate: str = ""
    feedback: str = ""
    findings: tuple[Finding, ...] = ()
    points: float = 0.0
    of: float = 0.0
    follow_through: bool = False
    since: tuple[int, ...] = ()
    deductions: tuple[Deduction, ...] = ()


@dataclass(frozen=True)
class StepMark:
    """The points of one step of the reference, over all lines that were written for it.

    Args:
        name: The reference's name.
        points: Earned.
        of: What the rubric gives.
        open: Neither earned nor lost: its lines are handed back, or wait for a person.
        lines: The numbers of its lines; none where the student left it out.
        reason: For a step without lines: why it earns what it does.
    """

    name: str
    points: float
    of: float
    open: float = 0.0
    lines: tuple[int, ...] = ()
    reason: Finding | None = None


@dataclass(frozen=True)
class ChainResult:
    """The judgement of a chain.

    Args:
        lines: One for each line that holds something.
        steps: One for each step of the rubric.
        first_wrong: The number of the first line that does not follow, or None.
        score: The points earned.
        total: The points of the rubric.
        open: The points that are neither earned nor lost.
    """

    lines: tuple[ChainLine, ...]
    steps: tuple[StepMark, ...]
    first_wrong: int | None
    score: float
    total: float
    open: float = 0.0

    @property
    def lost(self) -> float:
        """The points lost."""
        return rounded(self.total - self.score - self.open)

    def to_json(self) -> dict[str, Any]:
        """The result in values that JSON has."""
        made = _bare(asdict(self))
        assert isinstance(made, dict), made
        return {**made, "lost": self.lost}


def rounded(points: float) -> float:
    """Points without the dust of floating-point sums."""
    return round(points, 6) + 0.0


def _bare(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _bare(part) for key, part in value.items()}
    if isinstance(value, tuple | list):
        return [_bare(part) for part in value]
    return value
