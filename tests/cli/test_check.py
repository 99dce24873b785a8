"""``gradwright check``: what it prints, what a row may say, and what becomes of bad rows and processes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from gradwright.cli.main import run
from tests.grade.hostile import VARS, Hostile, every

COMMAND = [sys.executable, "-m", "gradwright", "check", "--batch", "-"]
KEYS = {"id", "verdict", "certificate", "feedback"}
GOOD = {"reference": "x*(x + 1)", "answer": "x**2 + x"}


def _batch(
    rows: list[Any], tmp_path: Path, capsys: pytest.CaptureFixture[str], *options: str
) -> list[dict[str, Any]]:
    """The replies to rows; a row of bytes is written as it is."""
    lines = [row if isinstance(row, bytes) else json.dumps(row).encode() for row in rows]
    file = tmp_path / "rows.jsonl"
    file.write_bytes(b"".join(line + b"\n" for line in lines))
    assert run(["check", "--batch", str(file), *options]) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def _out(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    status = run(["check", *arguments])
    captured = capsys.readouterr()
    assert not captured.err, captured.err
    return status, captured.out


BROKEN: list[tuple[Any, str]] = [
    (b"{", "line 2: not JSON"),
    (b"nonsense", "line 2: not JSON"),
    (b"[1, 2]", "line 2: a JSON object was expected"),
    (b"3", "line 2: a JSON object was expected"),
    (b"[" * 100_000 + b"]" * 100_000, "nested too deeply"),
    (b'{"a":' * 100_000, "nested too deeply"),
    (b'{"id": 7, "answer": ' + b"9" * 10_000 + b"}", "not JSON"),
    (b'{"reference": "x", "answer": NaN}', "NaN is no JSON number"),
    (b'{"reference": "x", "answer": "x", "domain": {"x": -Infinity}}', "-Infinity is no JSON number"),
    (b'{"reference": "x", "answer": "x", "answer": "2*x"}', 'the key "answer" stands twice'),
    (b'{"reference": "x", "answer": "\xff\xfe"}', "line 2: not UTF-8 text"),
    (b'{"reference": "x", "answer": "' + b"x" * 5_000_000 + b'"}', "line 2: longer than 4 MB"),
    ({"id": 7, "reference": "x"}, '"answer" is missing'),
    ({"id": 7, "answer": "x"}, '"reference" is missing'),
    ({"id": 7, "reference": "x", "answer": 3}, '"answer" is no string'),
    ({"id": 7, "reference": ["x"], "answer": "x"}, '"reference" is no string'),
    ({**GOOD, "syntax": "latx"}, "\"syntax\" is 'latx'; it may be text, latex\ndid you mean latex?"),
    ({**GOOD, "syntax": 3}, '"syntax" is 3; it may be text, latex'),
    ({**GOOD, "explain": "much"}, "\"explain\" is 'much'; it may be none, brief, hint, rule, solution"),
    ({**GOOD, "language": "fr"}, "\"language\" is 'fr'; it may be en, ko"),
    ({**GOOD, "implicit": "yes"}, "\"implicit\" is 'yes'; it may be true or false"),
    ({**GOOD, "definitions": "y = x"}, '"definitions" is not a list of formulas'),
    ({**GOOD, "definitions": {"y": 3}}, '"definitions" is not a list of formulas'),
    ({**GOOD, "vars": [["x"]]}, '"vars" is not an object'),
    ({**GOOD, "vars": {"x": 3}}, "the shape of x is not a list"),
    ({**GOOD, "domain": ["pos"]}, '"domain" is not an object'),
]


@pytest.mark.parametrize(("row", "message"), BROKEN, ids=lambda value: str(value)[:40])
def test_a_bad_row_is_invalid_and_the_rows_beside_it_are_judged(
    row: Any, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, bad, last = _batch([{"id": 1, **GOOD}, row, {"id": 3, **GOOD}], tmp_path, capsys)
    assert (first["verdict"], last["verdict"]) == ("equal", "equal")
    assert set(bad) == KEYS and bad["verdict"] == "invalid"
    assert message in bad["feedback"], bad["feedback"]
    assert bad["id"] == (7 if isinstance(row, dict) and "id" in row else None)


@pytest.mark.parametrize("identity", [None, 3, "a", "\ud800", 1.5, [1, {"a": None}], True, "학번"])
def test_a_reply_has_its_rows_id_whatever_that_is(
    identity: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert [reply["id"] for reply in _batch([{"id": identity, **GOOD}] * 2, tmp_path, capsys)] == [
        identity
    ] * 2


def test_empty_lines_marks_and_foreign_line_ends_do_not_matter(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    row = json.dumps(GOOD).encode()
    replies = _batch([b"\xef\xbb\xbf" + row + b"\r", b"", b"  \r", row, b"\xe2\x80\xa8"], tmp_path, capsys)
    assert [reply["verdict"] for reply in replies] == ["equal", "equal", "invalid"]


def test_a_file_without_a_last_line_end_is_read_whole(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "rows.jsonl"
    file.write_text(json.dumps(GOOD) + "\n" + json.dumps(GOOD), encoding="utf-8")
    assert run(["check", "--batch", str(file)]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 2


@pytest.mark.parametrize("workers", ["1", "2"])
def test_replies_come_in_the_order_of_the_rows(
    workers: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [{"id": k, "reference": f"{k}*x", "answer": f"x*{k - k % 2}"} for k in range(60)]
    replies = _batch(rows, tmp_path, capsys, "--workers", workers)
    assert [reply["id"] for reply in replies] == list(range(60))
    assert [reply["verdict"] for reply in replies] == ["equal", "different"] * 30


def test_options_hold_for_the_rows_that_do_not_say_otherwise(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [
        {"reference": "v @ v", "answer": "sum(v**2)"},
        {"reference": "v*v", "answer": "v**2", "vars": {"v": []}},
        {"reference": "sqrt(v*v)", "answer": "v"},
        {"reference": "sqrt(v*v)", "answer": "v", "domain": {"v": "real"}},
    ]
    replies = _batch(rows, tmp_path, capsys, "--var", "v: n", "--domain", "v: pos")
    assert [reply["verdict"] for reply in replies] == ["equal", "equal", "equal", "different"]


def test_a_reply_is_there_while_the_next_row_is_not() -> None:
    with subprocess.Popen(COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as running:
        assert running.stdin is not None and running.stdout is not None
        for number in range(3):
            running.stdin.write(json.dumps({"id": number, **GOOD}).encode() + b"\n")
            running.stdin.flush()
            assert json.loads(running.stdout.readline())["id"] == number
        running.stdin.close()
        assert running.stdout.read() == b""
        assert running.wait(30) == 0


def test_an_interrupt_keeps_what_is_done_and_leaves_no_process_behind() -> None:
    with subprocess.Popen(
        [*COMMAND, "--workers", "2"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as running:
        assert running.stdin is not None and running.stdout is not None and running.stderr is not None
        for number in range(5):
            running.stdin.write(json.dumps({"id": number, **GOOD}).encode() + b"\n")
        running.stdin.flush()
        replies = [json.loads(running.stdout.readline()) for _ in range(5)]
        children = _descendants(running.pid)
        running.send_signal(signal.SIGINT)
        assert running.wait(30) == 130
        assert [reply["id"] for reply in replies] == list(range(5))
        assert running.stderr.read().decode().split() == ["interrupted"]
    assert children
    _wait_for_the_end_of(children)


def _descendants(pid: int) -> list[int]:
    """The processes under one, by what the system says of them."""
    found = [pid]
    parents = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text(encoding="utf-8").rpartition(")")[2].split()
        except OSError:
            continue
        parents[int(path.parent.name)] = int(fields[1])
    for parent in found:
        found.extend(child for child, of in parents.items() if of == parent)
    return found[1:]


def _wait_for_the_end_of(pids: list[int]) -> None:
    for _ in range(200):
        alive = [pid for pid in pids if Path(f"/proc/{pid}").exists()]
        if not alive:
            return
        time.sleep(0.05)
    raise AssertionError(f"still there: {alive}")


def test_an_answer_whose_process_is_killed_is_undecided_and_the_next_is_judged() -> None:
    """Kill the idle worker, and then the one that is at work: the second loses its answer, with the cause."""
    slow = {"id": "slow", "reference": "x", "answer": "x", "vars": {"x": []}}
    with subprocess.Popen(COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as running:
        assert running.stdin is not None and running.stdout is not None
        lost = 0
        for number in range(40):
            running.stdin.write((json.dumps({**slow, "id": number}) + "\n").encode() * 10)
            running.stdin.flush()
            for worker in _workers(running.pid):
                with suppress(ProcessLookupError):
                    os.kill(worker, signal.SIGKILL)
            for reply in (json.loads(running.stdout.readline()) for _ in range(10)):
                assert reply["id"] == number
                assert reply["verdict"] in ("equal", "undecided")
                if reply["verdict"] == "undecided":
                    lost += 1
                    assert reply["feedback"] == "the process that judged it died"
        running.stdin.close()
        assert running.wait(30) == 0
    assert lost <= 40


def _workers(pid: int) -> list[int]:
    """The processes that judge: those under the one that they are copied from."""
    below = _descendants(pid)
    return [worker for child in below for worker in _descendants(child)]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--reference", "x", "--batch", "-"], "leave --reference out"),
        (["--answer", "x", "--batch", "-", "--model", "m"], "leave --answer and --model out"),
        (["--reference", "x", "--answer", "x", "--wrt", "x"], "--model"),
        (["--reference", "x", "--answer", "x", "--rubric", "r.toml"], "--steps"),
        (["--reference", "x", "--answer", "x", "--lang", "fr"], "'fr'"),
        (["--reference", "x", "--answer", "x", "--explain", "much"], "'much'"),
        (["--answer", "x", "--model", "no-such-model", "--wrt", "W"], "no model or function 'no-such-model'"),
        (["--answer", "x", "--model", "softmax-regression", "--wrt", "V"], "no parameter V"),
        (["--answer", "x", "--model", "softmax-regression", "--wrt", "W", "--var", "x:"], "leave --var out"),
        (["--reference", "x", "--answer", "x", "--seconds", "0"], "--seconds"),
        (["--batch", "-", "--workers", "0"], "--workers"),
    ],
)
def test_bad_usage_is_told_before_anything_is_judged(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["check", *arguments]) == 2
    captured = capsys.readouterr()
    assert not captured.out and message in captured.err, captured.err


def test_the_answer_to_a_model_is_judged_against_the_derived_gradient(
    capsys: pytest.CaptureFixture[str],
) -> None:
    model = ["--model", "softmax-regression", "--wrt", "W"]
    assert _out([*model, "--answer", "X.T @ (P - Y)/n"], capsys)[1].startswith("equal\n")
    assert _out([*model, "--answer", "X.T @ (softmax(X @ W + b) - Y)/n"], capsys)[0] == 0
    status, told = _out([*model, "--answer", "X.T @ (P - Y)"], capsys)
    assert (status, told.split("\n")[0]) == (1, "different")


def test_a_defined_name_may_be_used(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--reference", "P - Y", "--var", "Z: n k", "--var", "Y: n k", "--define", "P = softmax(Z)"]
    assert _out([*arguments, "--answer", "softmax(Z, axis=1) - Y"], capsys)[0] == 0
    assert _out([*arguments, "--answer", "P.T.T - Y"], capsys)[0] == 0
    assert _out([*arguments, "--answer", "Y - P"], capsys)[0] == 1


def test_latex_is_read_on_request(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--reference", r"\frac{1}{2}x^2", "--latex"]
    assert _out([*arguments, "--answer", r"\frac{x \cdot x}{2}"], capsys)[0] == 0
    assert _out([*arguments, "--answer", r"\frac{x}{2}"], capsys)[0] == 1


def test_implicit_products_are_read_on_request(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--reference", "2*x*y", "--answer", "2x y"]
    assert _out(arguments, capsys)[1].startswith("invalid\n")
    assert _out([*arguments, "--implicit"], capsys)[0] == 0


def test_an_invalid_answer_is_shown_with_a_caret(capsys: pytest.CaptureFixture[str]) -> None:
    status, told = _out(["--reference", "2*x", "--answer", "2*(x + 1))"], capsys)
    assert status == 1
    lines = told.splitlines()
    assert lines[0] == "invalid" and "2*(x + 1))" in lines
    assert lines[lines.index("2*(x + 1))") + 1] == "         ^"


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("level", ["hint", "rule", "solution"])
def test_an_explanation_names_the_mistake(
    language: str, level: str, capsys: pytest.CaptureFixture[str]
) -> None:
    shapes = ["--var", "X: n d", "--var", "r: n"]
    arguments = ["--reference", "X.T @ r/n", "--answer", "X.T @ r", *shapes, "--lang", language]
    _, bare = _out([*arguments, "--explain", "none"], capsys)
    status, told = _out([*arguments, "--explain", level], capsys)
    assert status == 1 and told != bare and told.startswith("different\n")
    _, reply = _out([*arguments, "--explain", level, "--json"], capsys)
    assert json.loads(reply)["mistakes"]
    assert any("가" <= letter <= "힣" for letter in told) == (language == "ko")


def test_an_explanation_is_a_rule_unless_told(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--reference", "x**2", "--answer", "-x**2"]
    assert _out([*arguments, "--explain"], capsys) == _out([*arguments, "--explain", "rule"], capsys)
    assert _out([*arguments, "--explain"], capsys) == _out(arguments, capsys)


def test_json_has_the_keys_of_the_contract_unless_more_is_asked(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--reference", "x**2", "--answer", "-x**2", "--json"]
    assert list(json.loads(_out(arguments, capsys)[1])) == ["verdict", "certificate", "feedback"]
    asked = json.loads(_out([*arguments, "--explain"], capsys)[1])
    assert list(asked) == ["verdict", "certificate", "feedback", "mistakes"]


def test_a_row_asks_for_its_own_explanation(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wrong = {"reference": "X.T @ r/n", "answer": "X.T @ r", "vars": {"X": ["n", "d"], "r": ["n"]}}
    rows = [
        {**wrong, "explain": False},
        wrong,
        {**wrong, "explain": "rule"},
        {**wrong, "explain": True, "language": "ko"},
        GOOD,
    ]
    bare, brief, rule, korean, good = _batch(rows, tmp_path, capsys)
    assert set(bare) == set(brief) == KEYS == set(good)
    assert brief["feedback"] == rule["feedback"]
    assert set(rule) == KEYS | {"mistakes"} == set(korean)
    assert rule["mistakes"] == korean["mistakes"] and rule["feedback"] != korean["feedback"]
    assert rule["feedback"] != bare["feedback"]


STEPS = "dZ = (P - Y)/n\ndW = X.T @ dZ\n"
MODEL = ["--model", "softmax-regression", "--wrt", "W"]


def _steps(text: str, tmp_path: Path, name: str = "steps.txt") -> list[str]:
    (tmp_path / name).write_text(text, encoding="utf-8")
    return ["--steps", str(tmp_path / name)]


def test_a_right_chain_of_steps_is_done(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, told = _out([*_steps(STEPS, tmp_path), *MODEL], capsys)
    assert status == 0, told
    assert "dW = X.T @ dZ" in told


@pytest.mark.parametrize(
    ("line", "verdict"),
    [("dW = X.T @ dZ*n", "wrong"), ("dW = X @ dZ", "invalid"), ("dW = X.T @ (", "invalid")],
)
def test_a_chain_with_a_bad_line_is_not_done(
    line: str, verdict: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    steps = _steps(STEPS.replace("dW = X.T @ dZ", line), tmp_path)
    status, told = _out([*steps, *MODEL, "--json"], capsys)
    result = json.loads(told)
    assert (status, result["lines"][-1]["verdict"]) == (1, verdict)
    assert result["score"] < result["total"]
    assert (result["first_wrong"] == 2) == (verdict == "wrong")


def test_steps_in_latex_are_read_from_their_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = "\\begin{align}\ndZ &= \\frac{1}{n}(P - Y) \\\\\ndW &= X^\\top dZ\n\\end{align}\n"
    assert _out([*_steps(text, tmp_path, "steps.tex"), *MODEL], capsys)[0] == 0


def test_steps_may_be_judged_by_definitions_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shapes = [part for name in ("X: n d", "P: n k", "Y: n k") for part in ("--var", name)]
    reference = ["--reference", "X.T @ (P - Y)/n", "--define", "dZ = (P - Y)/n"]
    assert _out([*_steps(STEPS, tmp_path), *shapes, *reference], capsys)[0] == 0
    wrong = _steps(STEPS.replace("/n", ""), tmp_path)
    status, told = _out([*wrong, *shapes, *reference, "--json"], capsys)
    verdicts = [line["verdict"] for line in json.loads(told)["lines"]]
    assert (status, verdicts) == (1, ["wrong", "follows"])


def test_a_rubric_gives_the_points(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "rubric.toml").write_text("[points]\ndZ = 2\nresult = 5\n", encoding="utf-8")
    arguments = [*_steps(STEPS, tmp_path), *MODEL, "--rubric", str(tmp_path / "rubric.toml"), "--json"]
    result = json.loads(_out(arguments, capsys)[1])
    assert (result["score"], result["total"]) == (7, 7)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--steps", "no-such-file.txt", "--reference", "x"], "no-such-file.txt"),
        (["--steps", "{}/steps.txt", *MODEL, "--rubric", "no-such-rubric.toml"], "no-such-rubric.toml"),
        (["--steps", "{}/steps.txt", "--reference", "x +"], "expected a value after +"),
        (["--steps", "{}/empty.txt", "--reference", "x"], "no formula"),
        (["--steps", "{}/binary.txt", "--reference", "x"], "not a text file"),
        (["--steps", "{}/steps.txt", "--answer", "x"], "leave --answer out"),
    ],
)
def test_steps_that_can_not_be_judged_are_one_message(
    arguments: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "steps.txt").write_text(STEPS, encoding="utf-8")
    (tmp_path / "empty.txt").write_text("\n\n", encoding="utf-8")
    (tmp_path / "binary.txt").write_bytes(b"%PDF-1.7\0\0")
    status = run(["check", *(argument.replace("{}", str(tmp_path)) for argument in arguments)])
    captured = capsys.readouterr()
    assert status in (1, 2) and not captured.out
    assert captured.err.count("error: ") == 1 and message in captured.err and "defect" not in captured.err


def test_five_hundred_answers_with_hostile_ones_between(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every kind of hostile answer, a row for each, between rows that must not suffer from them."""
    kinds: dict[str, Hostile] = {}
    for row in every():
        if len(row.answer) < 5_000 and not row.may_be_equal:
            kinds.setdefault(f"{row.kind}-{row.syntax}-{len(row.answer) % 3}", row)
    rows: list[dict[str, Any]] = []
    wanted: list[str] = []
    for number, row in enumerate(kinds.values()):
        rows += [
            {"id": f"{number}-{place}", "reference": f"{number}*x + y", "answer": f"y + {number}*x"}
            for place in range(10)
        ]
        wanted += ["equal"] * 10
        vars = {name: shape.split() for name, shape in VARS.items()}
        rows.append({"id": f"{number}-hostile", "reference": "2*x" if row.syntax == "text" else "2x"})
        rows[-1] |= {"answer": row.answer, "syntax": row.syntax, "vars": vars}
        wanted.append("not equal")
    assert len(rows) > 300
    replies = _batch(rows, tmp_path, capsys, "--workers", "2")
    assert [reply["id"] for reply in replies] == [row["id"] for row in rows]
    for reply, want in zip(replies, wanted, strict=True):
        assert (reply["verdict"] == "equal") == (want == "equal"), reply


def test_a_mistake_in_an_inner_step_of_a_model_is_named_with_its_step(
    capsys: pytest.CaptureFixture[str],
) -> None:
    answer = "sum(t, x[t].T @ (dc[t]*c[t-1]*f[t]))"
    status, told = _out(["--model", "lstm-classifier", "--wrt", "W_f", "--answer", answer], capsys)
    assert status == 1
    assert "In the adjoint of z_f" in told and "sigmoid" in told
