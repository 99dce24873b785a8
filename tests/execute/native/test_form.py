"""What was compiled once runs again without a derivation; what is damaged or foreign is remade."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gradwright import catalog
from gradwright.execute import cache
from gradwright.execute.native import form
from gradwright.execute.program import Program
from gradwright.execute.sample import draw, draw_sizes
from gradwright.model.identity import identity
from gradwright.model.load import from_text
from gradwright.model.load import model as load_model
from gradwright.model.model import Model
from gradwright.train import program as programs
from gradwright.train.optimizers import optimizer
from gradwright.train.trainer import Trainer

SMALL = ("softmax-regression", "two-layer-perceptron", "rnn-classifier")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GRADWRIGHT_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def underivable(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """After it is called, a derivation fails the test."""

    def refuse(model: Model) -> Any:
        raise AssertionError(f"{model.name} was derived again")

    return lambda: monkeypatch.setattr(programs, "derive", refuse)


def used(name: str, rng: np.random.Generator, threads: int = 1) -> tuple[Program, list[Any]]:
    """A program after all that a trainer asks of it, and what came of it."""
    model = load_model(name)
    sizes = draw_sizes(model.scope.values, model.equations, np.random.default_rng(3))
    data = draw(dict(model.data), sizes, np.random.default_rng(4))
    program = programs.compile(model, sizes, threads=threads)
    trainer = Trainer(program, "adam", seed=1)
    found: list[Any] = [trainer.step(data) for _ in range(2)]
    found += [trainer.run(data, 3).tolist(), {k: v.tolist() for k, v in trainer.params.items()}]
    loss, gradients = program.loss_and_gradients(trainer.params, data)
    found += [loss, {k: v.tolist() for k, v in gradients.items()}]
    return program, found


@pytest.mark.parametrize("name", SMALL)
@pytest.mark.parametrize("threads", [1, 2])
def test_a_program_compiled_before_runs_without_a_derivation(
    name: str, threads: int, rng: np.random.Generator, underivable: Callable[[], None]
) -> None:
    first = used(name, rng, threads)[1]
    underivable()
    program, second = used(name, rng, threads)
    assert first == second
    assert all("maker" not in vars(one) for one in program.executables.values())


@pytest.mark.parametrize("damage", [b"", b"{}", b"\0" * 100, None])
@pytest.mark.parametrize("kind", ["*.json", "*.o"])
def test_a_damaged_file_is_remade(
    damage: bytes | None, kind: str, folder: Path, rng: np.random.Generator
) -> None:
    first = used("softmax-regression", rng)[1]
    files = sorted(folder.glob(kind))
    whole = {path: path.read_bytes() for path in files}
    assert files
    for path in files:
        path.write_bytes(whole[path][:-7] if damage is None else damage)
    assert used("softmax-regression", rng)[1] == first
    # Machine code is the same from one compilation to the next.
    assert {path: path.read_bytes() for path in sorted(folder.glob(kind))} == whole
    assert not list(folder.glob(".*"))


@pytest.mark.parametrize("change", [{"name": "another"}, {"code": "native_0.o"}, {"form": {}}, {"form": 3}])
def test_a_foreign_form_is_remade(change: dict[str, Any], folder: Path, rng: np.random.Generator) -> None:
    first = used("softmax-regression", rng)[1]
    for path in folder.glob("*.json"):
        table = json.loads(cache.found(path.name) or b"")
        cache.keep(path.name, json.dumps({**table, **change}).encode())
        assert form.kept(path.stem.removeprefix("native_")) is None
    assert used("softmax-regression", rng)[1] == first
    assert all(form.kept(path.stem.removeprefix("native_")) for path in folder.glob("*.json"))


def _key(what: list[Any]) -> str:
    identity, sizes, dtype, threads, rule, lasting = what
    return form.key(identity, sizes, dtype, threads, rule, lasting)


def test_whatever_decides_the_code_is_in_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    adam, sgd = optimizer("adam").update, optimizer("sgd").update
    first: list[Any] = ["L", {"n": 3}, "float32", 1, adam, False]
    others: list[Any] = ["J", {"n": 4}, "float64", 2, sgd, True]
    keys = {_key(first)} | {_key([*first[:at], other, *first[at + 1 :]]) for at, other in enumerate(others)}
    keys.add(_key([*first[:4], None, False]))
    keys.add(_key([*first[:4], replace(adam, is_lazy=True), False]))
    monkeypatch.setattr(form, "engine", lambda: "another version")
    keys.add(_key(first))
    assert len(keys) == len(first) + 4


@functools.cache
def identity_of(name: str) -> str:
    return identity(load_model(name))


@pytest.mark.parametrize("name", list(catalog.entries("models")))
def test_a_model_read_twice_is_the_same_and_no_other(name: str) -> None:
    model = load_model(name)
    assert identity(model) == identity(load_model(name))
    others = [identity_of(other) for other in catalog.entries("models") if other != name]
    assert identity(model) not in others
    constants = {**model.constants, "extra": 1.0}
    assert identity(replace(model, constants=constants)) != identity(model)


def test_a_function_that_a_model_calls_is_part_of_what_it_is() -> None:
    text = (catalog.entries("models")["softmax-regression"]).read_text(encoding="utf-8")
    model = from_text(text)
    changed = replace(model.composites["softmax"], stable=())
    other = replace(model, composites={**model.composites, "softmax": changed})
    assert identity(other) != identity(model)
    unused = replace(model, composites={**model.composites, "gelu": changed})
    assert identity(unused) == identity(model)


def test_a_program_that_calls_numpy_back_is_found_again(rng: np.random.Generator) -> None:
    text = """
name = "whole"
title = { en = "A determinant", ko = "행렬식" }
[axes]
n = "rows"
[data]
B = "n n"
[parameters]
A = { axes = "n n", init = "normal" }
[forward]
formulas = "L = logdet(A) + sum(A * B)"
minimise = "L"
"""
    params = {"A": 4 * np.eye(4) + 0.1 * rng.normal(size=(4, 4))}
    data = {"B": rng.normal(size=(4, 4))}
    found = [programs.compile(from_text(text)).loss_and_gradients(params, data) for _ in range(2)]
    assert found[0][0] == found[1][0]
    assert np.array_equal(found[0][1]["A"], found[1][1]["A"])
