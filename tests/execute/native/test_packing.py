"""Products whose factors are copied into panels and blocks are the interpreter's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from gradwright.execute.native.buffer import Buffer
from gradwright.execute.native.index import Var, var_place
from gradwright.execute.native.packing import with_panels
from gradwright.execute.native.statement import Kernel, Program, Store, kernels_in
from gradwright.execute.native.tree import Load
from tests.execute.native.formulas import Case
from tests.execute.native.programs import TOLERANCE, compare, guarded_values

LARGE = {"n": 521, "d": 1030, "h": 263}
PANELS = {"n": 300, "d": 520, "h": 144}
ASIDE = {"n": 400, "d": 390, "h": 272}
FEW = {"n": 520, "d": 700, "h": 65}
PRODUCTS = (
    "F = b * (X @ W)",
    "F = X @ W + b",
    "F = relu(X @ W + b)",
    "F = tanh(X @ W) * 3 + b",
    "F = (X @ W) * (X @ W) + b",
)
VALUES = "X: n d; W: d h; b: h"


def packed(case: Case, sizes: Mapping[str, int], dtype: str, threads: int = 1) -> int:
    """How many packed copies a case's program has, once its values are found to be right."""
    params, data = case.arrays(sizes)
    program = replace(case.program(sizes, dtype), threads=threads, executables={})
    compare(guarded_values(program, params, data), case.reference.values(params, data), TOLERANCE[dtype])
    made = program.executable(program.sizes_of({**params, **data})).program
    return sum("~packed" in store.buffer for kernel in kernels_in(made.statements) for store in kernel.stores)


@pytest.mark.parametrize(
    "sizes", [LARGE, PANELS, ASIDE, FEW], ids=["large", "panels", "aside", "few columns"]
)
@pytest.mark.parametrize("formulas", PRODUCTS)
def test_a_product_with_what_is_made_of_it_and_its_gradients(formulas: str, sizes: dict[str, int]) -> None:
    assert packed(Case(formulas, VALUES), sizes, "float64") > 0


@pytest.mark.parametrize("threads", [1, 2])
def test_in_single_precision_and_by_threads(threads: int) -> None:
    assert packed(Case(PRODUCTS[2], VALUES), LARGE, "float32", threads) > 1
    assert packed(Case("F = X @ W.T", "X: n d; W: h d"), LARGE, "float64", threads) > 1


def test_a_factor_that_a_recurrence_uses_at_every_time_is_packed_once() -> None:
    case = Case("h[t] = tanh(X[t] @ U + h[t-1] @ V)\nF = h", "X: T n d; U: d d; V: d d")
    assert packed(case, {"T": 3, "n": 260, "d": 272}, "float64") >= 1


def test_a_copy_that_nobody_reads_stays_where_it_is_asked_for() -> None:
    loops = (Var("i", 4), Var("j", 8))
    places = tuple(map(var_place, loops))
    copies = [Kernel(loops, (Store(name, places, Load("A", places)),)) for name in ("B", "C")]
    program = Program({name: Buffer((4, 8)) for name in "ABC"}, list(copies), outputs=("B",))
    assert with_panels(program, width=8).statements == copies[:1]


def test_a_gradient_that_is_another_value_stays() -> None:
    assert packed(Case("F = X @ W + B\nL = sum(F*F)/2", "X: n d; W: d h; B: n h"), PANELS, "float64") > 0


@pytest.mark.parametrize("sizes", [LARGE, PANELS], ids=["large", "panels"])
def test_a_product_of_which_a_part_counts(sizes: dict[str, int]) -> None:
    seen = "arange(n)[:, None] >= arange(h)[None, :]"
    packed(Case(f"F = where({seen}, X @ W, 0) + b", VALUES), sizes, "float64")
    packed(Case("F = (X @ W)[1:] - (X @ W)[:-1] + b", VALUES), sizes, "float64")
