"""The commands' outputs have the shapes that scripts rely on, and bad input leaves nothing half-written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from gradwright import catalog
from gradwright.cli.list import LISTS
from gradwright.cli.main import run

MODEL = """
name = "small"
title = { en = "Small", ko = "작은 모형" }
[axes]
n = "examples"
d = "features"
[data]
X = "n d"
y = "n"
[parameters]
w = "d"
[forward]
formulas = \"\"\"
r = X @ w - y
L = sum(r**2) / n
\"\"\"
minimise = "L"
"""


def _json(arguments: list[str], capsys: pytest.CaptureFixture[str], status: int = 0) -> Any:
    assert run(arguments) == status, capsys.readouterr().err
    return json.loads(capsys.readouterr().out)


def _lines(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    assert run(arguments) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_list_models_tells_names_titles_families_parameters_and_data(
    capsys: pytest.CaptureFixture[str],
) -> None:
    listed = _json(["list", "models", "--json"], capsys)
    assert {row["name"] for row in listed} == set(catalog.entries("models"))
    for row in listed:
        assert set(row) == {"name", "title", "family", "parameters", "data"}
        assert row["title"] and row["parameters"]
        assert row["data"] or row["family"] == "surface"


@pytest.mark.parametrize("what", LISTS)
@pytest.mark.parametrize("language", ["en", "ko"])
def test_a_list_has_a_name_and_a_title_in_each_row(
    what: str, language: str, capsys: pytest.CaptureFixture[str]
) -> None:
    listed = _json(["list", what, "--json", "--lang", language], capsys)
    assert listed and all(row["name"] and row["title"] for row in listed)


@pytest.mark.parametrize("language", ["en", "ko"])
def test_every_rule_is_explained(language: str, capsys: pytest.CaptureFixture[str]) -> None:
    for rule in _json(["list", "rules", "--json"], capsys):
        told = _json(["explain", rule["name"], "--json", "--lang", language], capsys)
        assert all(told[part] for part in ("name", "plain", "explanation", "example")), rule["name"]
        assert run(["explain", rule["name"], "--lang", language]) == 0
        assert told["name"] in capsys.readouterr().out


def test_every_question_type_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    from gradwright.ask.question import question_types

    listed = _json(["list", "questions", "--json"], capsys)
    assert {row["name"] for row in listed} == set(question_types())


def test_a_stream_of_derivations_has_the_fields_of_the_contract(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [
        {"id": "a", "expr": "sum((X @ w - y)**2)", "vars": {"X": ["n", "d"], "w": ["d"], "y": ["n"]}},
        {"id": "b", "expr": "sum(X @ w", "vars": {"X": ["n", "d"], "w": ["d"]}},
        {"id": "c", "expr": "s**3", "vars": {"s": []}},
    ]
    file = tmp_path / "rows.jsonl"
    file.write_text("".join(json.dumps({**row, "wrt": "sw"[i != 2]}) + "\n" for i, row in enumerate(rows)))
    first, bad, last = _lines(["derive", "--batch", str(file)], capsys)
    assert set(first) == {"id", "gradient", "index_form", "latex", "steps", "verified"}
    assert first["verified"] is True and "X.T @" in first["gradient"]
    assert bad["id"] == "b" and "never closed" in bad["error"]
    assert last["gradient"] == "3*s**2"


def test_a_stream_of_checks_has_the_fields_of_the_contract(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [
        {"id": 1, "reference": "x*(x + 1)", "answer": "x**2 + x"},
        {"id": 2, "reference": "A @ B", "answer": "A * B", "vars": {"A": ["n", "n"], "B": ["n", "n"]}},
        {"id": 3, "reference": "x", "answer": "x +"},
        {"id": 4, "reference": "x"},
    ]
    file = tmp_path / "rows.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    replies = _lines(["check", "--batch", str(file)], capsys)
    assert all(set(reply) == {"id", "verdict", "certificate", "feedback"} for reply in replies)
    assert [reply["verdict"] for reply in replies] == ["equal", "different", "invalid", "invalid"]


@pytest.mark.parametrize(
    ("answer", "status", "verdict"),
    [("x + x", 0, "equal"), ("3*x", 1, "different"), ("2x)", 1, "invalid")],
)
def test_check_exits_with_its_verdict(
    answer: str, status: int, verdict: str, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["check", "--reference", "2*x", "--answer", answer, "--json"]
    assert _json(arguments, capsys, status)["verdict"] == verdict


def test_verify_prints_a_list_of_reports(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "small.toml").write_text(MODEL, encoding="utf-8")
    (report,) = _json(["verify", str(tmp_path / "small.toml"), "--json"], capsys)
    assert set(report) == {"model", "ok", "routes", "seconds"}
    assert report["model"] == "small" and report["ok"] is True
    assert report["routes"]["exact"] == "proved"
    assert report["routes"]["difference"] < 1e-5  # a central difference of step 1e-5 errs by some 1e-9


def test_train_prints_what_became_of_the_loss(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    pytest.importorskip("sklearn")
    plot = tmp_path / "loss.svg"
    arguments = ["train", "softmax-regression", "--backend", "numpy", "--epochs", "2", "--plot", str(plot)]
    told = _json([*arguments, "--json"], capsys)
    keys = "model data epochs train_loss train_accuracy test_loss test_accuracy seconds step_us"
    assert " ".join(told) == keys
    assert told["epochs"] == 2 and 0 < told["test_accuracy"] <= 1
    assert plot.read_text(encoding="utf-8").lstrip().startswith("<?xml")


@pytest.mark.parametrize("suffix", [".html", ".md", ".tex", ".json", ".txt"])
def test_the_format_follows_the_files_suffix(
    suffix: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "small.toml").write_text(MODEL, encoding="utf-8")
    file = tmp_path / f"page{suffix}"
    assert run(["derive", str(tmp_path / "small.toml"), "-o", str(file)]) == 0
    captured = capsys.readouterr()
    assert not captured.out and str(file) in captured.err
    starts = {
        ".html": "<!DOCTYPE html>",
        ".md": "# ",
        ".tex": "\\documentclass",
        ".json": "{",
        ".txt": "Small",
    }
    assert file.read_text(encoding="utf-8").startswith(starts[suffix])


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("X @ w - y", "XX @ w - y", "did you mean X?"),
        ("X @ w - y", "X.T @ w - y", "did you mean X @ w?"),
        ("r = X @ w - y", "r = X @ w - y + q\nq = r * 2", "q"),
        ('y = "n"', 'y = "n"\nunused = "n"', "unused"),
        ('minimise = "L"', "", "minimise"),
        ('name = "small"', "name = small", "TOML"),
    ],
)
def test_a_mistake_in_a_model_file_is_one_message_and_nothing_is_written(
    old: str, new: str, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert old in MODEL
    (tmp_path / "small.toml").write_text(MODEL.replace(old, new), encoding="utf-8")
    arguments = ["derive", str(tmp_path / "small.toml"), "-o", str(tmp_path / "page.html")]
    status = run(arguments)
    captured = capsys.readouterr()
    assert status in (1, 2), captured.err
    assert captured.err.count("error: ") == 1 and message in captured.err and "defect" not in captured.err
    assert [path.name for path in tmp_path.iterdir()] == ["small.toml"]


def test_a_roster_with_a_duplicate_makes_no_homework(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    roster = tmp_path / "roster.csv"
    roster.write_text("student\nada\nada\n", encoding="utf-8")
    name = next(iter(catalog.entries("sets")))
    assert run(["homework", name, "--roster", str(roster), "-o", str(tmp_path / "out")]) == 2
    assert "stands on line 2 and again on line 3" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_huge_submission_is_told_and_the_rest_is_graded(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    roster, submissions = tmp_path / "roster.csv", tmp_path / "submissions"
    roster.write_text("student\nada\nnoah\n", encoding="utf-8")
    name = next(iter(catalog.entries("sets")))
    homework = str(tmp_path / "homework")
    made = _json(["homework", name, "--roster", str(roster), "-o", homework, "--json"], capsys)
    assert made["students"] == 2
    submissions.mkdir()
    (submissions / "ada.txt").write_text("q1: x\n" * 2_000_000, encoding="utf-8")
    (submissions / "noah.txt").write_text("q1: 0\n", encoding="utf-8")
    results = tmp_path / "results"
    told = _json(["grade", homework, str(submissions), "-o", str(results), "--json"], capsys)
    assert [row["student"] for row in told["results"]] == ["ada", "noah"]
    assert "12.0 MB" in (results / "feedback" / "ada.md").read_text(encoding="utf-8")
    assert told["results"][1]["verdicts"]["q1"] in ("different", "invalid")
