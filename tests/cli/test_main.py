"""How every command starts and ends: quick, one message for bad input, an exit status for scripts."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import click
import pytest

from gradwright.cli import main
from gradwright.cli.list import LISTS
from gradwright.errors import ModelError, Place, UsageError

COMMANDS = main.program.list_commands(click.Context(main.program))
HEAVY = ["sympy", "llvmlite", "numpy", "scipy", "sklearn", "matplotlib"]


def _imported_by(*arguments: str) -> set[str]:
    program = (
        "import sys\nfrom gradwright.cli.main import run\n"
        "status = run(sys.argv[1:])\nprint(*sorted(sys.modules), file=sys.stderr)\nsys.exit(status)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments], capture_output=True, text=True, check=True
    )
    return set(done.stderr.split())


def test_the_commands_are_those_of_the_contract() -> None:
    contract = (
        "check compile demo derive explain flow generate grade homework list neighbours paths prove "
        "summary train verify"
    )
    assert " ".join(COMMANDS) == contract


@pytest.mark.parametrize(
    "arguments",
    [["--help"], *([name, "--help"] for name in COMMANDS), *(["list", what] for what in LISTS)],
    ids=" ".join,
)
def test_help_and_list_import_nothing_heavy(arguments: list[str]) -> None:
    allowed = {"numpy"} if arguments == ["list", "datasets"] else set()
    assert not _imported_by(*arguments) & (set(HEAVY) - allowed)


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_has_a_line_in_the_help_and_a_help_of_its_own(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main.run([name, "--help"]) == 0
    command = main.program.get_command(click.Context(main.program), name)
    assert command is not None and command.short_help and command.name in (name, "command")
    assert f"Usage: gradwright {name}" in capsys.readouterr().out


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_prints_json_on_request(name: str) -> None:
    command = main.program.get_command(click.Context(main.program), name)
    assert command is not None
    assert any("--json" in parameter.opts for parameter in command.params)


def test_python_m_gradwright_is_the_command() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "gradwright", "--version"], capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("gradwright, version ")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["dervie"], "did you mean derive?"),
        (["explain", "sfit"], "did you mean sift?"),
        (["list", "modles"], "modles"),
        (["list"], "WHAT"),
        (["check", "--reference", "x"], "--answer"),
        (["check", "--refrence", "x"], "--refrence"),
        (["derive"], "TARGET"),
        (["derive", "a.toml"], "there is no file a.toml"),
        (["derive", "x*x"], "--var"),
        (["derive", "x", "--var", "2: n"], "does not start with a name"),
        (["derive", "x", "--var", "x:", "--var", "x: n"], "twice"),
        (["derive", "x", "--var", "x:", "--domain", "y: pos"], "no --var declares"),
        (["derive", "--batch", "no-such-file.jsonl"], "no-such-file.jsonl"),
        (["verify"], "TARGET or --all"),
        (["explain", "sift", "--lang", "xx"], "'xx'"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_bad_usage_is_one_message_and_exit_2(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main.run(arguments) == 2
    captured = capsys.readouterr()
    assert not captured.out
    assert captured.err.startswith("error: ") and message in captured.err


def _fails_with(error: BaseException, monkeypatch: pytest.MonkeyPatch) -> int:
    def fail(*arguments: object, **options: object) -> None:
        raise error

    monkeypatch.setattr(main.program, "main", fail)
    return main.run([])


@pytest.mark.parametrize(
    ("error", "status", "message"),
    [
        (ModelError("wrong shape", Place("Z = W @ X", 4, 9, "m.toml", 7)), 1, "Z = W @ X\n    ^~~~~"),
        (UsageError("no such thing", hint="try that"), 2, "no such thing\ntry that"),
        (OSError(28, "No space left on device", "out.html"), 1, "out.html: No space left on device"),
        (KeyboardInterrupt(), 130, "interrupted"),
        (ZeroDivisionError("by zero"), 1, "a defect of gradwright: ZeroDivisionError: by zero"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else "",
)
def test_an_error_is_one_message_and_its_exit_status(
    error: BaseException,
    status: int,
    message: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert _fails_with(error, monkeypatch) == status
    captured = capsys.readouterr()
    assert message in captured.err and "Traceback" not in captured.err


def test_a_traceback_is_there_for_who_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRADWRIGHT_TRACEBACK", "1")
    with pytest.raises(ZeroDivisionError):
        _fails_with(ZeroDivisionError(), monkeypatch)


def test_a_reader_that_closes_the_pipe_ends_the_command_quietly() -> None:
    command = [sys.executable, "-m", "gradwright", "check", "--batch", "-"]
    running = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert running.stdin is not None and running.stdout is not None and running.stderr is not None
    running.stdout.close()
    with running.stdin as stdin:
        stdin.write(b"not json\n")
    assert running.stderr.read() == b""
    running.stderr.close()
    assert running.wait() == 1


def test_an_interrupt_ends_a_stream_with_130() -> None:
    command = [sys.executable, "-m", "gradwright", "check", "--batch", "-"]
    running = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert running.stdin is not None and running.stdout is not None
    running.stdin.write(b"not json\n")
    running.stdin.flush()
    reply = json.loads(running.stdout.readline())
    assert reply["verdict"] == "invalid"  # answered before the input ends
    time.sleep(0.05)
    running.send_signal(signal.SIGINT)
    _, errors = running.communicate(timeout=20)
    assert errors.decode().split() == ["interrupted"]
    assert running.returncode == 130


def test_colour_is_left_out_where_no_color_is_set(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "gradwright", "nonsense"]
    done = subprocess.run(
        command,
        env={**os.environ, "NO_COLOR": "1", "FORCE_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2 and "\x1b" not in done.stderr
