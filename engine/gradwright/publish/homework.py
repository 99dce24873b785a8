"""Homework for a class: each student's own questions, an answer template, the key and worked solutions."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from gradwright.ask.question import Question, Request, question_type
from gradwright.ask.variant import generator
from gradwright.document.blocks import Blank, Block, Document, Text
from gradwright.document.format import Format, formats
from gradwright.document.notation import size_math
from gradwright.errors import UsageError, nearest
from gradwright.grade.feedback import shape_text
from gradwright.grade.key import KEY, Asked, Key, Paper, to_json
from gradwright.grade.roster import Roster, Student
from gradwright.messages import Line, Messages, choose, languages, messages
from gradwright.publish.set import HomeworkSet
from gradwright.publish.whole import put, whole_folder

SECRET = "GRADWRIGHT_SECRET"
_LEAST = 16


def publish(
    homework: HomeworkSet,
    roster: Roster,
    output: Path,
    names: Sequence[str] = ("html",),
    language: str = "en",
    secret: bytes | None = None,
    attempt: int = 1,
) -> int:
    """Write a homework's folder: ``students/<id>/`` to hand out, ``instructor/`` to keep.

    Args:
        homework: The questions.
        roster: The class.
        output: The folder to make.
        names: Formats of the students' pages.
        language: For students whose row of the roster names none.
        secret: What the variants are drawn with, kept in ``instructor/secret``; drawn itself if not given.
        attempt: A new attempt has new variants.

    Returns:
        The number of students.

    Raises:
        UsageError: The folder exists, or a format or a language does not; nothing is written then.
    """
    chosen = [_format(name) for name in dict.fromkeys(names)]
    for student in roster.students:
        _known_language(student.language or language)
    secret = secret or secrets.token_hex(32).encode()
    with whole_folder(output, "name another folder, or remove this one") as folder:
        papers: list[Paper] = []
        for student in roster.students:
            say = messages(student.language or language)
            questions = questions_of(homework, student, say, secret, attempt)
            _write_student(folder, homework, student, say, questions, chosen)
            papers.append(_paper(student, say, questions))
        put(folder / KEY, to_json(Key(homework.name, homework.title, tuple(papers))))
        kept = folder / "instructor" / "secret"
        kept.write_bytes(secret + b"\n")
        kept.chmod(0o600)
    return len(roster.students)


def read_secret(path: Path | None = None) -> bytes | None:
    """The secret of a file, or of the environment, or None where neither is given.

    Raises:
        UsageError: It can't be read or is too short to be one.
    """
    if path is None:
        value = os.environ.get(SECRET, "").encode()
        where = f"the environment's {SECRET}"
        if not value:
            return None
    else:
        where = str(path)
        try:
            value = path.read_bytes().strip()
        except OSError as error:
            raise UsageError(f"secret {path}: it can't be read ({error.strerror})") from error
    if len(value) < _LEAST:
        raise UsageError(f"{where} is too short for a secret: at least {_LEAST} characters are needed")
    return value


def questions_of(
    homework: HomeworkSet, student: Student, say: Messages, secret: bytes, attempt: int = 1
) -> tuple[Question, ...]:
    """One student's questions."""
    made: list[Question] = []
    for number, asking in enumerate(homework.questions, 1):
        label = f"q{number}"
        rng = generator(secret, homework.name, label, student.id, attempt)
        question = question_type(asking.type).make(Request(label, asking.options, asking.points, rng, say))
        expected = replace(question.expected, level=homework.feedback, partial=asking.partial)
        made.append(replace(question, expected=expected))
    return tuple(made)


def _write_student(
    folder: Path,
    homework: HomeworkSet,
    student: Student,
    say: Messages,
    questions: Sequence[Question],
    chosen: Sequence[Format],
) -> None:
    own = folder / "students" / student.id
    sheet = sheet_of(homework, student, say, questions)
    for form in chosen:
        put(own / f"homework{form.suffix}", form.render(sheet))
    put(own / "answers.txt", template_of(homework, student, say, questions))
    solutions = solutions_of(homework, student, say, questions)
    put(folder / "instructor" / "solutions" / f"{student.id}.html", formats()["html"].render(solutions))


