"""What a condition between indices decides is not computed, and everything has the interpreter's value."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from gradwright.execute.native import sharing
from gradwright.execute.native.statement import kernels_in
from gradwright.execute.native.tree import Op, walk
from gradwright.execute.program import Program
from tests.execute.native.formulas import Case
from tests.execute.native.programs import TOLERANCE, compare, guarded_values

Array = Any

CAUSAL = "arange(t)[:, None] >= arange(t)[None, :]"
BAND = "(arange(t)[:, None] >= arange(t)[None, :]) * (arange(t)[:, None] - arange(t)[None, :] < {})"
HEADS = "Q: n a t q; K: n a t q; U: n a t q"


def attention(condition: str, masked: str) -> Case:
    """Attention with heads, each place of which sees only some."""
    text = f"""
    S = einsum('natq,narq->natr', Q, K) / sqrt(q)
    D = where({condition}, S, {masked})
    P = softmax(D)
    F = einsum('natr,narq->natq', P, U)
    """
    return Case(text, HEADS)


CASES: Mapping[str, Case] = {
    "causal attention": attention(CAUSAL, "-inf"),
    "causal attention, a finite mask": attention(CAUSAL, "-1e9"),
    "attention to later places": attention("arange(t)[:, None] <= arange(t)[None, :]", "-inf"),
    "attention in a window": attention(BAND.format(5), "-inf"),
    "attention in a wide window": attention(BAND.format(40), "-inf"),
    "attention on both sides": attention("abs(arange(t)[:, None] - arange(t)[None, :]) <= 3", "-inf"),
    "a strict mask, finite": attention("arange(t)[:, None] > arange(t)[None, :]", "-1e9"),
    "a mask of chosen places too": Case(
        f"D = where({CAUSAL}, where(abs(S) > 0.001, S, -1e9), -inf)\nP = softmax(D)\nF = P @ U",
        "S: t t; U: t q",
    ),
    "lower times full": Case(f"F = where({CAUSAL}, A, 0) @ B", "A: t t; B: t q"),
    "full times upper": Case(f"F = B @ where({CAUSAL}, A, 0).T", "A: t t; B: q t"),
    "lower times lower": Case(f"L1 = where({CAUSAL}, A, 0)\nF = L1 @ L1", "A: t t"),
    "upper times lower": Case(f"L1 = where({CAUSAL}, A, 0)\nF = tanh(L1.T @ L1)", "A: t t"),
    "strictly triangular": Case(
        "F = where(arange(t)[:, None] > arange(t)[None, :], tanh(A), 0) @ B", "A: t t; B: t q"
    ),
    "a band times a vector": Case(f"F = where({BAND.format(3)}, A, 0) @ x", "A: t t; x: t"),
    "a scaled triangle": Case(
        f"T = where({CAUSAL}, exp(A), 0)\nF = (T / sum(T, axis=1, keepdims=True)) @ B", "A: t t; B: t q"
    ),
    "running sums of a product": Case(
        f"G = B @ A.T\nF = where({CAUSAL}, G, 0) @ where({CAUSAL}, sin(G), 0)", "A: t q; B: t q"
    ),
    "linear attention": Case(f"F = (where({CAUSAL}, Q @ K.T, 0)) @ U", "Q: t q; K: t q; U: t q"),
    "a maximum of earlier places": Case(f"F = max(where({CAUSAL}, A, -inf), axis=1)", "A: t t"),
    "two layers of causal attention": Case(
        f"""
        P = softmax(where({CAUSAL}, X @ W @ X.T / q, -inf))
        Z = relu(layer_norm(X + P @ X, g, h)) @ W
        S = Z @ Z.T / q**2
        D = where({CAUSAL}, S, -inf)
        P2 = softmax(D)
        F = P2 @ Z
        """,
        "X: t q; W: q q; g: q; h: q",
    ),
    "a choice of two products": Case(f"F = where({CAUSAL}, A @ B, C + 1)", "A: t q; B: q t; C: t t"),
    "a far shift": Case("F = where(arange(t)[:, None] >= 2*arange(t)[None, :], A, 0) @ B", "A: t t; B: t q"),
}
SIZES: tuple[dict[str, int], ...] = (
    {"n": 2, "a": 3, "t": 7, "q": 5},
    {"n": 1, "a": 2, "t": 37, "q": 16},
    {"n": 2, "a": 1, "t": 101, "q": 9},
)


@pytest.fixture(autouse=True, scope="module")
def cache_folder(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRADWRIGHT_CACHE", str(tmp_path_factory.mktemp("cache")))
        patch.setattr(sharing, "WORTH", 0)
        yield


def prepared(name: str, sizes: Mapping[str, int], dtype: str = "float64", threads: int = 1) -> Program:
    case = CASES[name]
    own = {axis: size for axis, size in sizes.items() if axis in case.axes}
    return replace(case.program(own, dtype), threads=threads)


@pytest.mark.parametrize(
    "dtype, threads, turns", [("float64", 1, (0, 2)), ("float32", 1, (1,)), ("float64", 2, (1,))]
)
@pytest.mark.parametrize("name", CASES)
def test_masked_formulas_and_their_gradients_are_the_interpreters(
    name: str, dtype: str, threads: int, turns: tuple[int, ...]
) -> None:
    for sizes in (SIZES[turn] for turn in turns):
        program = prepared(name, sizes, dtype, threads)
        params, data = CASES[name].arrays(program.sizes)
        expected = CASES[name].reference.values(params, data)
        compare(guarded_values(program, params, data), expected, TOLERANCE[dtype])


def test_a_row_that_sees_nothing_is_no_number_as_in_the_interpreter() -> None:
    case = attention("arange(t)[:, None] > arange(t)[None, :]", "-inf")
    sizes = {"n": 1, "a": 2, "t": 21, "q": 8}
    params, data = case.arrays(sizes)
    expected = case.reference.values(params, data)
    assert np.isnan(expected["L"]) and np.isnan(expected["dU"]).any()
    compare(guarded_values(case.program(sizes), params, data), expected, TOLERANCE["float64"])


def marks(name: str, sizes: Mapping[str, int]) -> dict[str, int]:
    """For each value of a compiled program how many of its stores and sums say where they end."""
    program = prepared(name, sizes)
    executable = program.executable(program.completed(program.sizes))
    return {
        store.buffer: sum(isinstance(node, Op) and node.name == "within" for node in walk(store.value))
        for kernel in kernels_in(executable.program.statements)
        for store in kernel.stores
    }


def test_every_product_of_causal_attention_ends_at_the_diagonal() -> None:
    found = marks("causal attention", SIZES[2])
    assert {name for name, count in found.items() if not count} <= {"L", "dF", "K~0132", "U~0132"}, found
    assert found["~3"] == found["P"] == found["F"] == found["dP"] == found["dK"] == 1, found


def test_a_second_layer_ends_at_the_diagonal_too() -> None:
    found = marks("two layers of causal attention", SIZES[1])
    assert all(found[name] for name in ("P", "D", "P2", "F", "dP", "dP2", "dS")), found


def test_what_only_data_decides_is_computed() -> None:
    case = Case("F = where(A > 0, A @ B, -1) @ where(S > 0, B, 0)", "A: t t; B: t t; S: t t")
    program = case.program({"t": 33})
    kernels = kernels_in(program.executable(program.completed({"t": 33})).program.statements)
    values = [store.value for kernel in kernels for store in kernel.stores]
    assert not any(isinstance(node, Op) and node.name == "within" for value in values for node in walk(value))


def seconds(case: Case, sizes: Mapping[str, int]) -> float:
    """The least processor time of a few steps."""
    params, data = case.arrays(sizes)
    program = case.program(sizes, "float32")
    arrays = {**data, **params}
    executable = program.executable(program.sizes_of(arrays))
    found = []
    for _ in range(12):
        begin = time.process_time()
        executable.values(arrays)
        found.append(time.process_time() - begin)
    return min(found)


def test_a_triangular_product_takes_little_more_than_half_the_time_of_a_full_one() -> None:
    sizes = {"t": 480, "q": 480}
    full = seconds(Case("F = A @ B", "A: t t; B: t q"), sizes)
    triangular = seconds(Case(f"F = where({CAUSAL}, A, 0) @ B", "A: t t; B: t q"), sizes)
    assert triangular < 0.75 * full, f"{triangular:.2e} of {full:.2e}"


CONDITIONS = (
    "arange(t)[:, None] >= arange(t)[None, :] + {}",
    "arange(t)[:, None] + {} < arange(t)[None, :]",
    "abs(arange(t)[:, None] - arange(t)[None, :]) <= {}",
    "2*arange(t)[:, None] > arange(t)[None, :] + {}",
    "arange(t)[:, None] == arange(t)[None, :] + {}",
    "arange(t)[:, None] != arange(t)[None, :] + {}",
    "arange(t)[None, :] >= {}",
    "(A > 0.3) * (arange(t)[:, None] >= arange(t)[None, :] - {})",
    "maximum(arange(t)[:, None] > 4, arange(t)[:, None] < arange(t)[None, :] - {}) > 0",
)
STEPS = (
    "where({c}, {x}, {k})",
    "where({c}, tanh({x}), {y})",
    "{x} * {y}",
    "{x} + {y}",
    "{x} / (1 + {y}**2)",
    "{x} / (0.5 + sum({y}**2, axis=1, keepdims=True))",
    "({x} @ {y}) / t",
    "({x}.T @ {y}) / t",
    "softmax(where({c}, {x}, -1e9))",
    "softmax(where(arange(t)[:, None] + {n} >= arange(t)[None, :], {x}, -inf))",
    "where({c}, {x} @ {y} / t, {x})",
    "{x} - max({y}, axis=1, keepdims=True)",
    "max(where({c}, {x}, -9), axis=0) * {y}",
    "relu({x}) * exp(-{y}**2)",
    "where({c}, exp({x}/9), 0) / sum(where({c}, exp({x}/9), 0) + 1e-3, axis=1, keepdims=True)",
)


def composition(seed: int) -> Case:
    """Random formulas of masked matrices, all of which the loss is made of."""
    rng = np.random.default_rng(seed)
    names = ["A", "B"]
    lines = []
    for number in range(5):
        x, y = (names[-1 - int(rng.integers(min(3, len(names))))] for _ in range(2))
        condition = CONDITIONS[rng.integers(len(CONDITIONS))].format(rng.integers(4))
        text = STEPS[rng.integers(len(STEPS))]
        k, n = ("0", "1", "-2")[rng.integers(3)], rng.integers(3)
        lines.append(f"M{number} = " + text.format(c=condition, x=x, y=y, k=k, n=n))
        names.append(f"M{number}")
    lines.append("F = " + " + ".join(f"sum(tanh({name}), axis=0)" for name in names))
    return Case("\n".join(lines), "A: t t; B: t t")


@pytest.mark.parametrize("seed", range(12))
def test_random_formulas_of_masked_values_are_the_interpreters(seed: int) -> None:
    case, sizes = composition(seed), {"t": (19, 33, 50)[seed % 3]}
    params, data = case.arrays(sizes)
    expected = case.reference.values(params, data)
    program = replace(case.program(sizes), threads=1 + seed % 2)
    compare(guarded_values(program, params, data), expected, TOLERANCE["float64"])
