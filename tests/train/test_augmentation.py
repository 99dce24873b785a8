"""Examples of training changed at random: what each change does, by the seed alone, in training alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import gradwright as gw
from gradwright.errors import UsageError
from gradwright.language.scope import Value
from gradwright.model.load import from_text
from gradwright.tensor.nodes import size
from gradwright.train.augmentation import augmentations, changed, read
from gradwright.train.bind import Bound
from gradwright.train.fit import fit
from gradwright.train.score import score
from gradwright.train.trainer import Trainer

Array = Any
n, c, H, Wd, k = (size(name) for name in ("n", "c", "H", "Wd", "k"))
PICTURES = {"X": Value((n, c, H, Wd)), "Y": Value((n, k), "onehot")}
MODEL = """
name = "pictures"
title = { en = "Pictures", ko = "이미지" }
[axes]
n = "examples"
H = "height"
Wd = "width"
k = "classes"
[data]
X = "H n Wd"
Y = { axes = "n k", is = "one-hot" }
[parameters]
W = "H Wd k"
[forward]
formulas = '''
Z = einsum('hnw,hwk->nk', X, W)
P = softmax(Z)
L = -sum(Y*log(P))/n
'''
minimise = "L"
[training]
predict = "P"
"""


@pytest.fixture(autouse=True, scope="module")
def cache_folder(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRADWRIGHT_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


def pictures(count: int = 200) -> Bound:
    rng = np.random.default_rng(7)
    arrays = {"X": rng.normal(size=(count, 2, 5, 4)) + 3, "Y": np.eye(3)[rng.integers(0, 3, count)]}
    return Bound(arrays, {"X": 0, "Y": 0}, "Y", empty={"X": -2.0})


def seen(said: str, data: Bound, seed: int = 1, epoch: int = 0) -> Array:
    found = changed(data, read([said], data, PICTURES), seed, epoch, PICTURES)
    assert found.arrays["Y"] is data.arrays["Y"]
    return found.arrays["X"]


@pytest.mark.parametrize(("said", "axis"), [("flip-horizontal", -1), ("flip-vertical 0.25", -2)])
def test_a_flip_mirrors_some_pictures_whole_and_leaves_the_others(said: str, axis: int) -> None:
    before, after = pictures().arrays["X"], seen(said, pictures())
    same = np.array([np.array_equal(one, other) for one, other in zip(before, after, strict=True)])
    turned = np.array([np.array_equal(np.flip(a, axis), b) for a, b in zip(before, after, strict=True)])
    assert (same != turned).all()
    chance = float(said.split()[1]) if " " in said else 0.5
    assert turned.mean() == pytest.approx(chance, abs=4 * np.sqrt(0.25 / 200))  # four standard errors


@pytest.mark.parametrize(("said", "mode"), [("shift 1", "empty"), ("crop 2", "reflect")])
def test_a_shift_is_a_window_of_the_padded_picture_and_every_window_comes(said: str, mode: str) -> None:
    data, width = pictures(), int(said.split()[1])
    around = [(0, 0), (width, width), (width, width)]
    found = set()
    for before, after in zip(data.arrays["X"], seen(said, data), strict=True):
        padded = (
            np.pad(before, around, constant_values=-2.0)
            if mode == "empty"
            else np.pad(before, around, mode="reflect")
        )
        windows = np.lib.stride_tricks.sliding_window_view(padded, before.shape[1:], axis=(1, 2))
        places = np.argwhere((windows == after[:, None, None]).all(axis=(0, 3, 4)))
        assert len(places) == 1
        found.add(tuple(places[0]))
    assert len(found) == (2 * width + 1) ** 2


def test_noise_has_the_spread_that_is_said() -> None:
    noise = seen("noise 0.3", pictures(2000)) - pictures(2000).arrays["X"]
    assert noise.std() == pytest.approx(0.3, rel=0.02) and abs(noise.mean()) < 0.01


@pytest.mark.parametrize("said", ["flip-horizontal", "shift 1", "crop 1", "noise 0.1"])
def test_changes_are_of_the_seed_and_the_epoch(said: str) -> None:
    data = pictures()
    first = seen(said, data, 3, 5)
    assert np.array_equal(first, seen(said, data, 3, 5))
    assert not np.array_equal(first, seen(said, data, 3, 6))
    assert not np.array_equal(first, seen(said, data, 4, 5))


def examples(count: int) -> Bound:
    rng = np.random.default_rng(8)
    arrays = {"X": rng.normal(size=(6, count, 5)), "Y": np.eye(3)[rng.integers(0, 3, count)]}
    return Bound(arrays, {"X": 1, "Y": 0}, "Y")


@pytest.mark.parametrize("count", [20, 23])
def test_both_backends_train_on_what_single_steps_would_see(count: int) -> None:
    model, data, said = from_text(MODEL), examples(count), ["shift 1", "flip-vertical", "noise 0.1"]
    one, two, single = (
        Trainer(gw.compile(model, dtype="float64", backend=backend), "sgd", 0.1, seed=2)
        for backend in ("numba", "numpy", "numpy")
    )
    compiled = fit(one, data, data, epochs=4, batch=5, augment=said, quiet=True)
    interpreted = fit(two, data, data, epochs=4, batch=5, augment=said, quiet=True)
    single.start(data.take(np.arange(5)))
    by_hand = []
    for epoch in range(4):
        now = changed(data, read(said, data, model.data), 2, epoch, model.data)
        order, total = single.rng.permutation(count), 0.0
        for begin in range(0, count, 5):
            places = order[begin : begin + 5]
            total += single.step(now.take(places)) * len(places)
        by_hand.append(total / count)
    assert np.allclose(compiled.train_loss, by_hand, rtol=1e-10, atol=0)
    assert np.allclose(interpreted.train_loss, by_hand, rtol=1e-12, atol=0)
    # What is held out stays as it is.
    assert interpreted.test_loss[-1] == pytest.approx(score(two.program, two.params, data)[0], rel=1e-12)
    plain = Trainer(gw.compile(model, dtype="float64", backend="numpy"), "sgd", 0.1, seed=2)
    assert fit(plain, data, epochs=4, batch=5, quiet=True).train_loss[1:] != by_hand[1:]


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ("shfit 1", "there is no augmentation shfit"),
        ("shift", "one number says how much"),
        ("shift one", "one is no number"),
        ("shift 1 2", "one number says how much"),
        ("shift 1.5", "expected a whole number above 0"),
        ("shift 4", "sides of 4 pixels"),
        ("noise -1", "expected a number above 0"),
        ("noise nan", "expected a number above 0"),
        ("flip-vertical 2", "at most 1"),
        ("", "there is no augmentation"),
    ],
)
def test_a_change_that_is_wrong_is_refused(said: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        read([said], pictures(), PICTURES)


@pytest.mark.parametrize("name", [name for name, one in augmentations().items() if one.picture])
def test_rows_of_features_are_no_pictures(name: str) -> None:
    data = Bound({"X": np.ones((4, 3)), "Y": np.eye(4)}, {"X": 0, "Y": 0}, "Y")
    values = {"X": Value((n, c)), "Y": Value((n, k), "onehot")}
    with pytest.raises(UsageError, match=rf"{name} changes pictures, and X is \(n, c\)"):
        read([f"{name} 1"], data, values)
