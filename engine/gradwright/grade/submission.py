"""What a class handed in: which file belongs to whom, and which answers it holds."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from gradwright.grade.finding import Finding
from gradwright.grade.textfile import decode, looks_binary

LIMIT = 1_000_000
_LABEL = re.compile(
    r"^[ \t]*[*`>]{0,2}[ \t]*(?:question|문제)?[ \t]*(q\d{1,3})[ \t*`]*[:：][ \t]?", re.IGNORECASE
)


@dataclass(frozen=True)
class Submission:
    """One student's answers by label, and what there is to say about the file."""

    file: str
    answers: Mapping[str, str] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class Found:
    """The files of a submissions folder: by student, and those that belong to nobody."""

    files: Mapping[str, Path]
    strangers: tuple[Finding, ...]


def find(folder: Path, students: Sequence[str]) -> Found:
    """Match files and folders to students by name: ``<id>.txt``, ``<id>/``, or ``<id>`` with any suffix."""
    by_name = {student.casefold(): student for student in students}
    files: dict[str, Path] = {}
    strangers: list[Finding] = []
    for path in sorted(folder.iterdir(), key=lambda path: (path.suffix.lower() != ".txt", path.name)):
        if path.name.startswith("."):
            continue
        student = by_name.get(path.name.casefold()) or by_name.get(path.stem.casefold())
        if student is None:
            strangers.append(_stranger(path, students))
        else:
            files.setdefault(student, _inside(path))
    return Found(files, tuple(strangers))


def _stranger(path: Path, students: Sequence[str]) -> Finding:
    close = difflib.get_close_matches(path.stem, students, n=1, cutoff=0.6)
    if close:
        return Finding("unknown-student-near", {"file": path.name, "near": close[0]})
    return Finding("unknown-student", {"file": path.name})


def _inside(path: Path) -> Path:
    """The answers of a student's folder: ``answers.txt``, else its only file."""
    if not path.is_dir():
        return path
    answers = path / "answers.txt"
    files = sorted(inner for inner in path.iterdir() if not inner.name.startswith("."))
    return files[0] if not answers.exists() and len(files) == 1 else answers


def read(path: Path | None, student: str, labels: Sequence[str]) -> Submission:
    """Read one student's file; whatever is wrong with it becomes a finding."""
    if path is None or not (path.exists() or path.is_symlink()):
        return Submission("", findings=(Finding("missing", {"student": student}),))
    name = path.name
    if path.is_symlink() or not path.is_file():
        return Submission(name, findings=(Finding("binary", {"file": name, "kind": "link or folder"}),))
    size = path.stat().st_size
    if size > LIMIT:
        sizes = {"file": name, "size": f"{size / 1e6:.1f} MB", "limit": f"{LIMIT / 1e6:.0f} MB"}
        return Submission(name, findings=(Finding("too-large", sizes),))
    try:
        data = path.read_bytes()
    except OSError as error:
        return Submission(name, findings=(Finding("binary", {"file": name, "kind": str(error.strerror)}),))
    return _read_text(data, name, labels)


def _read_text(data: bytes, name: str, labels: Sequence[str]) -> Submission:
    kind = looks_binary(data)
    if kind:
        return Submission(name, findings=(Finding("binary", {"file": name, "kind": kind}),))
    decoded = decode(data)
    if decoded is None:
        return Submission(name, findings=(Finding("encoding", {"file": name}),))
    text = decoded[0].replace("\r\n", "\n").replace("\r", "\n")
    if not text.strip():
        return Submission(name, findings=(Finding("empty", {"file": name}),))
    answers, findings = split(text, labels)
    if not answers:
        findings = (*findings, Finding("no-labels", {"file": name, "label": labels[0] if labels else "q1"}))
    return Submission(name, answers, findings)


def split(text: str, labels: Sequence[str]) -> tuple[dict[str, str], tuple[Finding, ...]]:
    r"""The answers of a file by label; lines that start with ``#`` are comments.

    >>> split("q1: X.T @ (P\n   - Y)\nq2:", ["q1", "q2"])[0]
    {'q1': 'X.T @ (P\n   - Y)', 'q2': ''}
    """
    answers: dict[str, list[str]] = {}
    findings: list[Finding] = []
    current: list[str] | None = None
    for line in text.split("\n"):
        if line.lstrip().startswith(("#", "```")):
            continue
        match = _LABEL.match(line)
        if match is None:
            if current is not None:
                current.append(line)
            continue
        label = match.group(1).lower()
        current = [line[match.end() :]]
        if label not in labels:
            findings.append(Finding("unknown-label", {"label": label, "known": ", ".join(labels)}))
            continue
        if answers.get(label) and "".join(answers[label]).strip():
            findings.append(Finding("twice", {"label": label}))
        answers[label] = current
    return {label: "\n".join(lines).strip() for label, lines in answers.items()}, tuple(findings)
