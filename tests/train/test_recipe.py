"""A model's file holds the whole recipe of its training; the caller may say otherwise; early stopping."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gradwright as gw
from gradwright.cli.main import run
from gradwright.errors import ModelError, UsageError
from gradwright.model.load import from_text
from gradwright.train.bind import Bound
from gradwright.train.fit import fit
from gradwright.train.run import train
from gradwright.train.trainer import Trainer

Array = Any
PLAIN = """
name = "network"
title = { en = "A network", ko = "신경망" }
[axes]
n = "examples"
d = "features"
h = "hidden units"
[data]
X = "n d"
y = "n"
[parameters]
W = "d h"
c = { axes = "h", init = "zeros", decay = false }
v = "h"
[sizes]
h = 5
[forward]
formulas = '''
H = tanh(X @ W + c)
p = H @ v
L = sum((p - y)**2) / n
'''
minimise = "L"
[training]
"""
RECIPE = """
data = "diabetes"
learning_rate = 0.02
epochs = 3
schedule = "cosine"
warm_up = 10
clip = 0.5
clip_value = 0.2
weight_decay = 0.01
augment = ["noise 0.1"]
early_stop = 2
settings = { b2 = 0.98 }
"""


@pytest.fixture(autouse=True, scope="module")
def cache_folder(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRADWRIGHT_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


def curve(text: str, **said: Any) -> list[float]:
    return train(from_text(text), backend="numpy", quiet=True, **said).history.train_loss


def test_what_the_file_says_is_what_the_caller_could_have_said() -> None:
    said: dict[str, Any] = {
        "data": "diabetes",
        "learning_rate": 0.02,
        "epochs": 3,
        "schedule": "cosine",
        "warm_up": 10,
        "early_stop": 2,
        "augment": ["noise 0.1"],
        "settings": {"b2": 0.98, "clip": 0.5, "clip_value": 0.2, "weight_decay": 0.01},
    }
    expected = curve(PLAIN, **said)
    assert curve(PLAIN + RECIPE) == expected
    without: dict[str, Any] = {"schedule": "constant", "warm_up": 0, "augment": []}
    for name, value in without.items():
        assert curve(PLAIN + RECIPE, **{name: value}) != expected, name
    for name in said["settings"]:
        assert curve(PLAIN + RECIPE, settings={name: 0.0 if name != "b2" else 0.5}) != expected, name


def test_another_optimizer_keeps_the_recipe_but_the_settings_of_the_first() -> None:
    one = train(from_text(PLAIN + RECIPE), optimizer="sgd", backend="numpy", quiet=True).trainer
    assert one.settings == {"learning_rate": 0.01, "clip": 0.5, "clip_value": 0.2, "weight_decay": 0.01}
    assert one.optimizer.update.exempt == {"c"}


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("epochs = 0", "epochs is 0, expected a positive integer"),
        ("warm_up = -1", "warm_up is -1, expected an integer, 0 or more"),
        ("clip = true", "clip is True, expected a number, 0 or more"),
        ('augment = "shift 1"', "augment is 'shift 1', expected a list"),
        ("augment = [1]", "augment is 1, expected texts"),
        ("settings = { b2 = 'x' }", "the setting b2 is 'x', expected a number"),
        ("settings = { clip = 1 }", "clip is no setting but a key"),
        ("shedule = 'cosine'", "unknown key shedule"),
    ],
)
def test_a_recipe_that_is_wrong_is_refused_with_its_line(line: str, message: str) -> None:
    with pytest.raises(ModelError, match=r"mine\.toml, line 25") as told:
        from_text(PLAIN + line, "mine.toml")
    assert message in str(told.value)


def test_a_decay_that_is_no_truth_is_refused() -> None:
    with pytest.raises(ModelError, match="decay of c is 'no', expected true or false"):
        from_text(PLAIN.replace("decay = false", 'decay = "no"'))


def overfitting() -> tuple[Bound, Bound]:
    """Few examples with much noise, so that the held-out loss falls, then rises."""
    rng = np.random.default_rng(5)
    X = rng.normal(size=(60, 12))
    data = Bound({"X": X, "y": X[:, 0] + rng.normal(size=60)}, {"X": 0, "y": 0}, "y")
    return data.part(np.arange(20)), data.part(np.arange(20, 60))


def trainer(backend: str = "numpy") -> Trainer:
    return Trainer(gw.compile(from_text(PLAIN), dtype="float64", backend=backend), "adam", 0.02, seed=1)


@pytest.mark.parametrize("backend", ["numpy", "numba"])
def test_training_stops_early_and_keeps_the_best_parameters(backend: str) -> None:
    one, other = trainer(backend), trainer(backend)
    history = fit(one, *overfitting(), epochs=200, batch=5, early_stop=4, quiet=True)
    best = int(np.argmin(history.test_loss)) + 1
    assert history.best == best and history.epochs == best + 4 < 200 and not history.stopped
    fit(other, *overfitting(), epochs=best, batch=5, quiet=True)
    assert all(np.array_equal(one.params[name], array) for name, array in other.params.items())
    assert history.kept(history.test_loss) == min(history.test_loss)


def test_stopping_early_goes_on_from_a_checkpoint(tmp_path: Path) -> None:
    through, saved = trainer(), tmp_path / "run.npz"
    expected = fit(through, *overfitting(), epochs=200, batch=5, early_stop=4, quiet=True)
    for epochs in (expected.best + 2, 200, 300):
        one = trainer()
        found = fit(one, *overfitting(), epochs=epochs, batch=5, early_stop=4, saved=saved, quiet=True)
        assert found.best == expected.best
        assert all(np.array_equal(one.params[name], array) for name, array in through.params.items())
    assert found.test_loss == expected.test_loss


def test_nothing_held_out_stops_nothing_early() -> None:
    with pytest.raises(UsageError, match="no examples are held out"):
        fit(trainer(), overfitting()[0], epochs=2, batch=5, early_stop=1, quiet=True)


@pytest.mark.parametrize("language", ["en", "ko"])
def test_the_command_tells_which_epoch_is_kept(
    language: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(PLAIN + RECIPE, encoding="utf-8")
    said = ["--early-stop", "1", "--augment", "none", "--setting", "b2=0.9", "--clip", "0", "--epochs", "2"]
    assert run(["train", str(path), *said, "--backend", "numpy", "--lang", language]) == 0
    kept = {"en": "its parameters are kept", "ko": "그때의 매개변수를 남깁니다"}[language]
    assert kept in capsys.readouterr().err
    assert run(["train", str(path), "--setting", "b2"]) == 2
    assert "--setting b2: expected a name = a number" in capsys.readouterr().err
