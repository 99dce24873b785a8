"""The README says what works: its commands run, its model is read, its Python runs."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from gradwright import catalog
from gradwright.cli.main import run

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
SET_UP = re.findall(r"^python3 -m venv .*$", README, re.MULTILINE)


def _blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def _commands() -> dict[str, str]:
    """The commands after ``$ gradwright``, each with the output that the README shows of it, or ""."""
    shown = "".join(_blocks("console")).split("$ gradwright ")[1:]
    return {command: output for command, _, output in (one.partition("\n") for one in shown)}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the files that the README's commands speak of."""
    made = tmp_path_factory.mktemp("readme")
    (made / "roster.csv").write_text("student,name,language\nmin,Min Kim,ko\nada,Ada,en\n", encoding="utf-8")
    (made / "steps.txt").write_text(_blocks("text")[0], encoding="utf-8")
    (made / "submissions").mkdir()
    (made / "submissions" / "ada.txt").write_text("q1: X\n", encoding="utf-8")
    for number, block in enumerate(_blocks("toml")):
        name = tomllib.loads(block)["name"]
        (made / f"{name}.toml").write_text(block, encoding="utf-8")
        assert number < 5
    return made


@pytest.mark.parametrize("command", _commands())  # what it shows as output is golden: rewritten by --rewrite
def test_a_command_of_the_readme_runs(
    command: str,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    rewrite: bool,
) -> None:
    monkeypatch.chdir(folder)
    status = run(shlex.split(command))
    captured = capsys.readouterr()
    shown = _commands()[command]
    is_wrong = command.startswith("check ") and not shown.startswith("equal")
    assert status == is_wrong, captured.err
    assert captured.out or "wrote" in captured.err
    if shown.strip() and not rewrite:
        assert captured.out == shown
    elif shown.strip():
        path = ROOT / "README.md"
        text, old = path.read_text(encoding="utf-8"), f"$ gradwright {command}\n{shown}"
        assert old in text
        path.write_text(text.replace(old, f"$ gradwright {command}\n{captured.out}"), encoding="utf-8")


def test_each_set_up_command_makes_its_own_environment_and_ends_with_its_job() -> None:
    demo, tests = SET_UP
    assert demo.endswith(".venv/bin/gradwright demo")
    assert "/pytest" in tests.rsplit("&&", 1)[1]
    for line in SET_UP:
        assert line.startswith("python3 -m venv .venv && .venv/bin/pip install ")


def test_continuous_integration_runs_the_very_test_command() -> None:
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert "README.md" in script and "/pytest" in script


def test_a_model_of_the_readme_is_read() -> None:
    from gradwright.model.load import from_text, model

    for block in _blocks("toml"):
        read = from_text(block)
        assert read.parameters and read.minimise
        if read.name in catalog.entries("models"):
            assert read.formulas == model(read.name).formulas


@pytest.mark.parametrize("block", _blocks("python"))
def test_the_python_of_the_readme_runs(block: str) -> None:
    done = subprocess.run([sys.executable, "-c", block], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
