"""A roster is read as the spreadsheet wrote it, or refused with one clear message."""

from __future__ import annotations

from pathlib import Path

import pytest

from gradwright.errors import UsageError
from gradwright.grade.roster import read_roster


def written(folder: Path, data: str | bytes) -> Path:
    path = folder / "roster.csv"
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


def test_a_roster_has_students_in_order(tmp_path: Path) -> None:
    roster = read_roster(written(tmp_path, "name,student,language\n이서연,s2,ko\nAnn,s1,\n\n"))
    assert [(student.id, student.name, student.language) for student in roster.students] == [
        ("s2", "이서연", "ko"),
        ("s1", "Ann", ""),
    ]
    assert roster.encoding == "utf-8"


@pytest.mark.parametrize(
    ("encoding", "told"), [("utf-8-sig", "utf-8-sig"), ("cp949", "cp949"), ("utf-16", "utf-16")]
)
def test_what_korean_excel_writes_is_read_and_the_encoding_told(
    tmp_path: Path, encoding: str, told: str
) -> None:
    roster = read_roster(written(tmp_path, "student,name\n2024001,김민준\n".encode(encoding)))
    assert roster.students[0].name == "김민준"
    assert roster.encoding == told


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_a_semicolon_or_a_tab_separates_too(tmp_path: Path, delimiter: str) -> None:
    roster = read_roster(written(tmp_path, f"Student{delimiter}name\ns1{delimiter}Ann\n"))
    assert roster.students[0].name == "Ann"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ("", "empty"),
        ("student\n", "nobody"),
        ("id,name\ns1,Ann\n", "no column is called student"),
        ("student\ns1\nS1\n", "line 2 and again on line 3"),
        ("student\n../s1\n", "may not hold"),
        ("student\n..\n", "starts or ends"),
        ("student\na/b\n", "may not hold"),
        ("student\ncon\n", "reserved"),
        ("student,name\n,Ann\n", "is empty"),
        ("student,name\ns1,Ann,x,y\n", "4 cells for 2 columns"),
        (b"student\n\xff\xfe\xfa\n", "none of the encodings"),
        (b"PK\x03\x04 an Excel file", "not a text file"),
        (b"student\n\0\n", "not a text file"),
    ],
)
def test_a_bad_roster_gets_one_message(tmp_path: Path, data: str | bytes, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        read_roster(written(tmp_path, data))


def test_a_roster_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such file"):
        read_roster(tmp_path / "none.csv")
