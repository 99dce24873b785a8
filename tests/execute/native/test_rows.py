"""Only rows that a step's data names are changed, where that is exact or asked for."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gradwright import catalog
from gradwright.execute.native import sharing
from gradwright.execute.native.statement import written
from gradwright.execute.sample import draw
from gradwright.execute.touched import touched
from gradwright.execute.update import in_numpy
from gradwright.model.load import from_text, load
from gradwright.model.model import Model
from gradwright.train import program as programs
from gradwright.train.optimizers import optimizer
from gradwright.train.program import compile
from gradwright.train.trainer import Trainer
from tests.execute.native.programs import Guard

Array = Any
PEERS = Path(__file__).parents[2] / "benchmarks" / "models"
STEPS = 50

BAG = """
name = "bag"
title = { en = "Bag of words", ko = "단어 가방" }
family = "embedding"
[axes]
n = "texts"
t = "words of a text"
v = "words"
d = "features"
k = "classes"
[data]
words = { axes = "n t", is = "index v" }
Y = { axes = "n k", is = "one-hot" }
[parameters]
b = { axes = "k", init = "zeros" }
E = { axes = "v d", init = "normal" }
W = { axes = "d k", init = "xavier" }
[forward]
formulas = '''
H = sum(E[words], axis=1) / t
Z = tanh(H) @ W + b
L = -sum(Y * log(softmax(Z))) / n
'''
minimise = "L"
"""
TIED = BAG.replace('name = "bag"', 'name = "tied"').replace(
    "Z = tanh(H) @ W + b", "S = sum((H @ E.T) ** 2) / n\nZ = tanh(H) @ W + b"
)
TIED = TIED.replace("log(softmax(Z))) / n", "log(softmax(Z))) / n + S")
# The words one place on: at the last place there is none, and an entry outside its axis is 0.
NEXT = """
name = "next"
title = { en = "Next words", ko = "다음 단어" }
family = "embedding"
[axes]
T = "times"
v = "words"
d = "features"
[data]
words = { axes = "T", is = "index v" }
x = "T d"
[parameters]
E = { axes = "v d", init = "normal" }
[forward]
formulas = '''
F[t] = tanh(E[words[t+1]] * x[t])
L = sum(F ** 2) / T
'''
minimise = "L"
"""
SIZES = {
    "skip-gram": {"n": 7, "m": 3, "v": 40, "d": 11},
    "glove": {"n": 13, "v": 20, "d": 5},
    "bag": {"n": 5, "t": 6, "v": 50, "d": 9, "k": 3},
    "tied": {"n": 5, "t": 6, "v": 50, "d": 9, "k": 3},
    "next": {"T": 6, "v": 30, "d": 9},
}
FEW = {"n": 9, "m": 3, "v": 4, "d": 9, "t": 6, "k": 3, "T": 8}
"""So few words that there are fewer of them than places that name them."""


@pytest.fixture(autouse=True)
def cache_folder(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRADWRIGHT_CACHE", str(tmp_path_factory.getbasetemp() / "rows"))
    monkeypatch.setattr(sharing, "WORTH", 0)


def model(name: str) -> Model:
    texts = {"bag": BAG, "tied": TIED, "next": NEXT}
    return from_text(texts[name]) if name in texts else load(PEERS / f"{name}.toml")


def batches(found: Model, sizes: dict[str, int], count: int) -> list[dict[str, Array]]:
    """The batch of each step; words come again and again, in a step too."""
    rng = np.random.default_rng(5)
    return [draw(dict(found.data), sizes, rng) for _ in range(count)]


def trained(
    name: str, rule: str, sizes: dict[str, int], backend: str = "numba", threads: int = 1
) -> tuple[Trainer, list[float]]:
    """A trainer after fifty steps on as many batches, and the losses."""
    found = model(name)
    known = {axis: sizes[axis] for axis in SIZES[name]}
    program = compile(found, known, dtype="float64", backend=backend, threads=threads)
    trainer = Trainer(program, rule, 0.01, seed=3)
    return trainer, [trainer.step(batch) for batch in batches(found, known, STEPS)]


@functools.cache
def interpreted(name: str, rule: str, few: bool) -> tuple[dict[str, Array], list[float]]:
    """The slots after the interpreter's steps, and the losses."""
    trainer, losses = trained(name, rule, {**SIZES[name], **(FEW if few else {})}, "numpy")
    assert trainer.state is not None
    return trainer.state.slots, losses


def by_rows(name: str, rule: str, sizes: dict[str, int]) -> set[str]:
    """The parameters of which a compiled step changes only the rows that data names."""
    known = {axis: sizes[axis] for axis in SIZES[name]}
    made = compile(model(name), known).executable(known, optimizer(rule).update)
    return {one.removeprefix("~last ") for one in written(made.program.update) if one.startswith("~last ")}


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("rule", ["adagrad", "lazy-adam", "momentum"])
@pytest.mark.parametrize("name", SIZES)
def test_steps_are_the_interpreted_ones(name: str, rule: str, threads: int) -> None:
    for few in (False, True):
        ours, losses = trained(name, rule, {**SIZES[name], **(FEW if few else {})}, threads=threads)
        slots, expected = interpreted(name, rule, few)
        assert ours.program.executables and not ours.program.is_interpreted
        assert all(one.threads == threads for one in ours.program.executables.values())
        # fifty steps of some hundred operations, each rounded
        np.testing.assert_allclose(losses, expected, rtol=1e-12, atol=1e-12)
        assert ours.state is not None
        for slot, vector in slots.items():
            np.testing.assert_allclose(ours.state.slots[slot], vector, rtol=1e-11, atol=1e-12, err_msg=slot)