def sheet_of(
    homework: HomeworkSet, student: Student, say: Messages, questions: Sequence[Question]
) -> Document:
    """What the student is asked."""
    blocks: list[Block] = [Text(_how(say, questions))]
    if any(question.expected.kind != "formula" for question in questions):
        blocks.append(Text(say.line("homework.how-array")))
    for number, question in enumerate(questions, 1):
        blocks.append(Text(_heading(say, number, question), "section"))
        blocks += [*question.prompt, Blank(question.label, question.blank)]
    return Document(_title(homework, say), say.language, tuple(blocks), _who(student))


def solutions_of(
    homework: HomeworkSet, student: Student, say: Messages, questions: Sequence[Question]
) -> Document:
    """The worked solutions of one student's variant, for the instructor."""
    blocks: list[Block] = []
    for number, question in enumerate(questions, 1):
        blocks.append(Text(_heading(say, number, question), "section"))
        blocks += [*question.prompt, Text(say.line("word.solution"), "subsection"), *question.solution]
    title = say.line("homework.solutions", title=_title(homework, say))
    return Document(title, say.language, tuple(blocks), _who(student))


def template_of(homework: HomeworkSet, student: Student, say: Messages, questions: Sequence[Question]) -> str:
    """The text file that the student fills in."""
    lines = [say.text("homework.template-head", title=_title(homework, say), student=_who(student))]
    for question in questions:
        shape = shape_text(_shape(question))
        hint = f"homework.template-{_kind(question)}"
        lines += ["", say.text(hint, label=question.label, shape=shape), f"{question.label}: ", ""]
    return "\n".join(lines)


def _kind(question: Question) -> str:
    """What an answer is: a formula, lines of steps, a number, a list or an array of numbers."""
    if question.expected.steps:
        return "steps"
    kind = question.expected.kind
    return "list" if kind == "array" and len(_shape(question)) == 1 else kind


def _shape(question: Question) -> Sequence[object]:
    expected = question.expected
    if expected.kind == "formula":
        return expected.vars.get(expected.wrt, ())
    shape: list[int] = []
    level = json.loads(expected.reference)
    while isinstance(level, list):
        shape.append(len(level))
        level = level[0]
    return shape


def _how(say: Messages, questions: Sequence[Question]) -> Line:
    sizes = [axis for question in questions for shape in question.expected.vars.values() for axis in shape]
    return say.line("homework.how", size=size_math(sizes[0] if sizes else "n"))


def _heading(say: Messages, number: int, question: Question) -> Line:
    title = say.line("homework.question", number=number, title=say.raw(f"question.{question.type}.title"))
    key = "word.point" if question.points == 1 else "word.points"
    return (*title, " (", *say.line(key, points=f"{question.points:g}"), ")")


def _title(homework: HomeworkSet, say: Messages) -> Line:
    return say.line("homework.title", title=choose(homework.title, say.language))


def _who(student: Student) -> Line:
    return (f"{student.name} ({student.id})" if student.name else student.id,)


def _paper(student: Student, say: Messages, questions: Sequence[Question]) -> Paper:
    asked = tuple(Asked(q.label, q.type, q.points, q.expected) for q in questions)
    return Paper(student.id, student.name, student.email, say.language, asked)


def _format(name: str) -> Format:
    known = formats()
    if name not in known:
        raise UsageError(
            f"there is no format {name!r}; there are {', '.join(known)}", hint=nearest(name, known)
        )
    return known[name]


def _known_language(language: str) -> None:
    if language not in languages():
        raise UsageError(
            f"there are no messages in the language {language!r}; there are {', '.join(languages())}",
            hint=nearest(language, languages()),
        )
