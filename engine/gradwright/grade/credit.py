"""What part of the points an answer keeps: all, none, or what the set leaves after a known mistake."""

from __future__ import annotations

from collections.abc import Sequence

from gradwright.grade.finding import Finding
from gradwright.grade.key import Expected

FIGURES = "figures"
"""What a set calls a number with too few significant figures."""
_MISTAKE = "mistake."


def deductions(expected: Expected, found: Sequence[Finding]) -> tuple[Finding, ...]:
    """Why an answer with known mistakes keeps a part of its points; nothing where it keeps none.

    Args:
        expected: The question, with what its set leaves after each mistake.
        found: The mistakes that explain the answer; all of them must be in the set.
    """
    kinds = [kind for one in found if (kind := _kind(one))]
    if not kinds or any(expected.partial.get(kind, 0.0) <= 0 for kind in kinds):
        return ()
    kept = [
        Finding("kept", {"mistake": kind, "percent": f"{100 * expected.partial[kind]:g}"}) for kind in kinds
    ]
    return tuple(kept)


def _kind(finding: Finding) -> str:
    """The mistake's name in a set; empty for what is no mistake."""
    if finding.key.startswith(_MISTAKE):
        return finding.key.removeprefix(_MISTAKE)
    return FIGURES if finding.key.startswith("few-figures") else ""


def credit(verdict: str, findings: Sequence[Finding]) -> float:
    """The part of the points that an answer earns, from 0 to 1; an undecided one keeps all until it is read.

    >>> credit("different", [Finding("different"), Finding("kept", {"mistake": "sign", "percent": "50"})])
    0.5
    """
    chain = next((one for one in findings if one.key == "chain"), None)
    if chain is not None:
        return float(chain.values["part"])
    if verdict in ("equal", "undecided"):
        return 1.0
    kept = [float(one.values["percent"]) / 100 for one in findings if one.key == "kept"]
    part = 1.0 if kept else 0.0
    for one in kept:
        part *= one
    return part