@pytest.mark.parametrize(
    ("name", "tables"),
    [
        ("skip-gram", {"W", "C"}),
        ("glove", {"W", "C", "b", "c"}),
        ("bag", {"E"}),
        ("tied", set()),
        ("next", {"E"}),
    ],
)
def test_which_parameters_are_changed_by_rows_is_read_off_the_formulas(name: str, tables: set[str]) -> None:
    sizes = SIZES[name]
    program = compile(model(name), sizes, backend="numpy")
    assert set(touched(program.source)) == tables
    for rule, expected in (("adagrad", tables), ("lazy-adam", tables), ("adam", set()), ("rmsprop", set())):
        assert by_rows(name, rule, sizes) == expected, rule
    few = {**sizes, **FEW}
    assert by_rows(name, "adagrad", few) == set()  # as many places as rows
    assert by_rows(name, "lazy-adam", few) == tables


@pytest.mark.parametrize("rule", catalog.entries("optimizers"))
def test_an_optimizer_that_leaves_numbers_without_a_gradient_does_so_for_any_numbers(rule: str) -> None:
    update = optimizer(rule).update
    rng = np.random.default_rng(7)
    slots = {name: rng.uniform(0.5, 2, 9) for name in update.slots}
    after = {name: array.copy() for name, array in slots.items()}
    settings = {name: rng.uniform(0.1, 0.9) for name in update.settings}
    in_numpy(update, {**after, "g": np.zeros(9)}, settings)
    assert update.leaves_still == all((after[name] == slots[name]).all() for name in slots)
    assert update.leaves_still == (rule in ("sgd", "adagrad"))


@pytest.mark.parametrize("backend", ["numba", "numpy"])
@pytest.mark.parametrize("rule", ["adagrad", "lazy-adam", "adam"])
def test_rows_that_no_batch_names_stay(rule: str, backend: str) -> None:
    found, sizes = model("bag"), SIZES["bag"]
    trainer = Trainer(compile(found, sizes, backend=backend), rule, 0.01, seed=3)
    first, second = batches(found, sizes, 2)
    trainer.step(first)
    before = trainer.params["E"].copy()
    trainer.step(second)
    moved = (trainer.params["E"] != before).any(axis=1)
    named = np.isin(np.arange(sizes["v"]), second["words"])
    earlier = np.isin(np.arange(sizes["v"]), first["words"])
    assert (moved == (named | earlier if rule == "adam" else named)).all()
    assert not named.all() and (earlier & ~named).any()


