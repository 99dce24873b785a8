"""A stream of answers judged in worker processes: replies in the order of the lines, as soon as can be."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from typing import Any, BinaryIO

import click

from gradwright.cli.lines import LONGEST, Numbered, lines_of
from gradwright.cli.question import Question, from_row, judged, undecided
from gradwright.cli.rows import Row, as_line, reply_to
from gradwright.grade.pool import Limits, Outcome, run


def judge_lines(stream: BinaryIO, given: Question, workers: int, limits: Limits) -> None:
    """Print a JSON line for each line of a stream.

    Args:
        stream: JSON objects, one a line.
        given: What holds for every row that does not say otherwise.
        workers: How many processes judge side by side.
        limits: What each answer may use.
    """
    asked: deque[Numbered] = deque()
    job = partial(_reply, given=given, seconds=limits.seconds)
    with closing(run(job, _remembered(lines_of(stream), asked), workers, limits, warm)) as outcomes:
        for outcome in outcomes:
            line = asked.popleft()
            click.echo(_lost(line, outcome, limits, given) if outcome.value is None else outcome.value)


def _remembered(lines: Iterator[Numbered], asked: deque[Numbered]) -> Iterator[Numbered]:
    """The lines, each also kept until it is answered: a lost one is answered by who still knows it."""
    for line in lines:
        asked.append(line)
        yield line


def _reply(line: Numbered, given: Question, seconds: float) -> str:
    number, text = line

    def answer(row: Row) -> dict[str, Any]:
        return judged(from_row(row, given), seconds)

    if len(text) > LONGEST:
        return as_line({"id": None, **unreadable(f"line {number}: longer than {LONGEST // 1_000_000} MB")})
    return as_line(reply_to(number, text, answer, unreadable))


def _lost(line: Numbered, outcome: Outcome[str], limits: Limits, given: Question) -> str:
    """The reply to a line whose process was lost over it."""

    def answer(row: Row) -> dict[str, Any]:
        return undecided(outcome.said(limits, from_row(row, given).language))

    return as_line(reply_to(*line, answer, unreadable))


def unreadable(message: str) -> dict[str, Any]:
    """The reply to a row that is no question: it costs nobody an attempt."""
    return {"verdict": "invalid", "certificate": "", "feedback": message}


def warm() -> None:
    """Fill what every answer needs: the functions of the catalogue, the tables of the judge."""
    from gradwright.grade.judge import check

    check("X @ w", "X @ w + 0*w.sum()", {"X": "n d", "w": "d"})
