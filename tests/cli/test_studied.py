"""``gradwright derive FUNCTION`` writes the page of a function."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gradwright.cli.main import run


def derived(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """What ``gradwright derive`` prints."""
    assert run(["derive", *words]) == 0
    return capsys.readouterr().out


def test_an_activation_s_page_has_its_slope_limits_and_range(capsys: pytest.CaptureFixture[str]) -> None:
    text = derived(capsys, "elu")
    for part in ("a + y", "x → -∞", "Range: (-1, ∞).", "on the left alone", "differentiable there"):
        assert part in text


def test_a_flat_function_s_page_derives_the_perceptron_s_rule(capsys: pytest.CaptureFixture[str]) -> None:
    text = derived(capsys, "step")
    assert "w ← w + eta*step(-t*(w @ x))*t*x" in text
    assert "w ←" not in derived(capsys, "sigmoid")


def test_a_function_of_a_vector_has_its_lemma_jacobian_and_facts(capsys: pytest.CaptureFixture[str]) -> None:
    text = derived(capsys, "softmax")
    for part in ("dx = (G - G @ y)*y", "sum(i, y[i]) = 1", "∂y[i]/∂x[j] = ((j == i) - y[i])*y[j]"):
        assert part in text


@pytest.mark.parametrize("detail", ["brief", "normal", "full"])
@pytest.mark.parametrize("lang", ["en", "ko"])
@pytest.mark.parametrize("name", ["relu", "heaviside", "silu", "layer_norm"])
def test_every_detail_is_written_in_every_language(
    name: str, lang: str, detail: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "\\end{document}" in derived(capsys, name, "--lang", lang, "--detail", detail, "--format", "latex")


def test_a_page_for_the_browser_holds_the_picture_and_the_same_one_each_time(
    capsys: pytest.CaptureFixture[str],
) -> None:
    pages = [derived(capsys, "gelu", "--format", "html") for _ in range(2)]
    assert pages[0] == pages[1]
    assert "<figure" in pages[0] and "<svg" in pages[0] and "<!DOCTYPE svg" not in pages[0]
    blocks = json.loads(derived(capsys, "gelu", "--json"))["blocks"]
    assert blocks[-1]["block"] == "figure"


def test_a_picture_is_written_beside_the_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    derived(capsys, "tanh", "--plot", str(tmp_path / "tanh.svg"))
    assert (tmp_path / "tanh.svg").read_text(encoding="utf-8").count("<svg") == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("gelu", "--plot", "gelu.bmp"), "a picture is a .png or a .svg file"),
        (("softmax", "--plot", "s.svg"), "draws functions of one number"),
        (("gelu", "--wrt", "x"), "leave --wrt out"),
        (("sigmod",), "sigmoid"),
        (("log",), "not defined for all real numbers"),
        (("softmax-regression", "--plot", "s.svg"), "--plot draws an activation"),
    ],
)
def test_what_can_t_be_done_is_one_message(
    words: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["derive", *words]) == 2
    captured = capsys.readouterr()
    assert not captured.out
    assert said in captured.err
