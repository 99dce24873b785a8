"""Grade a folder of submissions: every student's answers judged against the homework's key."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from gradwright.errors import UsageError
from gradwright.grade.answer import judge_answer
from gradwright.grade.credit import credit
from gradwright.grade.finding import Finding
from gradwright.grade.key import Asked, Key, Paper
from gradwright.grade.limits import Limits, Outcome
from gradwright.grade.pool import run
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


def grade(
    key: Key,
    submissions: Path,
    workers: int = 1,
    limits: Limits | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Marks:
    """Judge everything in a folder of submissions; one answer's trouble never stops the rest.

    Args:
        key: What each student was asked.
        submissions: A folder with ``<id>.txt`` or ``<id>/answers.txt`` of each student.
        workers: How many processes judge side by side.
        limits: What one answer may use; one that needs more is undecided.
        progress: Told, now and again, how many answers of how many are judged.

    Raises:
        UsageError: There is no such folder.
    """
    if not submissions.is_dir():
        raise UsageError(f"submissions {submissions}: there is no such folder")
    found = find(submissions, [paper.student for paper in key.papers])
    handed_in = [_submission(paper, found.files.get(paper.student)) for paper in key.papers]
    jobs = [
        Job(asked, submission.answers.get(asked.label, ""))
        for paper, submission in zip(key.papers, handed_in, strict=True)
        for asked in paper.questions
    ]
    marks = iter(_judged(jobs, workers, limits or Limits(), progress))
    results = tuple(
        Result(paper, submission.file, tuple(islice(marks, len(paper.questions))), submission.findings)
        for paper, submission in zip(key.papers, handed_in, strict=True)
    )
    return Marks(key.title, results, found.strangers)


@dataclass(frozen=True)
class Job:
    """One answer to judge, a job of its own: one that uses up its limits loses nothing but itself."""

    asked: Asked
    answer: str


def _submission(paper: Paper, path: Path | None) -> Submission:
    return read(path, paper.student, [asked.label for asked in paper.questions])


def _judged(
    jobs: Sequence[Job], workers: int, limits: Limits, progress: Callable[[int, int], None] | None
) -> list[Mark]:
    marks = []
    with closing(run(_mark, jobs, workers, limits)) as outcomes:
        for job, outcome in zip(jobs, outcomes, strict=True):
            marks.append(_lost(job, outcome, limits) if outcome.value is None else outcome.value)
            if progress is not None:
                progress(len(marks), len(jobs))
    return marks


def _mark(job: Job) -> Mark:
    verdict, findings = judge_answer(job.asked.expected, job.answer)
    return _marked(job, verdict, findings)


def _lost(job: Job, outcome: Outcome[Mark], limits: Limits) -> Mark:
    return _marked(job, "undecided", (Finding("undecided", detail=outcome.said(limits)),))


def _marked(job: Job, verdict: str, findings: tuple[Finding, ...]) -> Mark:
    asked = job.asked
    score = round(asked.points * credit(verdict, findings), 6)
    return Mark(asked.label, asked.type, asked.points, score, verdict, job.answer, findings)
