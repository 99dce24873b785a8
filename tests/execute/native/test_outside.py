"""Functions of whole matrices, and others without loops, in programs of machine code."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from gradwright.execute.native import sharing
from gradwright.train.optimizers import optimizer as load_optimizer
from tests.execute.native.formulas import Case
from tests.execute.native.programs import compare, guarded_values

Array = Any
CASES = (
    Case("L = sum(inv(A) * B)", "A: n n wellcond; B: n n"),
    Case("L = logdet(A) + det(A)", "A: n n wellcond"),
    Case("L = x @ solve(A, y)", "A: n n wellcond; x: n; y: n"),
    Case("F = inv(A) @ B\nG = inv(F + A)\nL = sum(G * G)", "A: n n wellcond; B: n n small"),
    Case("V = inv(A)\nF[i] = V[i-1] * x - V[i+1]", "A: n n wellcond; x: n"),
    Case("h[t] = tanh(h[t-1] @ inv(A) + X[t])\nL = sum(h * h)", "A: n n wellcond; X: T n"),
    Case("h[t] = gammaln(abs(h[t-1]) + X[t] * X[t] + 1) * 0.1\nL = sum(h * h)", "X: T n"),
    Case("F = gammaln(A @ x * x + 40)", "A: n n; x: n small"),
)


@pytest.fixture(autouse=True, scope="module")
def cache_folder(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRADWRIGHT_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.mark.parametrize("size", [1, 4, 9])
@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_values_and_gradients_are_the_interpreters(case: Case, size: int) -> None:
    sizes = {"n": size, "T": 5}
    params, data = case.arrays(sizes)
    # LAPACK solves by another order of operations than the interpreter's formulas: some figures are lost.
    compare(guarded_values(case.program(sizes), params, data), case.reference.values(params, data), 1e-10)


@pytest.mark.parametrize("case", CASES[:3], ids=[case.name for case in CASES[:3]])
def test_training_steps_are_the_interpreters(case: Case) -> None:
    sizes, optimizer = {"n": 6}, load_optimizer("adam")
    params, data = case.arrays(sizes)
    programs = case.program(sizes), case.reference
    states = [program.start(params, optimizer.update) for program in programs]
    settings = {**optimizer.settings, "lr": 1e-3}
    for _ in range(10):
        for program, state in zip(programs, states, strict=True):
            program.step(state, data, optimizer.update, settings)
    compare(states[0].slots, states[1].slots, 1e-9)


def test_a_singular_matrix_makes_all_values_no_numbers_and_changes_no_parameter() -> None:
    case, optimizer = Case("L = det(A)", "A: n n"), load_optimizer("sgd")
    program = case.program({"n": 3})
    values = program.values({"A": np.zeros((3, 3))}, {})
    assert all(np.isnan(value).all() for value in values.values())
    state = program.start({"A": np.zeros((3, 3))}, optimizer.update)
    assert np.isnan(program.step(state, {}, optimizer.update, optimizer.settings))
    assert not state.slots["w"].any()
    state = program.start({"A": np.diag([1.0, 2.0, 4.0])}, optimizer.update)
    assert program.step(state, {}, optimizer.update, optimizer.settings) == pytest.approx(8.0, rel=1e-12)
    assert np.isfinite(state.slots["w"]).all()


def test_what_a_function_raises_reaches_the_caller(monkeypatch: pytest.MonkeyPatch) -> None:
    case = Case("L = logdet(A)", "A: n n wellcond")
    params, data = case.arrays({"n": 3})
    program = case.program({"n": 3})
    executable = program.executable(program.sizes_of(params))

    def broken(name: str) -> Array:
        raise KeyboardInterrupt

    monkeypatch.setattr(executable._callbacks, "view", broken)
    with pytest.raises(KeyboardInterrupt):
        program.values(params, data)
    monkeypatch.undo()
    assert np.isfinite(program.values(params, data)["L"])


def test_threads_that_share_a_program_call_a_function_once(monkeypatch: pytest.MonkeyPatch) -> None:
    case = CASES[3]
    params, data = case.arrays({"n": 9})
    monkeypatch.setattr(sharing, "WORTH", 0)
    program = replace(case.program({"n": 9}), threads=2)
    executable = program.executable(program.sizes_of(params))
    assert executable.threads == 2
    calls: list[int] = []
    call = executable._callbacks.call

    def counted(number: int) -> None:
        calls.append(number)
        call(number)

    monkeypatch.setattr(executable._callbacks, "call", counted)
    compare(program.values(params, data), case.reference.values(params, data), 1e-10)
    assert sorted(calls) == list(range(len(executable._callbacks.statements)))
