"""Compiled steps draw the masks that NumPy draws, bit by bit, whatever the formulas do with them."""

from __future__ import annotations

import ctypes
from typing import Any

import numpy as np
import pytest
from llvmlite import ir

import gradwright as gw
from gradwright.execute import draw as numpy_draw
from gradwright.execute.draw import mask
from gradwright.execute.native import machine, sharing
from gradwright.execute.native.executable import Executable
from gradwright.execute.native.statement import kernels_in
from gradwright.execute.native.tree import KEY, Draw, walk
from gradwright.execute.native.words import Words
from gradwright.model.load import from_text
from gradwright.train.trainer import Trainer

Array = Any
I32, POINTER = ir.IntType(32), ir.PointerType()

TEXT = """
name = "drawn"
title = {{ en = "Drawn", ko = "추출" }}
[axes]
n = "rows"
m = "columns"
[data]
x = "n m"
{data}
[parameters]
w = "{w}"
{parameters}
[forward]
formulas = '''
{formulas}
'''
minimise = "L"
"""
MASK = 'D = { axes = "n m", is = "mask", drawn = 0.7 }'

FORMS = {
    "as it is": (MASK, "n m", "M = D * x * w\nL = sum(M ** 2)"),
    "in a sum alone": (MASK, "n m", "L = sum(D * w * x)"),
    "transposed": (MASK, "m n", "M = D.T * x.T * w\nL = sum(M ** 2)"),
    "in a product": (MASK, "m", "y = (D * x) @ w\nL = sum(y ** 2)"),
    "in two products": (MASK, "m m", "y = (D * x) @ w\nz = y @ w\nL = sum(D * tanh(z))"),
    "a factor itself": (MASK, "m n", "y = D @ w\nL = sum(tanh(y) ** 2) + sum(x)"),
    "by its square": (MASK, "n m", "y = D @ D.T @ w\nL = sum(tanh(y) * x)"),
    "spread": ('D = { axes = "m", is = "mask", drawn = 0.7 }', "n m", "L = sum((D * x * w) ** 2)"),
    "one for all": ('D = { axes = "", is = "mask", drawn = 0.5 }', "n m", "L = sum((D * x - w) ** 2)"),
    "neighbours": (MASK, "n m", "M[i, j] = D[i, j] * D[i, j+1] * w[i, j]\nL = sum(M ** 2 * x)"),
    "along time": (MASK, "m", "h[t] = tanh(D[t] * h[t-1] + x[t] * w)\nL = sum(h ** 2)"),
    "at all times": (
        'D = { axes = "m", is = "mask", drawn = 0.7 }',
        "m",
        "h[t] = tanh(D * h[t-1] + x[t] * w)\nL = sum(h ** 2)",
    ),
    "backwards": (MASK, "m", "h[t] = tanh(D[t] * h[t+1] + x[t] * w)\nL = sum(h ** 2)"),
    "by NumPy": (
        'D = { axes = "1 1", is = "mask", drawn = 1.0 }\nE = { axes = "n", is = "mask", drawn = 0.5 }',
        "n m",
        "y = inv(D)[0, 0] * x * w\nL = sum(E * sum(y ** 2, axis=1))",
    ),
    "two of them": (
        MASK + '\nE = { axes = "n m", is = "mask", drawn = 0.3 }',
        "n m",
        "M = D * x * w\nN = E * tanh(M) + D\nL = sum(N ** 2)",
    ),
    "in a row": (MASK, "n m", "v = ravel(D) * tanh(ravel(w))\nL = sum(v * v * ravel(x))"),
}
SIZES = [{"n": 5, "m": 7}, {"n": 16, "m": 32}, {"n": 33, "m": 19}]


