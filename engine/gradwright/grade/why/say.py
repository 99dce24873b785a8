"""Findings in words: where to look, what went wrong, or what is right, in the reader's language."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from gradwright.grade.finding import Finding
from gradwright.messages import Messages, messages

LEVELS = ("none", "hint", "rule", "solution")

_STEP = re.compile(r"(adjoint|gradient|value) of (\S+)")


def say(findings: Sequence[Finding], level: str = "rule", language: str = "en") -> str:
    """One or two sentences about a mistake.

    Args:
        findings: What ``explain`` found.
        level: ``hint`` (where to look), ``rule`` (what went wrong) or ``solution`` (the right formula of that
            line besides); ``none`` says nothing.
        language: The reader's language.

    >>> say([Finding("mistake.sign", {"step": ""})], "rule", "en")
    'The sign is wrong: this is minus the right answer.'
    """
    if level == "none" or not findings:
        return ""
    catalogue = messages(language)
    words = [catalogue.text("mistake.two")] if len(findings) > 1 else []
    step = ""
    for finding in findings:
        words.append(_sentence(finding, level, catalogue, step))
        step = finding.values.get("step", "")
    if level == "solution":
        words += _solutions(findings, catalogue)
    return " ".join(words)


def name_of(finding: Finding, language: str = "en") -> str:
    """The mistake's name, a few words."""
    return messages(language).text(f"{finding.key}.name", **finding.values)


def _sentence(finding: Finding, level: str, catalogue: Messages, before: str) -> str:
    """One finding; its step is said unless it is the one of the sentence before."""
    kind = "hint" if level == "hint" else "rule"
    text = catalogue.text(f"{finding.key}.{kind}", **_filled(finding, catalogue))
    place = finding.values.get("place", "")
    if place:
        text = catalogue.text("mistake.at", sentence=text, place=place)
    step = step_name(finding.values.get("step", ""), catalogue)
    step = "" if finding.values.get("step", "") == before else step
    return catalogue.text("mistake.in", step=step, sentence=text) if step else text


def _filled(finding: Finding, catalogue: Messages) -> Mapping[str, str]:
    """What fills a mistake's sentence; which terms or which entries are right is put in words here."""
    values = finding.values
    if finding.key == "mistake.entries":
        return {**values, "which": catalogue.text(f"mistake.which.{values['which']}", **values)}
    if finding.key == "mistake.terms":
        words = [catalogue.text("mistake.term.count", right=values["fine"], total=values["total"])]
        for key in sorted(key for key in values if key.startswith("term")):
            kind, number, inverse = values[key].split(" ", 2)
            words.append(catalogue.text(f"mistake.term.{kind}", number=number, inverse=inverse))
        return {**values, "which": "; ".join(words) + "."}
    return values


def step_name(step: str, catalogue: Messages) -> str:
    """A step in the reader's language: ``adjoint of Z`` is known, other words stay as they are."""
    found = _STEP.fullmatch(step)
    return catalogue.text(f"mistake.step.{found[1]}", value=found[2]) if found else step


def _solutions(findings: Sequence[Finding], catalogue: Messages) -> list[str]:
    right = dict.fromkeys(
        (finding.values.get("left", ""), finding.values["right"])
        for finding in findings
        if finding.values.get("right")
    )
    return [
        catalogue.text("mistake.right-line" if left else "mistake.right", left=left, formula=formula)
        for left, formula in right
    ]
