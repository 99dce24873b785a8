"""Feedback to a class: a page a student, Gradescope's results, marks, and what a person must read."""

from __future__ import annotations

import json
from pathlib import Path

from gradwright.document.blocks import Block, Code, Document, Equation, Row, Table, Text
from gradwright.document.format import formats
from gradwright.document.notation import Notation
from gradwright.errors import GradwrightError
from gradwright.grade.answer import cleaned, scope_of
from gradwright.grade.finding import Finding
from gradwright.grade.folder import Mark, Marks, Result, grade
from gradwright.grade.key import Expected, read_key
from gradwright.grade.results import Say, class_results, grades_csv, gradescope, review_csv
from gradwright.language.parse import parse
from gradwright.messages import Filling, Line, Math, Messages, Mono, choose, languages, messages
from gradwright.publish.whole import put, whole_folder

PAGES = ("html", "md")
_LONGEST = 2_000
_STYLES = {"equal": "good", "different": "bad", "undecided": "unsure", "invalid": "unsure", "blank": "unsure"}


def grade_folder(directory: Path, submissions: Path, results: Path, workers: int = 1) -> Marks:
    """Grade what a class handed in and write the results.

    Args:
        directory: The homework, as ``publish`` made it.
        submissions: A folder with ``<id>.txt`` or ``<id>/answers.txt`` of each student.
        results: The folder to make: ``feedback/<id>.html|md``, ``gradescope/<id>.json``, ``results.json``,
            ``grades.csv``, ``review.csv``.
        workers: How many processes judge side by side.

    Raises:
        UsageError: One of the folders is not what it should be; nothing is written then.
    """
    key = read_key(directory)
    with whole_folder(results, "name another folder for the results, or remove this one") as folder:
        marks = grade(key, submissions, workers)
        write_results(marks, folder)
    return marks


def write_results(marks: Marks, folder: Path) -> None:
    """Write the files of a graded class into an empty folder."""
    for result in marks.results:
        page = feedback_page(marks, result)
        for name in PAGES:
            known = formats()[name]
            put(folder / "feedback" / f"{result.paper.student}{known.suffix}", known.render(page))
        own = gradescope(result, say(messages(_language(result))))
        put(folder / "gradescope" / f"{result.paper.student}.json", _json(own))
    put(
        folder / "results.json", _json(class_results(marks, lambda language: say(messages(_known(language)))))
    )
    put(folder / "grades.csv", "\ufeff" + grades_csv(marks))
    put(folder / "review.csv", "\ufeff" + review_csv(marks))


def feedback_page(marks: Marks, result: Result) -> Document:
    """What one student is told."""
    catalogue = messages(_language(result))
    paper = result.paper
    score = catalogue.line("feedback.score", score=f"{result.score:g}", total=f"{result.points:g}")
    blocks: list[Block] = [Text(score, "section")]
    blocks += [Text(line_of(catalogue, finding), "unsure") for finding in result.findings]
    if not result.findings or any(mark.answer for mark in result.marks):
        blocks.append(_summary(catalogue, result))
        for number, mark in enumerate(result.marks, 1):
            asked = next(one for one in paper.questions if one.label == mark.label)
            blocks += _question(catalogue, number, mark, asked.expected)
    title = catalogue.line("feedback.title", title=choose(marks.title, catalogue.language))
    return Document(title, catalogue.language, tuple(blocks), _who(paper.student, paper.name))


def _who(student: str, name: str) -> Line:
    return (f"{name} ({student})" if name else student,)


def _summary(catalogue: Messages, result: Result) -> Table:
    heading: tuple[Line, ...] = tuple(
        (catalogue.raw(f"word.{key}"),) for key in ("question", "answer", "score")
    )
    rows = tuple(
        ((mark.label,), (catalogue.raw(f"verdict.{mark.verdict}"),), (f"{mark.score:g} / {mark.points:g}",))
        for mark in result.marks
    )
    return Table(heading, rows)


def _question(catalogue: Messages, number: int, mark: Mark, expected: Expected) -> list[Block]:
    title = catalogue.line(
        "homework.question", number=number, title=catalogue.raw(f"question.{mark.type}.title")
    )  # fmt: skip
    blocks: list[Block] = [Text(title, "subsection")]
    if mark.answer:
        blocks += [
            Text(catalogue.line("feedback.your-answer")),
            Code(mark.answer[:_LONGEST]),
            *_typeset(catalogue, mark, expected),
        ]
    first = mark.findings[0]
    blocks.append(Text(line_of(catalogue, first), _STYLES[mark.verdict]))
    for finding in mark.findings:
        if finding is not first:
            blocks.append(Text(line_of(catalogue, finding)))
        if finding.detail and finding.key != "undecided":
            blocks.append(Code(finding.detail))
    return blocks


def _typeset(catalogue: Messages, mark: Mark, expected: Expected) -> list[Block]:
    """The answer as it was read, so that a student sees a misplaced bracket."""
    if expected.kind != "formula" or mark.verdict not in ("equal", "different", "undecided"):
        return []
    scope = scope_of(expected, opened=False)
    adjoints = {name: name[1:] for name in scope.values if name[:1] == "d" and name[1:] in scope.values}
    try:
        formula = Notation(adjoints, scope.composites, scope.values).math(parse(cleaned(mark.answer)))
    except GradwrightError:
        return []
    reading = Row(Math("", ""), formula, relation="")
    return [Text(catalogue.line("feedback.read-as")), Equation((reading,))]


def line_of(catalogue: Messages, finding: Finding) -> Line:
    """A finding in the student's language; formulas in it are shown as typed."""
    return catalogue.line(
        f"feedback.{finding.key}", **{name: _shown(name, v) for name, v in finding.values.items()}
    )


def _shown(name: str, value: str) -> Filling:
    match name:
        case "factor" | "inverse":
            return Math(_latex(value), value)
        case "got" | "expected" | "wrt" | "file" | "label" | "near":
            return Mono(value)
        case _:
            return value


def _latex(product: str) -> str:
    r"""A product such as ``2*n/d`` in LaTeX.

    >>> _latex("1/n")
    '\\frac{1}{n}'
    """
    sign = "-" if product.startswith("-") else ""
    above, _, below = (
        product.removeprefix("-").replace("(", "").replace(")", "").replace("*", "\\,").partition("/")
    )
    return sign + (f"\\frac{{{above}}}{{{below}}}" if below else above)


def say(catalogue: Messages) -> Say:
    """Findings as bare text in one language."""
    return lambda finding: catalogue.text(f"feedback.{finding.key}", **finding.values)


def _language(result: Result) -> str:
    return _known(result.paper.language)


def _known(language: str) -> str:
    return language if language in languages() else "en"


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1) + "\n"
