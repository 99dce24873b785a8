"""Feedback to a class: a page a student, Gradescope's results, marks, and what a person must read."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from gradwright.document.blocks import Block, Code, Document, Equation, Row, Table, Text
from gradwright.document.format import formats
from gradwright.document.notation import Notation
from gradwright.errors import GradwrightError
from gradwright.grade.answer import one_line, syntax_of
from gradwright.grade.asked import scope_of
from gradwright.grade.finding import Finding
from gradwright.grade.folder import Mark, Marks, Result, grade
from gradwright.grade.key import Expected, read_key
from gradwright.grade.limits import Limits
from gradwright.grade.results import class_results, grades_csv, gradescope, review_csv
from gradwright.grade.translate import translated
from gradwright.language.reading import read
from gradwright.messages import Line, Math, Messages, Mono, choose, languages, messages
from gradwright.publish.sayings import line_of, say
from gradwright.publish.whole import put, whole_folder

PAGES = ("html", "md")
_LONGEST = 2_000
_STYLES = {
    "equal": "good",
    "different": "bad",
    "partly": "unsure",
    "undecided": "unsure",
    "invalid": "unsure",
    "blank": "unsure",
}


def grade_folder(
    directory: Path,
    submissions: Path,
    results: Path,
    workers: int = 1,
    limits: Limits | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Marks:
    """Grade what a class handed in and write the results.

    Args:
        directory: The homework, as ``publish`` made it.
        submissions: A folder with ``<id>.txt`` or ``<id>/answers.txt`` of each student.
        results: The folder to make: ``feedback/<id>.html|md``, ``gradescope/<id>.json``, ``results.json``,
            ``grades.csv``, ``review.csv``.
        workers: How many processes judge side by side.
        limits: What one answer may use.
        progress: Told, now and again, how many answers of how many are judged.

    Raises:
        UsageError: One of the folders is not what it should be; nothing is written then.
    """
    key = read_key(directory)
    with whole_folder(results, "name another folder for the results, or remove this one") as folder:
        marks = grade(key, submissions, workers, limits, progress)
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
        ((mark.label,), (catalogue.raw(f"verdict.{_word(mark)}"),), (f"{mark.score:g} / {mark.points:g}",))
        for mark in result.marks
    )
    return Table(heading, rows)


def _word(mark: Mark) -> str:
    """The verdict as a student reads it: what earns a part of its points is partly right."""
    return "partly" if mark.verdict == "different" and mark.score > 0 else mark.verdict


def _question(catalogue: Messages, number: int, mark: Mark, expected: Expected) -> list[Block]:
    title = catalogue.line(
        "homework.question", number=number, title=catalogue.raw(f"question.{mark.type}.title")
    )  # fmt: skip
    blocks: list[Block] = [Text(title, "subsection")]
    if mark.findings[0].key == "chain":
        return [*blocks, *_chain(catalogue, mark)]
    if mark.answer:
        blocks += [
            Text(catalogue.line("feedback.your-answer")),
            Code(mark.answer[:_LONGEST]),
            *_typeset(catalogue, mark, expected),
        ]
    first = mark.findings[0]
    blocks.append(Text(line_of(catalogue, first), _STYLES[_word(mark)]))
    for finding in mark.findings:
        if finding is not first:
            blocks.append(Text(line_of(catalogue, finding)))
        if finding.detail and finding.key != "undecided":
            blocks.append(Code(_detail(catalogue, finding)))
    return blocks


def _chain(catalogue: Messages, mark: Mark) -> list[Block]:
    """A chain of steps: the sum, a table of the lines with their marks, and what each line is told."""
    total, *rest = mark.findings
    rows: list[tuple[Line, ...]] = []
    told: list[Block] = []
    heading: Line = ()
    for finding in rest:
        if finding.key == "chain-line":
            rows.append(_chain_row(catalogue, finding))
            heading = (*catalogue.line("feedback.line", number=finding.values["number"]), " ")
            continue
        own = not finding.key.startswith("chain.step.")
        told.append(Text((*(heading if own else ()), *line_of(catalogue, finding))))
        if finding.detail:
            told.append(Code(_detail(catalogue, finding)))
    names = ("line-number", "line", "verdict", "score")
    table = Table(tuple((catalogue.raw(f"word.{name}"),) for name in names), tuple(rows))
    return [Text(line_of(catalogue, total), _STYLES[_word(mark)]), table, *told]


def _chain_row(catalogue: Messages, line: Finding) -> tuple[Line, ...]:
    values = line.values
    worth = f"{values['points']} / {values['of']}" if values["of"] not in ("", "0") else ""
    verdict = catalogue.raw(f"chain.word.{values['verdict']}")
    return ((values["number"],), (Mono(line.detail),), (verdict,), (worth,))


def _typeset(catalogue: Messages, mark: Mark, expected: Expected) -> list[Block]:
    """The answer as it was read, so that a student sees a misplaced bracket."""
    if expected.kind != "formula" or mark.verdict not in ("equal", "different", "undecided"):
        return []
    text = one_line(mark.answer)
    scope = scope_of(expected)
    adjoints = {name: name[1:] for name in scope.values if name[:1] == "d" and name[1:] in scope.values}
    try:
        reading = read(text, scope, syntax_of(text))
        formula = Notation(adjoints, scope.composites, scope.values).math(reading.tree)
    except GradwrightError:
        return []
    row = Row(Math("", ""), formula, relation="")
    return [Text(catalogue.line("feedback.read-as")), Equation((row,))]


def _detail(catalogue: Messages, finding: Finding) -> str:
    """What was typed and why it can't be read, in the student's language."""
    return "\n".join(translated(line, catalogue.language) for line in finding.detail.split("\n"))


def _language(result: Result) -> str:
    return _known(result.paper.language)


def _known(language: str) -> str:
    return language if language in languages() else "en"


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1) + "\n"
