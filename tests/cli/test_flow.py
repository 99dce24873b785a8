"""``gradwright flow``: its table, its JSON, its picture, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gradwright.cli.main import run


def test_it_prints_a_row_for_each_state_and_setting(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["flow", "lstm-classifier", "--scale", "0.5,2", "--steps", "4", "--set", "b_f=3"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "lstm-classifier: how gradients flow back"
    assert [line.split()[-6] for line in lines[3:]] == ["0.5", "0.5", "2", "2"]
    assert [line.split()[-5] for line in lines[3:]] == ["dc", "dh", "dc", "dh"]


def test_it_speaks_korean(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["flow", "rnn-classifier", "--singular", "0.9", "--steps", "4", "--lang", "ko"]) == 0
    assert "rnn-classifier: 기울기의 흐름" in capsys.readouterr().out


def test_a_picture_is_written_beside_the_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    picture = tmp_path / "flow.png"
    arguments = ["flow", "rnn-classifier", "--singular", "0.9,1.1", "--steps", "5", "--json"]
    assert run([*arguments, "-o", str(picture)]) == 0
    found = capsys.readouterr()
    row = json.loads(found.out)
    assert [curve["singular"] for curve in row["curves"]] == [0.9, 1.1]
    assert [round(curve["factor"], 12) for curve in row["curves"]] == [0.9, 1.1]
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert f"wrote {picture}" in found.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["rnn-classifier", "--scale", "0"], "--scale '0' is no number above 0"),
        (["rnn-classifier", "--singular", "nan"], "--singular 'nan' is no number above 0"),
        (["rnn-classifier", "--scale", ","], "--scale is empty"),
        (
            ["rnn-classifier", "--scale", "1", "--init", "he"],
            "--scale and --init each say what the weights are",
        ),
        (["rnn-classifier", "--init", "hee"], "did you mean he?"),
        (["rnn-classifier", "--set", "b"], "write it as b=1"),
        (["rnn-classifier", "--set", "bb=1"], "has no parameter bb"),
        (["rnn-classifier", "--data", "digits", "--steps", "4"], "--steps is for drawn data"),
        (["rnn-classifier", "-o", "flow.pdf"], "a picture is a .png or a .svg file"),
        (["linear-regression"], "a gradient flows along time or through layers"),
        (["rnn-clasifier"], "did you mean rnn-classifier?"),
    ],
)
def test_bad_input_is_one_message(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["flow", *arguments]) == 2
    found = capsys.readouterr()
    assert message in found.err
    assert not found.out
    assert "Traceback" not in found.err