@pytest.fixture(autouse=True, scope="module")
def cache_folder(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRADWRIGHT_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


def trainer(form: str, dtype: str = "float64", backend: str = "numba", threads: int = 1) -> Trainer:
    data, w, formulas = FORMS[form]
    model = from_text(TEXT.format(data=data, w=w, parameters="", formulas=formulas))
    return Trainer(gw.compile(model, dtype=dtype, backend=backend, threads=threads), "sgd", 0.01, seed=8)


@pytest.mark.parametrize("lanes", [1, 4, 8])
@pytest.mark.parametrize("rounds", [13, 20])
def test_words_in_llvm_are_the_words_in_numpy(lanes: int, rounds: int) -> None:
    module = ir.Module()
    kind = I32 if lanes == 1 else ir.VectorType(I32, lanes)
    function = ir.Function(module, ir.FunctionType(ir.VoidType(), [POINTER] * 2), "words")
    builder = ir.IRBuilder(function.append_basic_block("entry"))
    places = [
        builder.gep(end, [I32(4 * lanes * at)], source_etype=ir.IntType(8))
        for end in function.args
        for at in range(4)
    ]
    given = [builder.load(place, typ=kind, align=4) for place in places[:4]]
    found = numpy_draw.threefry(Words(builder, kind), (given[0], given[1]), (given[2], given[3]), rounds)
    for word, place in zip(found, places[4:], strict=False):
        builder.store(word, place, align=4)
    builder.ret_void()
    code = machine.Engine(machine.made(str(module)), {})
    words = np.random.default_rng(1).integers(0, 2**32, (4, lanes), dtype=np.uint32)
    made = np.zeros((2, lanes), np.uint32)
    code.function("words", ctypes.c_void_p, ctypes.c_void_p)(words.ctypes.data, made.ctypes.data)
    key, counter = (words[0], words[1]), (words[2], words[3])
    assert np.array_equal(made, numpy_draw.threefry(numpy_draw.WORDS, key, counter, rounds))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("threads", [1, 2, 3])
@pytest.mark.parametrize("shape", [(5, 7), (64, 48), (33, 100)])
def test_every_bit_is_the_same(
    dtype: str, threads: int, shape: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sharing, "WORTH", 0)
    one = trainer("in a sum alone", dtype, threads=threads)
    one.settings["learning_rate"] = 1.0
    data = {"x": np.ones(shape)}
    one.start(data, {"w": np.zeros(shape)})
    for step in range(1, 6):
        one.params["w"][:] = 0
        one.run(data, 1) if step % 2 else one.step(data)
        assert np.array_equal(-one.params["w"], mask(shape, 0.7, 8, step)), step


@pytest.mark.parametrize("sizes", SIZES, ids=str)
@pytest.mark.parametrize("form", FORMS)
def test_compiled_steps_are_the_interpreted_ones(form: str, sizes: dict[str, int]) -> None:
    x = np.random.default_rng(3).normal(size=(sizes["n"], sizes["m"])) / np.sqrt(sizes["m"])
    runs = {}
    for backend in ("numba", "numpy"):
        one = trainer(form, backend=backend)
        first = [one.step({"x": x})]
        assert one.program.is_interpreted is False
        runs[backend] = np.concatenate([first, one.run({"x": x}, 3), one.run({"x": x}, 4)])
    # Some thousand terms are added in another order.
    assert np.allclose(runs["numba"], runs["numpy"], rtol=1e-10, atol=1e-12)
    assert len(set(runs["numpy"])) > 1


@pytest.mark.parametrize("form", FORMS)
def test_threads_train_as_one_does(form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sharing, "WORTH", 0)
    x = np.random.default_rng(3).normal(size=(33, 19)) / 4
    alone, shared = (trainer(form, threads=threads).run({"x": x}, 20) for threads in (1, 3))
    # Threads that share a sum add its parts in another order.
    assert np.allclose(alone, shared, rtol=1e-11, atol=1e-12)


def _program(form: str) -> Executable:
    one = trainer(form)
    one.step({"x": np.ones((16, 32))})
    return next(iter(one.program.executables.values()))


def _draws(made: Executable) -> list[list[str]]:
    """For each kernel that draws the values that it stores."""
    return [
        [store.buffer for store in kernel.stores]
        for kernel in kernels_in(made.program.statements)
        if any(isinstance(node, Draw) for store in kernel.stores for node in walk(store.value))
    ]


def test_a_mask_is_drawn_where_it_is_used_and_remembered_for_the_way_back() -> None:
    assert len(_draws(_program("as it is"))) == 1
    kernels = _draws(_program("two of them"))
    assert len(kernels) == 1 and not {"D", "E"} & set(kernels[0])


@pytest.mark.parametrize("form", ["spread", "by its square", "neighbours", "at all times", "by NumPy"])
def test_a_mask_whose_entries_are_needed_time_and_again_is_drawn_once(form: str) -> None:
    kernels = _draws(_program(form))
    assert sum("D" in kernel for kernel in kernels) == 1


def test_what_is_drawn_is_not_asked_for() -> None:
    made = _program("as it is")
    assert KEY in made.form.given and "D" not in made.form.given
