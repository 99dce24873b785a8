"""A folder of submissions: everyone is graded, whatever some of them handed in."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from gradwright.errors import UsageError
from gradwright.grade.answer import judge_answer
from gradwright.grade.folder import Marks, grade
from gradwright.grade.key import Asked, Expected, Key, Paper, read_key, to_json
from gradwright.grade.limits import Limits
from gradwright.grade.results import class_results, grades_csv, gradescope, review_csv
from gradwright.grade.submission import split

GRADIENT = Expected(
    "formula",
    "X.T @ (P - Y)/n",
    {"X": ("n", "d"), "Y": ("n", "k"), "W": ("d", "k"), "b": ("k",), "Z": ("n", "k"), "P": ("n", "k")},
    {"Y": "onehot"},
    {"Z": "X @ W + b", "P": "softmax(Z)"},
    "W",
)
NUMBERS = Expected("array", "[[1.0, 0.5], [0.25, -2.0]]", wrt="W", tolerance=0.01)
QUESTIONS = (
    Asked("q1", "gradient_of_parameter", 4.0, GRADIENT),
    Asked("q2", "number_by_hand", 2.0, NUMBERS),
)


def key(*students: str) -> Key:
    return Key("test", {"en": "Test"}, tuple(Paper(s, "", "", "en", QUESTIONS) for s in students))


def graded(
    folder: Path, files: dict[str, str | bytes], students: tuple[str, ...] = ("s1",), workers: int = 1
) -> Marks:
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return grade(key(*students), folder, workers)


def verdict(expected: Expected, answer: str) -> tuple[str, list[str]]:
    word, findings = judge_answer(expected, answer)
    return word, [finding.key for finding in findings]


@pytest.mark.parametrize(
    "answer",
    [
        "X.T @ (P - Y)/n",
        "dW = X.T @ (P - Y)/n",
        "X.T @ (softmax(X @ W + b, axis=1) - Y)\n   / n",
        "(P.T @ X - Y.T @ X).T/n",
    ],
)
def test_a_right_formula_is_equal_in_whatever_names_of_the_question(answer: str) -> None:
    assert verdict(GRADIENT, answer)[0] == "equal"


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        ("(P - Y).T @ X/n", "transposed"),
        ("X.T @ (P - Y)", "mean-missing"),
        ("X.T @ (P - Y)/(n*k)", "mean-extra"),
        ("2*X.T @ (P - Y)/n", "factor"),
        ("X.T @ (Y - P)/n", "sign"),
        ("0*W", "zero"),
        ("X.T @ P/n", "term-missing"),
    ],
)
def test_a_wrong_formula_is_told_its_cause(answer: str, cause: str) -> None:
    assert verdict(GRADIENT, answer) == ("different", ["different", f"mistake.{cause}"])


def test_a_lost_number_is_named() -> None:
    _, findings = judge_answer(GRADIENT, "2*X.T @ (P - Y)/n")
    assert (findings[-1].values["factor"], findings[-1].values["inverse"]) == ("2", "1/2")


def test_a_question_may_keep_the_mistake_to_itself() -> None:
    silent = replace(GRADIENT, level="none")
    assert verdict(silent, "X.T @ (Y - P)/n") == ("different", ["different"])


@pytest.mark.parametrize(
    "answer", ["X.T @ (P - Y", "Q + 1", "X @ X", "__import__('os')", "W.__class__", "X.T @"]
)
def test_what_cannot_be_read_is_invalid_with_a_caret(answer: str) -> None:
    word, findings = judge_answer(GRADIENT, answer)
    assert word == "invalid"
    assert "^" in findings[0].detail


@pytest.mark.parametrize("answer", ["", "   \n", "____", "..."])
def test_nothing_is_blank(answer: str) -> None:
    assert verdict(GRADIENT, answer) == ("blank", ["blank"])


@pytest.mark.parametrize(
    ("answer", "word", "cause"),
    [
        ("[[1, 1/2], [1/4, -2]]", "equal", "equal-number"),
        ("np.array([[1.0, .5], [.25, -2]])", "equal", "equal-number"),
        ("[[1, 0.25], [0.5, -2]]", "different", "transposed-square"),
        ("[[-1, -0.5], [-0.25, 2]]", "different", "sign"),
        ("[[2, 1], [0.5, -4]]", "different", "factor-number"),
        ("[[1, 0.5], [0.25, 7]]", "different", "entries"),
        ("[1, 0.5]", "different", "shape-numbers"),
        ("[[1, 0.5], [0.25]]", "invalid", "not-numbers"),
        ("[[1, x], [0.25, 1]]", "invalid", "not-numbers"),
        ("1/0", "invalid", "not-numbers"),
    ],
)
def test_numbers_are_compared_entry_by_entry(answer: str, word: str, cause: str) -> None:
    got, findings = verdict(NUMBERS, answer)
    assert (got, findings[-1]) == (word, cause)


def test_one_students_trouble_leaves_the_rest_graded(tmp_path: Path) -> None:
    right = "q1: X.T @ (P - Y)/n\nq2: [[1, 0.5], [0.25, -2]]\n"
    files: dict[str, str | bytes] = {
        "right.txt": right,
        "nested/answers.txt": right,
        "Upper.TXT": right,
        "korean.txt": ("# 답안\n" + right).encode("cp949"),
        "pdf.pdf": b"%PDF-1.7 \0",
        "huge.txt": "q1: " + "X+" * 5_000_000,
        "binary.txt": bytes(range(256)),
        "garbled.txt": b"\xff\xfa\x81",
        "empty.txt": "",
        "chatter.txt": "hello",
        "deep.txt": "q1: " + "(" * 3_000 + "\nq2: " + "[" * 3_000,
        "stranger.txt": right,
    }
    students = (
        "right",
        "nested",
        "upper",
        "korean",
        "pdf",
        "huge",
        "binary",
        "garbled",
        "empty",
        "chatter",
        "deep",
        "gone",
    )
    marks = graded(tmp_path, files, students)
    found = {r.paper.student: (r.score, [f.key for f in r.findings]) for r in marks.results}
    for student in ("right", "nested", "upper", "korean"):
        assert found[student] == (6.0, []), student
    assert found["pdf"] == (0.0, ["binary"])
    assert found["huge"] == (0.0, ["too-large"])
    assert found["binary"] == (0.0, ["binary"])
    assert found["garbled"] == (0.0, ["encoding"])
    assert found["empty"] == (0.0, ["empty"])
    assert found["chatter"] == (0.0, ["no-labels"])
    assert found["gone"] == (0.0, ["missing"])
    assert [mark.verdict for mark in marks.results[students.index("deep")].marks] == ["invalid", "invalid"]
    assert [finding.values["file"] for finding in marks.strangers] == ["stranger.txt"]


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("q1: 1", encoding="utf-8")
    folder = tmp_path / "handed-in"
    folder.mkdir()
    (folder / "s1.txt").symlink_to(secret)
    marks = graded(folder, {})
    assert [finding.key for finding in marks.results[0].findings] == ["binary"]


def test_workers_give_the_same_marks(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {f"s{i}.txt": f"q1: {i}*X.T @ (P - Y)/n\nq2: {i}" for i in range(4)}
    students = tuple(f"s{i}" for i in range(4))
    alone = graded(tmp_path, files, students)
    assert grade(key(*students), tmp_path, workers=2) == alone


def test_an_undecided_answer_keeps_its_points_and_goes_to_a_person(tmp_path: Path) -> None:
    (tmp_path / "s1.txt").write_text("q1: X.T @ P\nq2: 1", encoding="utf-8")
    marks = grade(key("s1"), tmp_path, limits=Limits(seconds=1e-4))
    mark = marks.results[0].marks[0]
    assert (mark.verdict, mark.score) == ("undecided", 4.0)
    assert "s1,q1,gradient_of_parameter,4,X.T @ P" in review_csv(marks)
    test = gradescope(marks.results[0], lambda finding: finding.key)["tests"][0]
    assert "status" not in test
    assert test["extra_data"]["review"]


def test_results_have_gradescopes_form(tmp_path: Path) -> None:
    marks = graded(tmp_path, {"s1.txt": "q1: X.T @ (P - Y)/n\nq2: 1"}, ("s1", "s2"))
    data = class_results(marks, lambda _: lambda finding: finding.key)
    assert [student["student"] for student in data["students"]] == ["s1", "s2"]
    first = data["students"][0]
    assert (first["score"], first["max_score"]) == (4, 6)
    assert [test["status"] for test in first["tests"]] == ["passed", "failed"]
    assert {"name", "score", "max_score", "status", "output"} <= set(first["tests"][0])
    lines = grades_csv(marks).splitlines()
    assert lines[1] == "s1,,,4,6,s1.txt,4,equal,0,different,"
    assert len(lines) == 3


def test_a_cell_that_a_spreadsheet_would_run_is_made_harmless(tmp_path: Path) -> None:
    paper = Paper("s1", "=1+1", "", "en", QUESTIONS)
    marks = grade(Key("test", {"en": "Test"}, (paper,)), tmp_path)
    assert "'=1+1" in grades_csv(marks)


def test_the_last_of_two_answers_counts_and_is_told() -> None:
    answers, findings = split("q1: a\nQ1: b\n   c\nq7: d\n# q1: not this\n", ["q1", "q2"])
    assert answers == {"q1": "b\n   c"}
    assert [finding.key for finding in findings] == ["twice", "unknown-label"]


def test_a_key_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    (tmp_path / "instructor").mkdir()
    (tmp_path / "instructor" / "key.json").write_text(to_json(key("s1")), encoding="utf-8")
    assert read_key(tmp_path) == key("s1")


def test_what_is_no_homework_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="not a homework"):
        read_key(tmp_path)
    (tmp_path / "instructor").mkdir()
    (tmp_path / "instructor" / "key.json").write_text('{"set": 1', encoding="utf-8")
    with pytest.raises(UsageError, match="damaged"):
        read_key(tmp_path)
    with pytest.raises(UsageError, match="no such folder"):
        grade(key("s1"), tmp_path / "none")
