"""Feedback pages: the mistake, its step, and what is left of the points; nothing of the right answer."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from gradwright.errors import ModelError
from gradwright.grade.folder import Marks
from gradwright.grade.key import read_key
from gradwright.grade.roster import Roster, Student
from gradwright.publish.feedback import grade_folder
from gradwright.publish.homework import publish
from gradwright.publish.set import load_set

SECRET = b"a secret of enough length"
CLASS = Roster((Student("s1", "Ann"), Student("s2", "이서연", language="ko")), "utf-8")
SET = """
name = "small"
title = "Small"
feedback = "{level}"
[[questions]]
type = "adjoint_of_value"
model = "attention-classifier"
value = "H"
rename = false
points = 4
partial = {{ path-missing = 0.5 }}
[[questions]]
type = "gradient_of_parameter"
model = "lstm-classifier"
parameter = "W_f"
given = "c"
steps = true
rename = false
points = 3
"""
FORGOTTEN = "dR + dQ @ Wq.T + dU @ Wv.T"
CHAIN = "df[t] = -dc[t]*c[t-1]\ndz_f = df*f*(1 - f)\ndW_f = sum(t, x[t].T @ dz_f[t])"


def graded(folder: Path, level: str = "rule") -> Marks:
    (folder / "set.toml").write_text(SET.format(level=level), encoding="utf-8")
    publish(load_set(str(folder / "set.toml")), CLASS, folder / "homework", ("md",), secret=SECRET)
    handed_in = folder / "in"
    handed_in.mkdir()
    for student in ("s1", "s2"):
        (handed_in / f"{student}.txt").write_text(f"q1: {FORGOTTEN}\nq2: {CHAIN}", encoding="utf-8")
    return grade_folder(folder / "homework", handed_in, folder / "results")


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("class")
    graded(folder)
    return folder / "results"


def test_a_page_names_the_step_the_mistake_and_what_is_left(results: Path) -> None:
    page = (results / "feedback" / "s1.md").read_text(encoding="utf-8")
    assert "In the adjoint of `H`: A path is forgotten" in page
    assert "50 % of the points are kept" in page
    assert "| q1 | partly right | 2 / 4 |" in page
    korean = (results / "feedback" / "s2.md").read_text(encoding="utf-8")
    assert "`H` 의 수반값: 경로 하나를 빠뜨렸다." in korean
    assert "부분 점수 50%" in korean


def test_a_page_shows_each_line_of_a_chain_with_its_mark(results: Path) -> None:
    page = (results / "feedback" / "s1.md").read_text(encoding="utf-8")
    assert "| 1 | `df[t] = -dc[t]*c[t-1]` | wrong | 0 / 1 |" in page
    assert "| 3 | `dW_f = sum(t, x[t].T @ dz_f[t])` | follows | 1 / 1 |" in page
    assert "| q2 | partly right | 2 / 3 |" in page
    assert "The sign is wrong" in page


def test_no_page_holds_the_reference(results: Path) -> None:
    (paper, _) = read_key(results.parent / "homework").papers
    for asked in paper.questions:
        for path in (results / "feedback").iterdir():
            assert asked.expected.reference not in path.read_text(encoding="utf-8"), path


def test_results_for_other_programs_carry_the_mistakes(results: Path) -> None:
    data = json.loads((results / "gradescope" / "s1.json").read_text(encoding="utf-8"))
    first, second = data["tests"]
    assert (first["score"], second["score"]) == (2, 2)
    assert first["extra_data"]["mistakes"] == ["path-missing"]
    assert second["extra_data"]["mistakes"] == ["sign"]
    assert "A path is forgotten" in first["output"]
    assert "`" not in first["output"]
    rows = list(csv.reader(io.StringIO((results / "grades.csv").read_text(encoding="utf-8-sig"))))
    assert rows[1] == ["s1", "Ann", "", "4", "7", "s1.txt", "2", "different", "2", "different", ""]


def test_a_hint_tells_less_and_a_solution_more(tmp_path: Path) -> None:
    pages = {}
    for level in ("hint", "solution"):
        (tmp_path / level).mkdir()
        graded(tmp_path / level, level)
        pages[level] = (tmp_path / level / "results" / "feedback" / "s1.md").read_text(encoding="utf-8")
    assert "A path is forgotten" not in pages["hint"]
    assert "dR + dK @ Wk.T + dQ @ Wq.T + dU @ Wv.T" not in pages["hint"]
    assert "dR + dK @ Wk.T + dQ @ Wq.T + dU @ Wv.T" in pages["solution"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("feedback = 'everything'", "feedback is 'everything'"),
        ("partial = { sing = 0.5 }", "no kind of mistake sing"),
        ("partial = { sign = 2 }", "2 of the points"),
        ("partial = 3", "not a table"),
        ("feedback = 'none'; partial = { sign = 0.5 }", "tells none"),
    ],
)
def test_a_bad_option_of_feedback_gets_one_message(text: str, message: str, tmp_path: Path) -> None:
    whole, _, own = text.partition("; ") if text.startswith("feedback") else ("", "", text)
    path = tmp_path / "set.toml"
    path.write_text(
        f"{whole}\n[[questions]]\ntype = 'number_by_hand'\nmodel = 'softmax-regression'\n{own}\n",
        encoding="utf-8",
    )
    with pytest.raises(ModelError, match=message):
        load_set(str(path))
