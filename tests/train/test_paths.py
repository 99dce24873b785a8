"""The ways of optimizers over losses of two numbers: where they go, what escapes a saddle, the picture."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gradwright as gw
from gradwright import catalog
from gradwright.cli.main import run
from gradwright.cli.paths import rules_of, start_of
from gradwright.errors import UsageError
from gradwright.messages import messages
from gradwright.model.load import from_text
from gradwright.train import paths_picture
from gradwright.train.paths import axes_of, paths, surface

Array = Any
ROSENBROCK = """
name = "valley"
title = { en = "Rosenbrock's valley", ko = "로젠브록 함수" }
[parameters]
x = { axes = "", init = "constant -1" }
y = { axes = "", init = "constant 1" }
[constants]
c = 100
[forward]
formulas = '''
bend = y - x**2
L = (1 - x)**2 + c*bend**2
'''
minimise = "L"
[training]
learning_rate = 0.0005
clip = 5.0
"""


def surfaces() -> list[str]:
    return [name for name, path in catalog.entries("models").items() if _family(path) == "surface"]


def _family(path: Path) -> str:
    return str(catalog.table(path).get("family", ""))


@pytest.mark.parametrize("rule", catalog.entries("optimizers"))
def test_every_optimizer_takes_the_way_that_torch_takes(rule: str) -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install torch")
    peers: dict[str, tuple[str, dict[str, Any]]] = {
        "sgd": ("SGD", {}),
        "momentum": ("SGD", {"momentum": 0.9}),
        "nesterov": ("SGD", {"momentum": 0.9, "nesterov": True}),
        "adagrad": ("Adagrad", {"eps": 1e-8}),
        "rmsprop": ("RMSprop", {"alpha": 0.9}),
        "adam": ("Adam", {}),
        "adamw": ("AdamW", {}),
        "lazy-adam": ("Adam", {}),
    }
    (course,) = paths(from_text(ROSENBROCK), [(rule, None)], {"x": -0.5}, 40)
    where = torch.tensor([-0.5, 1.0], dtype=torch.float64, requires_grad=True)
    kind, options = peers[rule]
    peer = getattr(torch.optim, kind)([where], lr=0.0005, **options)
    for point, told in zip(course.points, course.losses, strict=True):
        loss = (1 - where[0]) ** 2 + 100 * (where[1] - where[0] ** 2) ** 2
        assert told == pytest.approx(loss.item(), rel=1e-9)
        np.testing.assert_allclose(point, where.detach().numpy(), rtol=1e-9, atol=1e-12)
        peer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_([where], 5.0)
        peer.step()
    assert len(course.points) == 41 and not course.is_lost


def test_noise_escapes_the_saddle_where_the_plain_gradient_stays() -> None:
    saddle, rules = gw.model("saddle"), rules_of("sgd,momentum")
    still = paths(saddle, rules, {"y": 0.0}, 150)
    shaken = paths(saddle, rules, {"y": 0.0}, 150, noise=0.05)
    for before, after in zip(still, shaken, strict=True):
        # Without noise y stays exactly 0, and x goes to the saddle; its loss is 0, the minima's is -1/2.
        assert not before.points[:, 1].any() and abs(before.losses[-1]) < 1e-6
        assert after.losses[-1] < -0.45 and abs(abs(after.points[-1, 1]) - 1) < 0.2
    again = paths(saddle, rules, {"y": 0.0}, 150, noise=0.05)
    other = paths(saddle, rules, {"y": 0.0}, 150, noise=0.05, seed=1)
    assert np.array_equal(again[0].points, shaken[0].points)
    assert not np.array_equal(other[0].points, shaken[0].points)


def test_in_a_ravine_momentum_is_sooner_at_the_bottom_and_too_long_a_step_leaves_it() -> None:
    plain, heavy, lost = paths(gw.model("ravine"), rules_of("sgd,momentum,sgd:0.05"), steps=100)
    assert heavy.losses[-1] < plain.losses[-1] / 2
    assert lost.is_lost and len(lost.points) < 20 and lost.row(["x", "y"])["lost"] is True


@pytest.mark.parametrize("name", surfaces())
def test_models_without_data_are_derived_and_verified(name: str) -> None:
    model = gw.model(name)
    assert not model.data and gw.verify(model).ok
    assert set(gw.derive(model).gradients) == set(axes_of(model))


def test_the_surface_is_the_loss_at_each_point(rng: np.random.Generator) -> None:
    model = from_text(ROSENBROCK)
    program = gw.compile(model, backend="numpy")
    x, y = rng.normal(size=(2, 20))
    expected = [program.loss_and_gradients({"x": a, "y": b}, {})[0] for a, b in zip(x, y, strict=True)]
    assert np.allclose(surface(model, x, y), expected, rtol=1e-13)


@pytest.mark.parametrize("suffix", ["png", "svg"])
def test_the_picture_is_drawn_and_the_ends_are_told(
    suffix: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / f"paths.{suffix}"
    said = [
        "paths",
        "saddle",
        "--optimizers",
        "sgd,adam:0.2,sgd:9",
        "--steps",
        "30",
        "-o",
        str(file),
        "--json",
    ]
    assert run(said) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["optimizer"] for row in rows] == ["sgd", "adam", "sgd"]
    assert [row["lost"] for row in rows] == [False, False, True]
    assert rows[1]["learning_rate"] == 0.2 and set(rows[0]["end"]) == {"x", "y"}
    assert file.read_bytes()[:4] in (b"\x89PNG", b"<?xm")


def test_without_a_korean_font_the_words_are_english_and_a_note_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paths_picture, "korean_font", lambda: None)
    said = ["paths", "saddle", "--steps", "3", "-o", str(tmp_path / "a.svg"), "--lang", "ko"]
    assert run(said) == 0
    found = capsys.readouterr()
    assert "한글 글꼴" in found.err and "최적화 기법" in found.out


def test_the_legend_is_in_the_readers_language() -> None:
    (course,) = paths(gw.model("saddle"), rules_of("adam"), steps=3)
    words = {}
    for language in ("en", "ko"):
        figure = paths_picture.figure_of(gw.model("saddle"), [course], messages(language))
        words[language] = [text.get_text() for text in figure.legends[0].get_texts()]
    assert words["en"][0].startswith("Adam, rate 0.1: loss") and words["en"][1] == "start"
    assert words["ko"][0].startswith("Adam, 학습률 0.1: 3스텝 뒤 손실") and words["ko"][1] == "시작점"


@pytest.mark.parametrize(
    ("said", "message"),
    [
        (["softmax-regression"], "softmax-regression has data (X, Y)"),
        (["saddle", "--start", "z=1"], "saddle has no parameter z"),
        (["saddle", "--start", "x"], "--start x: expected a number"),
        (["saddle", "--start", "x=1,x=2"], "gives x twice"),
        (["saddle", "--start", "x=inf"], "expected a number"),
        (["saddle", "--optimizers", "adm"], "did you mean adam?"),
        (["saddle", "--optimizers", "sgd:0"], "the rate is not above 0"),
        (["saddle", "--optimizers", ""], "names none"),
        (["saddle", "-o", "a.pdf"], "a picture is a .png or a .svg file"),
    ],
)
def test_what_is_wrong_is_one_message(
    said: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["paths", *said]) == 2
    assert message in capsys.readouterr().err


def test_three_numbers_are_no_plane() -> None:
    text = ROSENBROCK.replace("[constants]", "z = ''\n[constants]").replace("(1 - x)**2", "(1 - x*z)**2")
    with pytest.raises(UsageError, match=r"x \(\), y \(\), z \(\); a path is drawn over two numbers"):
        axes_of(from_text(text))


def test_a_model_without_data_says_so_to_who_trains_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["train", "saddle"]) == 2
    assert "saddle has no data to be trained on" in capsys.readouterr().err


def test_a_start_and_its_rules_are_read() -> None:
    assert start_of("x=1, y=-2e-1") == {"x": 1.0, "y": -0.2} and start_of("") == {}
