"""``gradwright generate``: what it makes, its table, its picture, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from gradwright.cli.main import run
from gradwright.model.load import model
from gradwright.train import checkpoint
from gradwright.train.bind import bind
from gradwright.train.history import History
from gradwright.train.program import compile
from gradwright.train.run import shown_sizes
from gradwright.train.trainer import Trainer

NAME = "seq2seq-dot-attention"


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A checkpoint from before the first step: what it makes is nonsense, but it makes it."""
    path = tmp_path_factory.mktemp("start") / "start.npz"
    first, _ = bind(model(NAME), "korean-numbers", np.random.default_rng(0))
    trainer = Trainer(compile(model(NAME), shown_sizes(model(NAME), first, 2), backend="numpy"), clip=1.0)
    trainer.start(first.take(np.arange(2)))
    checkpoint.save(path, trainer, History())
    return str(path)


def _run(start: str, *arguments: str) -> int:
    return run(["generate", NAME, "--checkpoint", start, "--backend", "numpy", *arguments])


def test_each_input_gets_a_line(start: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert _run(start, "--input", "12", "--input", "345", "--json") == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["input"] for row in rows] == ["12", "345"]
    assert _run(start, "--input", "12", "--input", "345") == 0
    assert capsys.readouterr().out == "".join(f"{row['output']}\n" for row in rows)


def test_scores_are_a_table_in_either_language(start: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert _run(start, "--score", "--count", "5") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"{NAME} on 5 held-out examples of korean-numbers"
    assert [line.split("(")[0].strip() for line in lines[3:]] == [
        "after the right symbols",
        "after its own symbols",
    ]
    assert _run(start, "--score", "--count", "5", "--beam", "2", "--lang", "ko") == 0
    assert "빔 크기 2" in capsys.readouterr().out


@pytest.mark.parametrize("suffix", [".png", ".svg"])
def test_the_weights_are_drawn(
    suffix: str, start: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    picture = tmp_path / f"weights{suffix}"
    assert _run(start, "--input", "12", "--picture", "A", "-o", str(picture), "--lang", "ko") == 0
    assert picture.stat().st_size > 1000
    assert f"wrote {picture}" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "nothing is asked of the model"),
        (["--input", "1", "--score"], "--input and --score are two things"),
        (["--input", "1", "--temperature", "2"], "--temperature does nothing with --input"),
        (["--input", "1", "--count", "2"], "--count does nothing with --input"),
        (["--score", "--picture", "A", "-o", "a.svg"], "--picture does nothing with --score"),
        (["--input", "1", "--picture", "A"], "a picture needs both --picture and -o"),
        (["--input", "1", "--picture", "A", "-o", "a.pdf"], "a picture is a .png or a .svg file"),
        (["--input", "1", "--picture", "B", "-o", "a.svg"], "there is no value B"),
        (["--input", "1x"], "'x' in '1x' is not among the words of the data"),
        (["--prompt", "1"], "give it one: --input"),
        (["--input", "1", "--data", "digits"], "which the data set digits does not have"),
        (["--input", "1", "--checkpoint", "none.npz"], "there is no file none.npz"),
    ],
)
def test_bad_input_is_one_message(
    arguments: list[str], message: str, start: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _run(start, *arguments) == 2
    found = capsys.readouterr()
    assert message in found.err
    assert not found.out
    assert "Traceback" not in found.err
