"""The class: a CSV with a ``student`` column, and optionally ``name``, ``email``, ``language``."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from gradwright.errors import UsageError, nearest
from gradwright.grade.textfile import decode, looks_binary

_FORBIDDEN = re.compile(r'[\\/:*?"<>|\x00-\x1f\x7f]')
_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?")
_LIMIT = 10_000_000


@dataclass(frozen=True)
class Student:
    """A student of the roster; ``id`` is safe as a file's name."""

    id: str
    name: str = ""
    email: str = ""
    language: str = ""


@dataclass(frozen=True)
class Roster:
    """The students in the file's order, and the encoding that the file was read in."""

    students: tuple[Student, ...]
    encoding: str


def read_roster(path: Path) -> Roster:
    """Read a roster.

    Raises:
        UsageError: It can't be read: no such file, not text, no ``student`` column, nobody in it, an id
            twice, or an id that can't name a file.
    """
    if not path.is_file():
        raise UsageError(f"roster {path}: there is no such file")
    if path.stat().st_size > _LIMIT:
        raise UsageError(f"roster {path}: larger than 10 MB; a roster is a CSV with one line a student")
    data = path.read_bytes()
    kind = looks_binary(data)
    if kind:
        raise UsageError(f"roster {path}: not a text file ({kind})", hint="save it as CSV (UTF-8)")
    decoded = decode(data)
    if decoded is None:
        raise UsageError(
            f"roster {path}: the text is in none of the encodings UTF-8, UTF-16 and CP949",
            hint="save it as CSV (UTF-8)",
        )
    text, encoding = decoded
    return Roster(_students(path, text), encoding)


def _students(path: Path, text: str) -> tuple[Student, ...]:
    rows = [(number, row) for number, row in _rows(path, text) if any(cell.strip() for cell in row)]
    if not rows:
        raise UsageError(
            f"roster {path}: the file is empty", hint="its first line names the columns: student,name,email"
        )
    columns = [cell.strip().lower() for cell in rows[0][1]]
    if "student" not in columns:
        found = ", ".join(column or "(unnamed)" for column in columns)
        raise UsageError(
            f"roster {path}: no column is called student; the first line has {found}",
            hint=nearest("student", columns) or "name the column of the ids student",
        )
    students = tuple(_student(path, number, columns, row) for number, row in rows[1:])
    if not students:
        raise UsageError(f"roster {path}: there is nobody in it, only the line of column names")
    _refuse_duplicates(
        path, [(number, student.id) for (number, _), student in zip(rows[1:], students, strict=True)]
    )
    return students


def _rows(path: Path, text: str) -> list[tuple[int, list[str]]]:
    first = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows: list[tuple[int, list[str]]] = []
    try:
        for row in reader:
            rows.append((reader.line_num, row))
    except csv.Error as error:
        raise UsageError(f"roster {path}, line {reader.line_num}: not a CSV line ({error})") from error
    return rows


def _student(path: Path, number: int, columns: list[str], row: list[str]) -> Student:
    if len(row) > len(columns):
        raise UsageError(
            f"roster {path}, line {number}: {len(row)} cells for {len(columns)} columns",
            hint="put a cell that holds a comma between double quotes",
        )
    cells = {
        column: unicodedata.normalize("NFC", cell.strip()) for column, cell in zip(columns, row, strict=False)
    }
    identifier = cells.get("student", "")
    problem = name_problem(identifier)
    if problem:
        raise UsageError(f"roster {path}, line {number}: the id {identifier!r} {problem}")
    return Student(
        identifier, cells.get("name", ""), cells.get("email", ""), cells.get("language", "").lower()
    )


def name_problem(identifier: str) -> str:
    """Why an id can't name a file, or an empty string.

    >>> name_problem("../s1")
    'holds a character that a file name may not hold'
    """
    if not identifier:
        return "is empty"
    if len(identifier.encode()) > 100:
        return "is longer than 100 bytes"
    if _FORBIDDEN.search(identifier):
        return "holds a character that a file name may not hold"
    if identifier.startswith((".", "-")) or identifier.endswith("."):
        return "starts or ends with a character that a file name should not"
    return "is a reserved file name" if _RESERVED.fullmatch(identifier) else ""


def _refuse_duplicates(path: Path, numbered: list[tuple[int, str]]) -> None:
    seen: dict[str, int] = {}
    for number, identifier in numbered:
        key = identifier.casefold()
        if key in seen:
            raise UsageError(
                f"roster {path}: the id {identifier} stands on line {seen[key]} and again on line {number}",
                hint="each student needs an id of their own (capitals do not tell two ids apart)",
            )
        seen[key] = number
