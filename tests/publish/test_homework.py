"""A homework's folder, from roster to feedback: whole or not at all, the key kept from the students."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from gradwright.catalog import content
from gradwright.errors import GradwrightError, ModelError, UsageError
from gradwright.grade.key import read_key
from gradwright.grade.roster import Roster, Student, read_roster
from gradwright.publish.feedback import grade_folder
from gradwright.publish.homework import publish, read_secret
from gradwright.publish.set import load_set, sets
from gradwright.publish.whole import whole_folder, write_whole

SECRET = b"a secret of enough length"
CLASS = Roster((Student("s1", "Ann"), Student("s2", "이서연", language="ko")), "utf-8")
DEMO = content("problems") / "demo"


@pytest.fixture(scope="module")
def homework(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("homework") / "out"
    publish(load_set("first-gradients"), CLASS, folder, ("html", "md", "json"), secret=SECRET)
    return folder


@pytest.mark.parametrize("name", sorted(sets()))
def test_every_set_can_be_published_and_its_key_judged_right(name: str, tmp_path: Path) -> None:
    target = tmp_path / "out"
    publish(load_set(name), CLASS, target, ("md",), secret=SECRET)
    handed_in = tmp_path / "in"
    handed_in.mkdir()
    for paper in read_key(target).papers:
        lines = [f"{asked.label}: {asked.expected.reference}" for asked in paper.questions]
        (handed_in / f"{paper.student}.txt").write_text("\n".join(lines), encoding="utf-8")
    marks = grade_folder(target, handed_in, tmp_path / "results")
    for result in marks.results:
        assert result.score == result.points, result


def test_a_homework_has_what_is_handed_out_and_what_is_kept(homework: Path) -> None:
    files = {str(path.relative_to(homework)) for path in homework.rglob("*") if path.is_file()}
    for student in ("s1", "s2"):
        for file in ("homework.html", "homework.md", "homework.json", "answers.txt"):
            assert f"students/{student}/{file}" in files
        assert f"instructor/solutions/{student}.html" in files
    assert {"instructor/key.json", "instructor/secret"} <= files


def test_a_students_part_holds_neither_key_nor_secret(homework: Path) -> None:
    key = read_key(homework)
    for paper in key.papers:
        for path in (homework / "students" / paper.student).iterdir():
            text = path.read_text(encoding="utf-8")
            assert SECRET.decode() not in text
            for asked in paper.questions:
                if len(asked.expected.reference) > 8:
                    assert asked.expected.reference not in text, (path, asked)


def test_each_student_reads_their_language(homework: Path) -> None:
    assert "Gradient of a parameter" in (homework / "students/s1/homework.md").read_text(encoding="utf-8")
    assert "매개변수의 기울기" in (homework / "students/s2/homework.md").read_text(encoding="utf-8")


def test_the_same_secret_gives_the_same_homework(homework: Path, tmp_path: Path) -> None:
    again = tmp_path / "again"
    publish(load_set("first-gradients"), CLASS, again, ("md",), secret=SECRET)
    assert read_key(again) == read_key(homework)
    kept = tmp_path / "kept"
    publish(
        load_set("first-gradients"), CLASS, kept, ("md",), secret=read_secret(again / "instructor" / "secret")
    )
    assert read_key(kept) == read_key(homework)
    other = tmp_path / "other"
    publish(load_set("first-gradients"), CLASS, other, ("md",), secret=b"another secret of enough length")
    assert read_key(other) != read_key(homework)


def test_an_unfilled_template_is_blank(homework: Path, tmp_path: Path) -> None:
    handed_in = tmp_path / "in"
    shutil.copytree(homework / "students", handed_in)
    marks = grade_folder(homework, handed_in, tmp_path / "results")
    assert {mark.verdict for result in marks.results for mark in result.marks} == {"blank"}
    assert not any(result.findings for result in marks.results)


def test_what_exists_is_never_written_over(homework: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="exists already"):
        publish(load_set("first-gradients"), CLASS, homework, secret=SECRET)
    target = tmp_path / "results"
    target.mkdir()
    (tmp_path / "in").mkdir()
    with pytest.raises(UsageError, match="exists already"):
        grade_folder(homework, tmp_path / "in", target)


def test_a_failure_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), whole_folder(tmp_path / "out", "-") as folder:
        (folder / "a").write_text("x", encoding="utf-8")
        raise RuntimeError
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(UsageError):
        publish(load_set("first-gradients"), CLASS, tmp_path / "out", ("docx",), secret=SECRET)
    wrong = Roster((Student("s1", language="xx"),), "utf-8")
    with pytest.raises(UsageError, match="xx"):
        publish(load_set("first-gradients"), wrong, tmp_path / "out", secret=SECRET)
    assert list(tmp_path.iterdir()) == []


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    write_whole(tmp_path / "a" / "b.txt", "one")
    write_whole(tmp_path / "a" / "b.txt", "two")
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["b.txt"]
    assert (tmp_path / "a" / "b.txt").read_text(encoding="utf-8") == "two"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("title = 'x'", "needs questions"),
        ("[[questions]]\ntype = 'number_by_hand'", "model is missing"),
        ("[[questions]]\ntype = 'guess'\nmodel = 'x'", "no question type"),
        ("[[questions]]\ntype = 'number_by_hand'\nmodel = 'x'\npoints = -1", "points is -1"),
        ("[[questions]]\ntype = 'number_by_hand'\nmodel = 'x'\nsize = 3", "did you mean sizes"),
        ("questions = [", "not a TOML file"),
    ],
)
def test_a_bad_set_gets_one_message(text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "set.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(GradwrightError, match=message) as caught:
        load_set(str(path))
    assert isinstance(caught.value, ModelError | UsageError)


def test_an_unknown_set_is_refused() -> None:
    with pytest.raises(UsageError, match="first-gradients"):
        load_set("last-gradients")


def test_a_secret_is_read_from_a_file_or_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GRADWRIGHT_SECRET", raising=False)
    assert read_secret() is None
    monkeypatch.setenv("GRADWRIGHT_SECRET", "x" * 16)
    assert read_secret() == b"x" * 16
    path = tmp_path / "secret"
    path.write_bytes(b"short\n")
    with pytest.raises(UsageError, match="too short"):
        read_secret(path)
    with pytest.raises(UsageError, match="read"):
        read_secret(tmp_path / "none")


def test_the_shipped_class_gets_five_different_feedbacks(tmp_path: Path) -> None:
    roster = read_roster(DEMO / "roster.csv")
    secret = read_secret(DEMO / "secret.txt")
    publish(load_set("first-gradients"), roster, tmp_path / "homework", ("md",), secret=secret)
    marks = grade_folder(tmp_path / "homework", DEMO / "submissions", tmp_path / "results")
    found = [(result.marks[0].verdict, result.marks[0].findings[-1].key) for result in marks.results]
    assert found == [
        ("equal", "equal"),
        ("different", "mistake.transposed"),
        ("different", "mistake.mean-missing"),
        ("invalid", "invalid"),
        ("blank", "blank"),
    ]
    assert marks.results[0].score == marks.results[0].points
    data = json.loads((tmp_path / "results" / "results.json").read_text(encoding="utf-8"))
    assert len({student["tests"][0]["output"] for student in data["students"]}) == 5
