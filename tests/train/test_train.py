"""Training a softmax regression by hand-written adjoints: steps, epochs, checkpoints, pictures, data."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sympy

from gradwright.errors import ModelError, UsageError
from gradwright.execute.deferred import Deferred
from gradwright.execute.program import Program
from gradwright.language.scope import Value
from gradwright.tensor.nodes import Assignment, Entry, Index, Sum, Tensor, size
from gradwright.train import optimizers
from gradwright.train.bind import Bound, split
from gradwright.train.checkpoint import restore
from gradwright.train.datasets import datasets, load
from gradwright.train.fit import fit
from gradwright.train.history import History
from gradwright.train.initialise import fans, initialise
from gradwright.train.picture import draw
from gradwright.train.score import score, scores
from gradwright.train.table import Table
from gradwright.train.trainer import Trainer

n, d, k, T = (size(name) for name in "ndkT")
DATA = {"X": Value((n, d)), "Y": Value((n, k), "onehot")}


@pytest.fixture(autouse=True, scope="module")
def cache_folder(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRADWRIGHT_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


def softmax_regression(backend: str = "numba", dtype: str = "float64") -> Program:
    i, j, c, e = Index("i", n), Index("j", d), Index("c", k), Index("e", k)
    share = sympy.exp(Entry("Z", i, c)) / Sum(sympy.exp(Entry("Z", i, e)), e)
    cross = -Sum(Entry("Y", i, c) * sympy.log(Entry("P", i, c)), i, c) / n
    penalty = Entry("lambda") * Sum(Entry("W", j, c) ** 2, j, c)
    entries: Mapping[str, tuple[tuple[Index, ...], Any]] = {
        "Z": ((i, c), Sum(Entry("X", i, j) * Entry("W", j, c), j) + Entry("b", c)),
        "P": ((i, c), share),
        "L": ((), cross + penalty),
        "dZ": ((i, c), (Entry("P", i, c) - Entry("Y", i, c)) / n),
        "dW": (
            (j, c),
            Sum(Entry("X", i, j) * Entry("dZ", i, c), i) + 2 * Entry("lambda") * Entry("W", j, c),
        ),
        "db": ((c,), Sum(Entry("dZ", i, c), i)),
    }
    assignments = tuple(Assignment(name, Tensor(*pair)) for name, pair in entries.items())
    return Program(
        formulas=Deferred(lambda: (assignments, {"W": "dW", "b": "db"})),
        parameters={"W": Value((d, k)), "b": Value((k,))},
        data=DATA,
        loss="L",
        predict="P",
        scores=scores(DATA, {"P": Value((n, k))}, "P"),
        constants={"lambda": 0.001},
        init={"b": "zeros"},
        dtype=dtype,
        backend=backend,
    )


def digits(count: int = 1797) -> tuple[Bound, Bound]:
    table = load("digits")
    table = Table(table.name, table.features[:count], table.targets[:count])
    return split(DATA, table, np.random.default_rng(0))


def test_gradients_are_those_of_differences(rng: np.random.Generator) -> None:
    program = softmax_regression()
    params = {"W": rng.normal(size=(5, 3)), "b": rng.normal(size=3)}
    data = {"X": rng.normal(size=(7, 5)), "Y": np.eye(3)[rng.integers(0, 3, 7)]}
    loss, gradients = program.loss_and_gradients(params, data)
    for name in params:
        for place in np.ndindex(params[name].shape):
            step = np.zeros_like(params[name])
            step[place] = 1e-6
            up = program.loss_and_gradients({**params, name: params[name] + step}, data)[0]
            down = program.loss_and_gradients({**params, name: params[name] - step}, data)[0]
            # The error of a central difference is about 1e-12 by its formula and 1e-10 by rounding.
            assert abs((up - down) / 2e-6 - gradients[name][place]) < 1e-8
    assert loss > 0


@pytest.mark.parametrize("name", ["sgd", "momentum", "adam"])
def test_compiled_steps_are_the_interpreted_ones(name: str) -> None:
    first, _ = digits(200)
    trainers = [Trainer(softmax_regression(backend), name, 0.05, seed=3) for backend in ("numba", "numpy")]
    for step in range(5):
        batch = first.take(np.arange(20 * step, 20 * step + 20 - step))
        losses = [trainer.step(batch) for trainer in trainers]
        assert abs(losses[0] - losses[1]) < 1e-12 * abs(losses[1])
    for parameter in ("W", "b"):
        left, right = (trainer.params[parameter] for trainer in trainers)
        # Adam divides small numbers by small numbers, which enlarges the last bits' differences.
        assert np.abs(left - right).max() < 1e-10 * np.abs(right).max()


@pytest.mark.parametrize("kind", ["C", "F", "float32", "list"])
def test_a_step_sees_what_was_written_to_its_data_and_constants_since_the_last(kind: str) -> None:
    first = digits(200)[0].take(np.arange(30))
    trainers = [Trainer(softmax_regression(backend), "sgd", 0.05, seed=3) for backend in ("numba", "numpy")]
    compiled, interpreted = trainers
    X = np.asarray(
        first["X"], "float32" if kind == "float32" else "float64", order="F" if kind == "F" else "C"
    )
    batch: dict[str, Any] = {**first, "X": X}
    for step in range(4):
        given = {**batch, "X": X.tolist()} if kind == "list" else batch
        losses = [trainer.step(given) for trainer in trainers]
        assert abs(losses[0] - losses[1]) < 1e-12 * abs(losses[1]), step
        X *= 1.5
        for trainer in trainers:
            trainer.program.constants = {"lambda": 0.01 * step}
    left, right = compiled.params["W"], interpreted.params["W"]
    assert np.abs(left - right).max() < 1e-10 * np.abs(right).max()


def test_a_batch_that_does_not_fit_is_refused_after_one_that_does() -> None:
    batch = digits(200)[0].take(np.arange(30))
    trainer = Trainer(softmax_regression(), "sgd", 0.05, seed=3)
    losses = [trainer.step(batch)]
    with pytest.raises(UsageError, match="n is 29 in X but 30 in Y"):
        trainer.step({**batch, "X": batch["X"][1:]})
    with pytest.raises(UsageError, match="X is \\(n, d\\), got an array of shape"):
        trainer.step({**batch, "X": batch["X"][0]})
    with pytest.raises(UsageError, match="Y is missing"):
        trainer.step({"X": batch["X"]})
    again = Trainer(softmax_regression(), "sgd", 0.05, seed=3)
    assert [*losses, trainer.step(batch)] == again.run(batch, 2).tolist()


@pytest.mark.parametrize("backend", ["numba", "numpy"])
def test_steps_run_together_are_the_steps_one_by_one(backend: str) -> None:
    batch = digits(200)[0].take(np.arange(30))
    together, alone = (Trainer(softmax_regression(backend), "adam", 0.05, seed=3) for _ in range(2))
    losses = np.concatenate([together.run(batch, 3), together.run(batch, 4)])
    assert losses.tolist() == [alone.step(batch) for _ in range(7)]
    assert np.array_equal(together.params["W"], alone.params["W"])
    assert together.state is not None and together.state.count == 7


@pytest.mark.parametrize("backend", ["numba", "numpy"])
def test_steps_run_together_end_at_a_loss_that_is_not_finite(backend: str) -> None:
    batch = digits(200)[0].take(np.arange(30))
    trainer = Trainer(softmax_regression(backend), "sgd", 1e200)
    losses = trainer.run(batch, 50)
    assert len(losses) < 50 and np.isfinite(losses[:-1]).all() and not np.isfinite(losses[-1])
    assert trainer.state is not None and trainer.state.count == len(losses)
    before = {name: array.copy() for name, array in trainer.params.items()}
    assert len(trainer.run(batch, 5)) == 1
    assert all(np.array_equal(before[name], array) for name, array in trainer.params.items())


def test_adam_does_what_its_paper_writes() -> None:
    trainer = Trainer(softmax_regression("numpy"), "adam", 0.1)
    first, _ = digits(100)
    batch = first.take(np.arange(10))
    trainer.start(batch, {"W": np.zeros((64, 10)), "b": np.zeros(10)})
    m = v = np.zeros(10)
    b = np.zeros(10)
    for step in (1, 2, 3):
        gradient = trainer.program.loss_and_gradients(trainer.params, batch)[1]["b"]
        m, v = 0.9 * m + 0.1 * gradient, 0.999 * v + 0.001 * gradient**2
        b = b - 0.1 * (m / (1 - 0.9**step)) / (np.sqrt(v / (1 - 0.999**step)) + 1e-8)
        trainer.step(batch)
        assert np.allclose(trainer.params["b"], b, rtol=1e-12, atol=0)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_model_learns_real_digits(dtype: str) -> None:
    train, test = digits()
    trainer = Trainer(softmax_regression(dtype=dtype), "adam", 0.01)
    history = fit(trainer, train, test, epochs=8, batch=32, quiet=True)
    assert history.epochs == 8 and not history.stopped
    assert history.test_accuracy[-1] > 0.93
    assert history.train_loss[-1] < history.train_loss[0] / 2
    assert trainer.params["W"].dtype == dtype


def test_training_resumed_from_a_checkpoint_comes_to_the_same_numbers(tmp_path: Path) -> None:
    train, test = digits(300)
    saved = tmp_path / "run.npz"

    def trainer() -> Trainer:
        return Trainer(softmax_regression(), "adam", 0.01, seed=5)

    through = trainer()
    expected = fit(through, train, test, epochs=4, batch=32, quiet=True)
    fit(trainer(), train, test, epochs=2, batch=32, saved=saved, quiet=True)
    resumed = trainer()
    history = fit(resumed, train, test, epochs=4, batch=32, saved=saved, quiet=True)
    assert history.train_loss == expected.train_loss
    assert history.test_accuracy == expected.test_accuracy
    assert np.array_equal(resumed.params["W"], through.params["W"])
    assert [path.name for path in tmp_path.iterdir()] == ["run.npz"]


def test_a_checkpoint_of_something_else_is_refused(tmp_path: Path) -> None:
    train, _ = digits(100)
    saved = tmp_path / "run.npz"
    fit(Trainer(softmax_regression(), "adam", 0.01), train, epochs=1, batch=50, saved=saved, quiet=True)
    with pytest.raises(UsageError, match="optimizer adam, not sgd"):
        restore(saved, Trainer(softmax_regression(), "sgd"))
    wrong = tmp_path / "wrong.npz"
    wrong.write_bytes(b"PK not a file")
    with pytest.raises(UsageError, match="no checkpoint"):
        restore(wrong, Trainer(softmax_regression()))


def test_a_loss_that_is_not_finite_stops_training_and_keeps_the_parameters() -> None:
    train, _ = digits(100)
    train = Bound({**train.arrays, "X": np.where(train.arrays["X"] > 2, np.inf, 0)}, train.along, "Y")
    trainer = Trainer(softmax_regression(), "sgd", 0.1)
    trainer.start(train.take(np.arange(5)))
    before = trainer.params["W"].copy()
    history = fit(trainer, train, epochs=3, batch=40, quiet=True)
    assert "step 1 of epoch 1" in history.stopped and "learning rate" in history.stopped
    assert np.array_equal(before, trainer.params["W"])


@pytest.mark.parametrize("suffix", ["png", "svg"])
def test_the_loss_curve_is_a_picture(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"loss.{suffix}"
    draw(History([2.0, 1.0], [2.1, 1.2], [0.5, 0.9]), path, "a model")
    assert path.read_bytes()[:4] in (b"\x89PNG", b"<?xm")
    with pytest.raises(UsageError, match=r"\.png"):
        draw(History([1.0]), tmp_path / "loss.docx")


def test_every_bundled_data_set_is_read() -> None:
    for name in (one.name for one in datasets().values() if one.by_role):
        table = load(name)
        assert len(table.features) == len(table.targets) > 100
        assert np.isfinite(table.features).all()


def test_a_missing_scikit_learn_is_told_with_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    with pytest.raises(UsageError, match=r"pip install 'gradwright\[data\]'"):
        load("iris")


def test_pictures_fit_a_model_as_vectors_rows_in_time_or_channels() -> None:
    table = load("digits")
    h, w, c = (size(name) for name in ("H", "Wd", "c"))
    target = Value((n, k), "onehot")
    shapes = {
        (n, d): (1438, 64),
        (T, n, d): (8, 1438, 8),
        (n, T, d): (1438, 8, 8),
        (n, h, w): (1438, 8, 8),
        (n, c, h, w): (1438, 1, 8, 8),
    }
    for shape, expected in shapes.items():
        train, test = split({"X": Value(shape), "Y": target}, table, np.random.default_rng(0))
        assert train.arrays["X"].shape == expected
        assert train.arrays["Y"].shape == (1438, 10)
        assert train.count == 1438 and test.count == 359
        assert train.take(np.arange(3))["Y"].shape == (3, 10)
        assert abs(train.arrays["X"].mean()) < 1e-12
    rows = split({"X": Value((T, n, d)), "Y": target}, table, np.random.default_rng(0))[0].arrays["X"]
    flat = split({"X": Value((n, T, d)), "Y": target}, table, np.random.default_rng(0))[0].arrays["X"]
    assert np.array_equal(rows, flat.transpose(1, 0, 2))


def test_data_that_does_not_fit_the_model_is_refused() -> None:
    table = load("wine")
    with pytest.raises(UsageError, match="two classes apart"):
        split({"X": Value((n, d)), "y": Value((n,), "binary")}, table, np.random.default_rng(0))
    with pytest.raises(UsageError, match="an array for each"):
        split({"X": Value((n, d)), "V": Value((n, d)), "y": Value((n,))}, table, np.random.default_rng(0))
    with pytest.raises(UsageError, match="did you mean wine"):
        load("wien")


def test_a_csv_file_of_ones_own(tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text("a,label,b\n1,cat,2\n3,dog,4\n5,cat,7\n0,dog,1\n2,cat,2\n")
    train, test = split(DATA, load(str(path)), np.random.default_rng(0))
    assert train.count == 4 and test.count == 1 and train.arrays["Y"].shape == (4, 2)
    path.write_text("a,b,label\n1,2,0\n3,x,1\n")
    with pytest.raises(UsageError, match="example 2: a feature is no number"):
        load(str(path))
    path.write_text("a,b,label\n1,2\n")
    with pytest.raises(UsageError, match="2 cells under 3 names"):
        load(str(path))


def test_an_npz_file_holds_values_by_name_and_no_pickles(tmp_path: Path) -> None:
    path = tmp_path / "mine.npz"
    np.savez(path, X=np.ones((5, 2)), Y=np.eye(5)[:, :3])
    train, _ = split(DATA, load(str(path)), np.random.default_rng(0))
    assert train.arrays["X"].shape == (4, 2) and train.arrays["Y"].shape == (4, 3)
    np.savez(path, X=np.array([{}], dtype=object), y=np.ones(1))
    with pytest.raises(UsageError, match="can't be read"):
        load(str(path))


def test_shapes_that_clash_are_named() -> None:
    program = softmax_regression("numpy")
    params = {"W": np.zeros((4, 3)), "b": np.zeros(3)}
    with pytest.raises(UsageError, match="d is 5 in X but 4 in W"):
        program.loss_and_gradients(params, {"X": np.zeros((2, 5)), "Y": np.zeros((2, 3))})
    with pytest.raises(UsageError, match="Y is missing"):
        program.loss_and_gradients(params, {"X": np.zeros((2, 4))})


def test_starting_values_have_the_variance_of_their_papers(rng: np.random.Generator) -> None:
    shape = Value((n, d))
    ways = {"a": "xavier", "b": "he", "c": "zeros", "e": "ones", "f": "normal"}
    drawn = initialise(dict.fromkeys(ways, shape), ways, {"n": 300, "d": 200}, rng)
    assert abs(drawn["a"].var() - 2 / 500) < 1e-4
    assert abs(drawn["b"].var() - 2 / 300) < 2e-4
    assert not drawn["c"].any() and (drawn["e"] == 1).all() and abs(drawn["f"].std() - 0.1) < 1e-3
    i, j, c = Index("i", n), Index("j", d), Index("c", k)
    used = Assignment("Z", Tensor((i, c), Sum(Entry("X", i, j) * Entry("W", c, j), j)))
    assert fans("W", (3, 200), [used]) == (200, 3)
    assert fans("W", (3, 200), []) == (3, 200)
    with pytest.raises(ModelError, match="xavier"):
        initialise({"a": shape}, {"a": "xavierr"}, {"n": 1, "d": 1}, rng)


def test_an_optimizer_file_with_a_wrong_name_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bad.toml"
    path.write_text('state = ["m"]\n[update]\nformulas = """\nw = w - rate * g\n"""\n')
    with pytest.raises(ModelError, match="rate"):
        optimizers.read(path)
    with pytest.raises(UsageError, match="adam"):
        optimizers.optimizer("adm")
    with pytest.raises(UsageError, match="did you mean b1"):
        Trainer(softmax_regression(), "adam", b11=0.5)


def test_the_score_is_the_loss_and_accuracy_over_all_examples() -> None:
    _, test = digits(100)
    program = softmax_regression("numpy")
    params = {"W": np.zeros((64, 10)), "b": np.arange(10.0)}
    loss, accuracy, _ = score(program, params, test, batch=7)
    assert accuracy == (test.arrays["Y"].argmax(axis=1) == 9).mean()
    whole = program.loss_and_gradients(params, test.arrays)[0]
    assert abs(loss - whole) < 1e-12
