"""A data set's named values bound to a model's: by name, by axes, in the numbers of the model's domains."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gradwright.errors import ModelError, UsageError
from gradwright.language.scope import Value
from gradwright.model.declare import shape_of
from gradwright.model.load import from_text, load
from gradwright.model.model import Model
from gradwright.train.bind import bind, split
from gradwright.train.named import matches
from gradwright.train.places import places
from gradwright.train.program import compile
from gradwright.train.run import shown_sizes, train
from gradwright.train.table import Table, View

MODELS = Path(__file__).parents[1] / "benchmarks" / "models"
FED = {
    "bert": ("text-masked", {"v": 1000, "t": 32, "m": 4}),
    "char-rnn": ("text-characters", {"v": 64, "T": 64}),
    "glove": ("text-counts", {}),
    "seq2seq": ("korean-numbers", {"u": 11, "v": 18, "S": 5, "T": 11}),
    "skip-gram": ("text-pairs", {"m": 5}),
    "transformer": ("english-numbers", {"u": 11, "v": 34, "s": 5, "t": 10}),
    "transformer-encoder": ("text-topics", {"v": 64, "t": 24, "k": 4}),
    "vit": ("digits-patches", {"s": 16, "p": 4, "k": 10}),
}


@pytest.fixture(autouse=True, scope="module")
def cache_folder(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRADWRIGHT_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


def fed(name: str) -> tuple[Model, dict[str, int]]:
    """A model of the benchmarks with the set that it can be trained on."""
    model = load(MODELS / f"{name}.toml")
    small = {axis: 2 for axis in ("d", "q", "f", "h") if axis in model.sizes}
    training = replace(model.training, data=FED[name][0], batch=2)
    return replace(model, training=training, sizes={**model.sizes, **small}), FED[name][1]


@pytest.mark.parametrize("name", list(FED))
def test_a_set_fits_a_model_that_does_not_say_how_many_words_it_has(
    name: str, rng: np.random.Generator
) -> None:
    model, expected = fed(name)
    first, test = bind(model, model.training.data, rng)
    sizes = shown_sizes(model, first, 2)
    assert {axis: sizes[axis] for axis in expected} == expected
    assert sizes["n"] == 2 and first.count > test.count > 100
    for key, axis in places(model).items():
        assert first.arrays[key].min() >= 0 and first.arrays[key].max() < sizes[axis], key
    program = compile(model, sizes, backend="numpy")
    shown = program.sizes_of(first.take(np.arange(2)))
    assert all(shown[str(axis)] > 0 for value in program.parameters.values() for axis in value.shape)


@pytest.mark.parametrize("backend", ["numba", "numpy"])
def test_a_model_of_words_is_trained_by_either_backend(backend: str) -> None:
    model, _ = fed("glove")
    report = train(model, epochs=1, batch=20_000, backend=backend, dtype="float64", quiet=True)
    history = report.history
    assert history.test_loss[0] < history.train_loss[0] < 10 and not history.stopped


AXES = {
    ("n s", "n s"): (0, 1),
    ("S n", "n s"): (1, 0),
    ("s n", "n s"): (1, 0),
    ("b l", "n s"): (0, 1),
    ("l n", "n s"): (1, 0),
    ("t n m", "n m t"): (2, 0, 1),
    ("N t T", "n t u"): (0, 1, 2),
    ("12 n", "n s"): (1, 0),
}


@pytest.mark.parametrize(("declared", "own"), list(AXES))
def test_axes_are_matched_by_name_in_whatever_case_then_in_turn(declared: str, own: str) -> None:
    found = matches({"tokens": Value(shape_of(declared))}, {"tokens": View(own)}, "mine")
    assert found["tokens"].order == AXES[declared, own]


def table(**arrays: Any) -> Table:
    """Three examples of two places, with a word for each number."""
    words = {"tokens": ("a", "b", "c"), "label": ("no", "yes")}
    views = {
        "tokens": View("n t", "v"),
        "label": View("n", "k"),
        "x": View("n"),
        "other": View("n", "w"),
    }
    given = {
        "tokens": np.array([[0, 1], [1, 2], [2, 0]]),
        "label": np.array([0, 1, 1]),
        "x": np.array([0.5, 1.5, 2.5]),
        "other": np.array([0, 1, 0]),
        **arrays,
    }
    return Table("mine", arrays=given, views=views, vocabularies={**words, "other": ("l", "r")})


def whole(values: dict[str, Value], where: dict[str, str] | None = None) -> Any:
    """The examples, none of them held out."""
    return split(values, table(), np.random.default_rng(0), share=0.0, where=where)


def test_values_come_in_the_numbers_of_their_domains() -> None:
    kinds = {"index k": [0, 1, 1], "binary": [0, 1, 1], "pm1": [-1, 1, 1], "real": [0, 1, 1]}
    for domain, numbers in kinds.items():
        bound = split(
            {"x": Value(shape_of("n")), "label": Value(shape_of("n"), domain)}, table(),
            np.random.default_rng(1),
        )  # fmt: skip
        together = np.concatenate([part.arrays["label"] for part in bound])
        assert sorted(together.tolist()) == sorted(numbers), domain
        assert (together.dtype.kind == "i") == (domain in ("index k", "real"))
    rows = split(
        {"tokens": Value(shape_of("t n v"), "onehot"), "y": Value(shape_of("n k"), "onehot")}, table(),
        np.random.default_rng(1),
    )[0]  # fmt: skip
    assert rows.arrays["tokens"].shape == (2, 2, 3) and rows.arrays["y"].shape == (2, 2)
    assert rows.along == {"tokens": 1, "y": 0} and (rows.arrays["tokens"].sum(axis=2) == 1).all()


REFUSED = {
    "W: n": "the model needs W, which the data set mine does not have",
    "tokens: n": "tokens is (n); the data set mine has it as (n, t)",
    "tokens: n t v": "tokens is (n, t, v); the data set mine has it as (n, t)",
    "x: n index v": "x is index v; in the data set mine it is numbers, no places",
    "x: n binary": "x is binary; in the data set mine it is numbers",
    "tokens: n t pm1": "tokens is pm1; in the data set mine it is one of 3 words",
    "label: n index v, other: n index v": "has other words for label (2) than for other (2)",
}


@pytest.mark.parametrize("declared", list(REFUSED))
def test_a_value_that_a_set_does_not_have_so_is_refused(declared: str) -> None:
    data, where = {}, {}
    for one in declared.split(", "):
        key, _, rest = one.partition(": ")
        axes, kind, place = rest.partition(" index ")
        *first, last = axes.split()
        domain = last if last in ("binary", "pm1") else "real"
        axes = " ".join(first) if domain != "real" else axes
        data[key] = Value(shape_of(axes), f"index {place}" if kind else domain)
        if kind:
            where[key] = place
    with pytest.raises(UsageError) as told:
        whole(data, where)
    assert REFUSED[declared] in told.value.message


TOKENS = """
name = "mine"
title = { en = "Mine", ko = "나의 것" }
[axes]
n = "examples"
t = "places"
v = "words"
k = "classes"
[data]
tokens = { axes = "n t", is = "index v" }
y = { axes = "n", is = "index k" }
[parameters]
E = { axes = "v k", init = "normal" }
[forward]
formulas = '''
P = softmax(mean(E[tokens], axis=1))
L = -mean(log(P[arange(n), y]))
'''
minimise = "L"
[training]
predict = "P"
batch = 4
"""


def test_a_file_of_ones_own_says_how_many_words_it_has(tmp_path: Path) -> None:
    path = tmp_path / "mine.npz"
    rng = np.random.default_rng(0)
    np.savez(path, tokens=rng.integers(0, 7, (20, 5)), y=np.arange(20) % 3)
    report = train(from_text(TOKENS), str(path), epochs=2, backend="numpy", quiet=True)
    assert report.trainer.params["E"].shape == (7, 3)
    assert 0 <= report.history.train_accuracy[-1] <= 1


@pytest.mark.parametrize(
    ("tokens", "message"),
    [
        (np.full((20, 5), 9), "the place 9 of v, whose places are 0 to 4"),
        (np.full((20, 5), -1), "the place -1 of v"),
        (np.full((20, 5), 0.5), "whole numbers; its array is of float64"),
    ],
)
def test_a_file_that_names_a_place_that_is_none_is_refused(tokens: Any, message: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.npz"
    np.savez(path, tokens=tokens, y=np.arange(20) % 3)
    model = from_text(TOKENS.replace("[forward]", "[sizes]\nv = 5\n[forward]"))
    with pytest.raises(UsageError) as told:
        train(model, str(path), epochs=1, backend="numpy", quiet=True)
    assert message in told.value.message


def test_class_numbers_are_told_from_a_table_of_features() -> None:
    text = TOKENS.replace('tokens = { axes = "n t", is = "index v" }', 'X = "n t"')
    text = text.replace('E = { axes = "v k"', 'E = { axes = "t k"').replace(
        "mean(E[tokens], axis=1)", "X @ E"
    )
    model = from_text(text.replace('v = "words"\n', ""))
    report = train(model, "wine", epochs=10, quiet=True)
    assert report.trainer.params["E"].shape == (13, 3) and report.history.test_accuracy[-1] > 0.9


def test_a_metric_that_is_not_known_is_refused() -> None:
    with pytest.raises(ModelError, match="did you mean perplexity"):
        from_text(TOKENS.replace('predict = "P"', 'metric = "perplexities"'))


def test_features_are_no_places_of_words() -> None:
    with pytest.raises(UsageError, match="the features of the data set iris are numbers"):
        train(from_text(TOKENS), "iris", backend="numpy", quiet=True)
