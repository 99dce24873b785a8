"""Results for other programs: Gradescope's form for each student and the class, and marks as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from typing import Any

from gradwright.grade.finding import Finding
from gradwright.grade.folder import Mark, Marks, Result

Say = Callable[[Finding], str]
"""A finding as bare text in the student's language."""


def gradescope(result: Result, say: Say) -> dict[str, Any]:
    """One student's results in the form that Gradescope's autograder reads."""
    tests = [_test(mark, result, say) for mark in result.marks]
    output = "\n".join(say(finding) for finding in result.findings)
    return {
        "score": _number(result.score),
        "max_score": _number(result.points),
        "output": output,
        "visibility": "visible",
        "tests": tests,
    }


def _test(mark: Mark, result: Result, say: Say) -> dict[str, Any]:
    lines = [f"{say(finding)}\n{finding.detail}".strip() for finding in mark.findings]
    if result.findings and mark.verdict == "blank":
        lines = [say(finding) for finding in result.findings]
    test: dict[str, Any] = {
        "name": mark.label,
        "score": _number(mark.score),
        "max_score": _number(mark.points),
        "status": "passed" if mark.verdict == "equal" else "failed",
        "output": "\n".join(lines),
        "visibility": "visible",
        "extra_data": {"verdict": mark.verdict, "type": mark.type, **_reasons(mark)},
    }
    if mark.verdict == "undecided":
        del test["status"]
        test["extra_data"]["review"] = True
    return test


def _reasons(mark: Mark) -> dict[str, Any]:
    """The names of the mistakes that were found, for statistics over a class."""
    named = [one.key.removeprefix("mistake.") for one in mark.findings if one.key.startswith("mistake.")]
    return {"mistakes": list(dict.fromkeys(named))} if named else {}


def class_results(marks: Marks, say_to: Callable[[str], Say]) -> dict[str, Any]:
    """The class in one object: ``students`` in the roster's order, each in Gradescope's form."""
    students = [
        {"student": result.paper.student, "name": result.paper.name, "email": result.paper.email}
        | gradescope(result, say_to(result.paper.language))
        for result in marks.results
    ]
    return {
        "title": dict(marks.title),
        "students": students,
        "unread": [say_to("en")(finding) for finding in marks.strangers],
    }


def grades_csv(marks: Marks) -> str:
    """One line a student: the id, the score, each question's score and verdict."""
    labels = list(dict.fromkeys(mark.label for result in marks.results for mark in result.marks))
    heading = ["student", "name", "email", "score", "max_score", "file"]
    heading += [column for label in labels for column in (label, f"{label}_verdict")] + ["problem"]
    rows = []
    for result in marks.results:
        by_label = {mark.label: mark for mark in result.marks}
        cells = [cell for label in labels for cell in _cells(by_label.get(label))]
        problem = " ".join(finding.key for finding in result.findings)
        paper = result.paper
        head = [
            paper.student,
            paper.name,
            paper.email,
            _number(result.score),
            _number(result.points),
            result.file,
        ]
        rows.append([*head, *cells, problem])
    return _csv([heading, *rows])


def review_csv(marks: Marks) -> str:
    """The answers that a person has to read."""
    rows = [
        [result.paper.student, mark.label, mark.type, _number(mark.points), " ".join(mark.answer.split()),
         " ".join(finding.detail for finding in mark.findings)]
        for result in marks.results
        for mark in result.marks
        if mark.verdict == "undecided"
    ]  # fmt: skip
    return _csv([["student", "question", "type", "points", "answer", "why"], *rows])


def _cells(mark: Mark | None) -> list[Any]:
    return ["", ""] if mark is None else [_number(mark.score), mark.verdict]


def _number(value: float) -> float | int:
    return int(value) if value == int(value) else value


def _csv(rows: Sequence[Sequence[Any]]) -> str:
    """Rows as CSV; a cell that a spreadsheet would run as a formula gets an apostrophe in front."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerows([_harmless(cell) for cell in row] for row in rows)
    return stream.getvalue()


def _harmless(cell: Any) -> Any:
    return "'" + cell if isinstance(cell, str) and cell.startswith(("=", "+", "-", "@", "\t")) else cell
