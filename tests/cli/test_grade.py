"""``gradwright grade``: a class with hostile answers in it, and an end in the middle."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gradwright import catalog
from gradwright.cli.main import run
from gradwright.cli.output import Progress

STUDENTS = 30
HOSTILE = [
    "9**9**9**9",
    "(" * 100_000,
    "sum(kron(kron(kron(X, X), kron(X, X)), kron(X, X)))",
    "__import__('os').system('touch canary')",
    "exp(exp(exp(exp(exp(9)))))",
]


@pytest.fixture(scope="module")
def homework(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A homework for a class, in ``homework``, and what it handed in, in ``submissions``."""
    folder = tmp_path_factory.mktemp("class")
    roster = "student\n" + "".join(f"s{number:02}\n" for number in range(STUDENTS))
    (folder / "roster.csv").write_text(roster, encoding="utf-8")
    name = next(iter(catalog.entries("sets")))
    arguments = ["--roster", str(folder / "roster.csv"), "-o", str(folder / "homework"), "--format", "md"]
    assert run(["homework", name, *arguments]) == 0
    key = json.loads((folder / "homework" / "instructor" / "key.json").read_text(encoding="utf-8"))
    (folder / "submissions").mkdir()
    for number, paper in enumerate(key["papers"]):
        lines = [f"{asked['label']}: {asked['expected']['reference']}" for asked in paper["questions"]]
        if number % 6 == 3:
            lines[0] = f"{paper['questions'][0]['label']}: {HOSTILE[number // 6]}"
        text = "\n".join(lines) + "\n"
        (folder / "submissions" / f"{paper['student']}.txt").write_text(text, encoding="utf-8")
    return folder


def _command(homework: Path, results: Path, *options: str) -> list[str]:
    return ["grade", str(homework / "homework"), str(homework / "submissions"), "-o", str(results), *options]


@pytest.mark.parametrize("workers", ["1", "2"])
def test_hostile_answers_cost_nobody_else_a_point(workers: str, homework: Path, tmp_path: Path) -> None:
    assert run(_command(homework, tmp_path / "results", "--workers", workers)) == 0
    with (tmp_path / "results" / "grades.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == STUDENTS
    for number, row in enumerate(rows):
        verdicts = {label: verdict for label, verdict in row.items() if label.endswith("_verdict")}
        first = verdicts.pop("q1_verdict")
        assert set(verdicts.values()) == {"equal"}, row
        assert first in (("different", "invalid", "undecided") if number % 6 == 3 else ("equal",)), row


def test_an_answer_that_takes_too_long_goes_to_a_person(homework: Path, tmp_path: Path) -> None:
    """With a tenth of a millisecond nothing can be judged: all is undecided, and no point is lost."""
    from gradwright.grade.folder import grade
    from gradwright.grade.key import read_key
    from gradwright.grade.limits import Limits

    told: list[tuple[int, int]] = []
    marks = grade(
        read_key(homework / "homework"),
        homework / "submissions",
        limits=Limits(seconds=1e-4),
        progress=lambda done, total: told.append((done, total)),
    )
    details = [mark.findings[0].detail for result in marks.results for mark in result.marks]
    lost = [detail for detail in details if "longer than" in detail]
    assert len(lost) > 0.8 * len(details)
    assert all(result.score == result.points for result in marks.results[:3])
    assert told == [(done, len(details)) for done in range(1, len(details) + 1)]


def test_an_interrupt_leaves_no_results_and_no_process(homework: Path, tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "gradwright",
        *_command(homework, tmp_path / "results", "--workers", "2"),
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=tmp_path) as running:
        for _ in range(600):
            if any(path.name.startswith(".results") for path in tmp_path.iterdir()):
                break
            time.sleep(0.02)
        running.send_signal(signal.SIGINT)
        assert running.wait(30) in (130, 0)
        was_done = running.returncode == 0
    left = [path.name for path in tmp_path.iterdir()]
    assert left == (["results"] if was_done else [])


def test_progress_is_told_now_and_again(capsys: pytest.CaptureFixture[str]) -> None:
    silent, chatty = Progress("answers judged", every=60.0), Progress("answers judged", every=0.0)
    for done in range(1, 4):
        silent(done, 3)
        chatty(done, 3)
    captured = capsys.readouterr()
    assert captured.err.splitlines() == [f"{done} of 3 answers judged" for done in range(1, 4)]
    assert not captured.out


def test_nothing_of_a_submission_was_run(homework: Path) -> None:
    assert not (homework / "canary").exists() and not Path(os.getcwd(), "canary").exists()
