"""``gradwright compile`` and ``train --profile``: what they print, and what they say without a compiler."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from gradwright.cli.main import run

WITHOUT = (
    "import sys; sys.modules['llvmlite'] = None; from gradwright.cli.main import main; main(sys.argv[1:])"
)


@pytest.fixture(autouse=True)
def cache_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRADWRIGHT_CACHE", str(tmp_path / "cache"))


def test_compile_tells_sizes_kernels_memory_and_seconds(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["compile", "softmax-regression", "--size", "n=16", "--dtype", "float64", "--json"]
    rows = []
    for _ in range(2):
        assert run(arguments) == 0
        rows.append(json.loads(capsys.readouterr().out))
    assert [row["cached"] for row in rows] == [False, True]
    row = rows[0]
    assert row["sizes"] == {"n": 16, "d": 64, "k": 10}
    assert row["parameters"] == 650 and row["memory"]["optimizer"] == 3 * 8 * 650
    assert row["kernels"] == row["forward"] + row["backward"] + row["update"]
    assert row["products"] == 2
    assert set(row["seconds"]) == {"derive", "plan", "compile"}


@pytest.mark.parametrize("language", ["en", "ko"])
def test_compile_says_it_in_the_readers_language(language: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["compile", "linear-regression", "--lang", language]) == 0
    said = capsys.readouterr().out
    assert "n = 32" in said and ("kernels" in said) == (language == "en")


def test_compile_shows_the_loops_and_the_code(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["compile", "softmax-regression", "--show", "--llvm"]) == 0
    said = capsys.readouterr().out
    assert "# Z = X @ W + b" in said and "sum(X[n, d]*W[d, k] for d in range(64))" in said
    assert "define void" in said


@pytest.mark.parametrize("size", ["q=3", "n", "n=0", "n=x"])
def test_a_size_that_is_none_is_told(size: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["compile", "softmax-regression", "--size", size]) == 2
    assert "n" in capsys.readouterr().err


def test_train_tells_and_draws_its_profile(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    picture = tmp_path / "profile.png"
    arguments = ["train", "softmax-regression", "--epochs", "1", "--profile", "--plot-profile", str(picture)]
    assert run([*arguments, "--json"]) == 0
    parts = json.loads(capsys.readouterr().out)["profile"]["parts"]
    assert {part["kind"] for part in parts} >= {"forward", "backward", "update"}
    assert sum(part["share"] for part in parts) == pytest.approx(1, abs=0.01)  # each is rounded
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert run(arguments) == 0
    assert "Z = X @ W + b" in capsys.readouterr().out


def test_a_profile_of_the_interpreter_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["train", "softmax-regression", "--backend", "numpy", "--profile"]) == 2
    assert "compiled" in capsys.readouterr().err


def test_without_llvmlite_train_goes_on_and_says_so_in_one_line() -> None:
    command = [sys.executable, "-c", WITHOUT]
    trained = subprocess.run(
        [*command, "train", "softmax-regression", "--epochs", "1", "--profile"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert trained.returncode == 0, trained.stderr
    warned = [line for line in trained.stderr.splitlines() if line.startswith("warning: ")]
    assert len(warned) == 1 and "pip install llvmlite" in warned[0] and "slower" in warned[0]
    assert "training loss" in trained.stdout
    compiled = subprocess.run(
        [*command, "compile", "softmax-regression"], capture_output=True, text=True, check=False
    )
    assert compiled.returncode == 1 and "pip install llvmlite" in compiled.stderr