@pytest.mark.parametrize("rule", ["adagrad", "lazy-adam"])
def test_words_that_are_none_change_nothing(rule: str) -> None:
    found, sizes = model("bag"), SIZES["bag"]
    results = []
    for backend in ("numba", "numpy"):
        trainer = Trainer(compile(found, sizes, backend=backend), rule, 0.01, seed=3)
        for batch in batches(found, sizes, 5):
            batch["words"][0, :3] = -1, sizes["v"], 2**40
            trainer.step(batch)
        assert trainer.state is not None
        results.append(trainer.state.slots)
    for slot, vector in results[1].items():
        np.testing.assert_allclose(results[0][slot], vector, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("rule", ["adagrad", "lazy-adam"])
def test_steps_touch_no_memory_but_their_own(rule: str) -> None:
    found, sizes = model("skip-gram"), SIZES["skip-gram"]
    trainer = Trainer(compile(found, sizes), rule, 0.01, seed=3)
    state = trainer.start(batches(found, sizes, 1)[0])
    made = trainer.program.executable(sizes, trainer.optimizer.update)
    guard = Guard(made)
    for step, batch in enumerate(batches(found, sizes, 3)):
        batch["word"][:2] = -1, sizes["v"]
        losses = made.train(state.slots, batch, {**trainer.settings, "step": step + 1.0}, 1)
        assert np.isfinite(losses).all()
    guard.given = [pair for pair in guard.given if len(pair[0]) != len(pair[1])]  # slots are there to change
    guard.check()


@pytest.mark.parametrize("rule", ["adagrad", "lazy-adam"])
def test_a_loss_that_is_not_finite_leaves_nothing_behind(rule: str) -> None:
    found, sizes = model("bag"), SIZES["bag"]
    clean, spoilt = (Trainer(compile(found, sizes), rule, 0.01, seed=3) for _ in range(2))
    for number, batch in enumerate(batches(found, sizes, 6)):
        assert clean.step(batch) == spoilt.step(batch)
        if number == 2:
            wrong = {**batch, "Y": np.full_like(batch["Y"], np.nan)}
            assert not np.isfinite(spoilt.step(wrong))
            assert spoilt.state is not None
            spoilt.state.count -= 1
    assert all((clean.params[name] == spoilt.params[name]).all() for name in clean.params)


@pytest.mark.parametrize("rule", ["adagrad", "lazy-adam"])
def test_gradients_asked_for_are_whole_between_steps(rule: str) -> None:
    trainer, _ = trained("skip-gram", rule, SIZES["skip-gram"])
    batch = batches(model("skip-gram"), SIZES["skip-gram"], 1)[0]
    reference = compile(model("skip-gram"), SIZES["skip-gram"], backend="numpy")
    loss, gradients = trainer.program.loss_and_gradients(trainer.params, batch)
    expected, others = reference.loss_and_gradients(trainer.params, batch)
    assert abs(loss - expected) < 1e-12
    for name, gradient in gradients.items():
        np.testing.assert_allclose(gradient, others[name], rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("rule", ["adagrad", "lazy-adam"])
def test_steps_on_one_batch_and_on_many_run_without_python_between_them(rule: str) -> None:
    results = []
    for backend in ("numba", "numpy"):
        trainer = Trainer(compile(model("bag"), SIZES["bag"], backend=backend), rule, 0.01, seed=3)
        batch = batches(model("bag"), SIZES["bag"], 1)[0]
        losses = trainer.run(batch, 20)
        results.append([*losses, *trainer.params["E"].ravel()])
    np.testing.assert_allclose(results[0], results[1], rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize("rule", ["adagrad", "lazy-adam"])
def test_what_was_compiled_before_is_used_again(rule: str, monkeypatch: pytest.MonkeyPatch) -> None:
    first, losses = trained("glove", rule, SIZES["glove"])

    def refuse(_: Model) -> Any:
        raise AssertionError("the model was derived again")

    monkeypatch.setattr(programs, "derive", refuse)
    again, others = trained("glove", rule, SIZES["glove"])
    assert losses == others
    assert all((first.params[name] == again.params[name]).all() for name in first.params)


# PyTorch


def torch_losses(name: str, rule: str, start: dict[str, Array]) -> tuple[list[float], dict[str, Array]]:
    """The losses and the parameters of PyTorch's own training with sparse gradients."""
    torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install torch")
    functional = torch.nn.functional
    values = {key: torch.tensor(array, requires_grad=True) for key, array in start.items()}
    tables = [values[key] for key in (("W", "C") if name == "skip-gram" else ("E",))]
    others = [value for value in values.values() if all(value is not table for table in tables)]
    if rule == "adagrad":
        chosen = [torch.optim.Adagrad([*tables, *others], lr=0.01, eps=1e-8)]
    else:
        # SparseAdam adds epsilon to the root of v, Adam to that of v_hat: too small a number to tell.
        chosen = [torch.optim.SparseAdam(tables, lr=0.01, eps=1e-30)]
        chosen += [torch.optim.Adam(others, lr=0.01, eps=1e-30)] if others else []

    def loss(batch: dict[str, Any]) -> Any:
        def rows(key: str, places: str) -> Any:
            return functional.embedding(batch[places].long(), values[key], sparse=True)

        if name == "skip-gram":
            word = rows("W", "word")
            near = (word * rows("C", "beside")).sum(-1)
            far = (word[:, None] * rows("C", "drawn")).sum(-1)
            return (functional.softplus(-near).sum() + functional.softplus(far).sum()) / len(word)
        hidden = torch.tanh(rows("E", "words").mean(axis=1))
        logits = hidden @ values["W"] + values["b"]
        return -(batch["Y"] * torch.log_softmax(logits, -1)).sum() / len(hidden)

    losses = []
    for batch in batches(model(name), SIZES[name], STEPS):
        for one in chosen:
            one.zero_grad()
        with torch.sparse.check_sparse_tensor_invariants(True):
            value = loss({key: torch.tensor(array) for key, array in batch.items()})
            value.backward()
            for one in chosen:
                one.step()
        losses.append(value.item())
    return losses, {key: value.detach().numpy() for key, value in values.items()}


@pytest.mark.parametrize("rule", ["adagrad", "lazy-adam"])
@pytest.mark.parametrize("name", ["skip-gram", "bag"])
def test_sparse_training_is_pytorchs(name: str, rule: str) -> None:
    found = model(name)
    settings = {"epsilon": 1e-30} if rule == "lazy-adam" else {}
    trainer = Trainer(compile(found, SIZES[name]), rule, 0.01, seed=3, **settings)
    given = batches(found, SIZES[name], STEPS)
    trainer.start(given[0])
    expected, params = torch_losses(name, rule, {key: array.copy() for key, array in trainer.params.items()})
    losses = [trainer.step(batch) for batch in given]
    np.testing.assert_allclose(losses, expected, rtol=1e-12)
    for key, array in params.items():
        np.testing.assert_allclose(trainer.params[key], array, rtol=1e-10, atol=1e-12, err_msg=key)
