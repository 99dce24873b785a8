"""``gradwright prove`` writes a proof whole, or says in one message why there is none."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from gradwright.cli.main import run

FILE = """
name = "shift"
title = { en = "A shift", ko = "이동" }
[values]
x = ""
[[claims]]
show = "%s"
"""


def test_a_statement_of_the_catalogue_is_proved(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["prove", "tanh-as-sigmoid"]) == 0
    text = capsys.readouterr().out
    assert "Proof" in text and "∎" in text and "Checked by other means: 9 lines" in text


def test_a_file_of_a_users_own_is_written_in_the_format_of_its_suffix(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "s.toml").write_text(FILE % "1 - sigmoid(x) = sigmoid(-x)", encoding="utf-8")
    out = tmp_path / "s.html"
    assert run(["prove", str(tmp_path / "s.toml"), "--lang", "ko", "-o", str(out)]) == 0
    assert '<html lang="ko">' in out.read_text(encoding="utf-8")
    assert capsys.readouterr().out == ""


def test_json_holds_the_blocks(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["prove", "xor", "--json"]) == 0
    page = json.loads(capsys.readouterr().out)
    assert {"text", "steps", "table"} <= {block["block"] for block in page["blocks"]}


@pytest.mark.parametrize(
    ("claim", "message"),
    [
        ("tanh(x) = sigmoid(x)", "the claim is false: the left side is"),
        ("maximum(x, 0) - maximum(-x, 0) = x", "does not follow by the rules"),
        ("tanh(x = 1", "s.toml, line 7"),
        ("tanh(x) = sigmoidd(x)", "did you mean sigmoid"),
    ],
)
def test_what_is_not_proved_is_one_message_and_writes_nothing(
    claim: str, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "s.toml").write_text(FILE % claim, encoding="utf-8")
    assert run(["prove", str(tmp_path / "s.toml"), "-o", str(tmp_path / "out.md")]) == 1
    error = capsys.readouterr().err
    assert message in error and "Traceback" not in error and "defect" not in error
    assert not (tmp_path / "out.md").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["prove", "xr"], "did you mean xor?"),
        (["prove", "none.toml"], "there is no file none.toml"),
        (["prove", "xor", "--format", "htm"], "did you mean html?"),
        (["prove", "xor", "--detail", "long"], "'long' is not one of"),
        (["prove", "xor", "--lang", "fr"], "en, ko"),
        (["prove"], "Missing argument"),
    ],
)
def test_bad_usage_is_refused(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(arguments) == 2
    assert message in capsys.readouterr().err


def test_help_and_list_import_no_sympy() -> None:
    for words in (["prove", "--help"], ["list", "statements"]):
        script = (
            f"import sys; from gradwright.cli.main import run; run({words!r}); "
            "assert 'sympy' not in sys.modules"
        )
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
