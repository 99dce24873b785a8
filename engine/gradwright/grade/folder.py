"""Grade a folder of submissions: every student's answers judged against the homework's key."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from gradwright.errors import UsageError
from gradwright.grade.answer import judge_answer
from gradwright.grade.finding import Finding
from gradwright.grade.key import Asked, Key, Paper
from gradwright.grade.submission import Submission, find, read


@dataclass(frozen=True)
class Mark:
    """One judged answer.

    Args:
        verdict: ``equal``, ``different``, ``invalid``, ``undecided`` or ``blank``.
        score: Out of ``points``; an undecided answer keeps its points until a person has read it.
    """

    label: str
    type: str
    points: float
    score: float
    verdict: str
    answer: str
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class Result:
    """All marks of one student, and what there is to say about the file."""

    paper: Paper
    file: str
    marks: tuple[Mark, ...]
    findings: tuple[Finding, ...] = ()

    @property
    def score(self) -> float:
        """The sum of the scores."""
        return sum(mark.score for mark in self.marks)

    @property
    def points(self) -> float:
        """The sum of what could be had."""
        return sum(mark.points for mark in self.marks)


@dataclass(frozen=True)
class Marks:
    """The class's results in the roster's order, and files that belong to no student."""

    title: Mapping[str, str]
    results: tuple[Result, ...]
    strangers: tuple[Finding, ...] = field(default_factory=tuple)


def grade(key: Key, submissions: Path, workers: int = 1) -> Marks:
    """Judge everything in a folder of submissions; one student's trouble never stops the rest.

    Raises:
        UsageError: There is no such folder.
    """
    if not submissions.is_dir():
        raise UsageError(f"submissions {submissions}: there is no such folder")
    found = find(submissions, [paper.student for paper in key.papers])
    jobs = [(paper, found.files.get(paper.student)) for paper in key.papers]
    return Marks(key.title, tuple(_run(jobs, workers)), found.strangers)


def _run(jobs: Sequence[tuple[Paper, Path | None]], workers: int) -> Iterator[Result]:
    if workers <= 1:
        yield from (_result(*job) for job in jobs)
        return
    with ProcessPoolExecutor(max_workers=workers) as pool:
        yield from pool.map(_result, *zip(*jobs, strict=True), chunksize=max(1, len(jobs) // (4 * workers)))


def _result(paper: Paper, path: Path | None) -> Result:
    submission = read(path, paper.student, [asked.label for asked in paper.questions])
    marks = tuple(_mark(asked, submission) for asked in paper.questions)
    return Result(paper, submission.file, marks, submission.findings)


def _mark(asked: Asked, submission: Submission) -> Mark:
    answer = submission.answers.get(asked.label, "")
    verdict, findings = judge_answer(asked.expected, answer)
    score = asked.points if verdict in ("equal", "undecided") else 0.0
    return Mark(asked.label, asked.type, asked.points, score, verdict, answer, findings)
