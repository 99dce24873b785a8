"""A chain of steps judged line by line, and how that is printed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from gradwright.cli.limited import limited
from gradwright.cli.main import DONE, FAILED
from gradwright.cli.output import as_json, deliver
from gradwright.cli.question import SOFT, Question
from gradwright.grade.pool import Limits

_RIGHT = {"right", "note"}

Told = tuple[dict[str, Any], str]
"""The result as JSON's values, and as text."""


@dataclass(frozen=True)
class Chain:
    """A student's steps and what they are judged against.

    Args:
        lines: The lines of the file, empty where it holds no step.
        rubric: The file of the points of each step, or None.
        seconds: What judging all of them may take.
    """

    question: Question
    lines: tuple[str, ...]
    rubric: Path | None
    seconds: float


def judge_steps(
    question: Question, file: Path, rubric: Path | None, limits: Limits, as_json_text: bool
) -> int:
    """Judge the steps in a file and print what is said of each.

    Args:
        question: The reference, shapes and definitions; its answer is not looked at.
        file: The student's steps.
        rubric: The points of each step, or None.
        limits: What a line may use.
        as_json_text: Print JSON.

    Returns:
        The exit status: 0 if every line is right.

    Raises:
        GradwrightError: A file can't be read, or the chain is undecided.
    """
    from gradwright.grade.chain.sources import lines_of

    lines, syntax = lines_of(file)
    seconds = limits.seconds * sum(bool(line.strip()) for line in lines)
    chain = Chain(replace(question, syntax=syntax), lines, rubric, seconds)
    result, text = limited(_judged, chain, replace(limits, seconds=seconds), _undecided, question.language)
    deliver(as_json(result) if as_json_text else text)
    verdicts = {line["verdict"] for line in result["lines"]}
    return DONE if verdicts and verdicts <= _RIGHT else FAILED


def _judged(chain: Chain) -> Told:
    from gradwright.grade.chain.check import check_chain
    from gradwright.grade.chain.rubricfile import rubric_of
    from gradwright.grade.chain.say import plain
    from gradwright.language.text import to_text

    question = chain.question
    reference = question.reference
    result = check_chain(
        "\n".join(chain.lines),
        reference=reference if isinstance(reference, str) else to_text(reference),
        vars=question.vars,
        domain={} if isinstance(question.domain, str) else question.domain,
        definitions=question.definitions,
        syntax=question.syntax,
        rubric=None if chain.rubric is None else rubric_of(chain.rubric),
        explain=question.explain,
        language=question.language,
        seconds=SOFT * chain.seconds,
    )
    return result.to_json(), plain(result, question.language)


def _undecided(why: str) -> Told:
    empty: dict[str, Any] = {"lines": [], "steps": [], "first_wrong": None, "score": 0, "total": 0, "open": 0}
    return {**empty, "undecided": why}, why
