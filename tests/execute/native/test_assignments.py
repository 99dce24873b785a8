"""Assignments in index form, as machine code, have the values that the interpreter gives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sympy
from sympy import Expr, Integer

from gradwright.errors import UsageError
from gradwright.execute.interpret import interpret
from gradwright.execute.native.executable import Executable
from gradwright.execute.native.statement import Kernel, kernels_in
from gradwright.execute.source import Source
from gradwright.language.scope import Value
from gradwright.tensor.nodes import (
    Apply,
    Assignment,
    Delta,
    Entry,
    First,
    Index,
    Iverson,
    MaxOver,
    Sum,
    Tensor,
    Where,
    size,
)

SIZES = {"n": 4, "d": 5, "k": 3, "T": 6, "H": 7, "p": 3, "q": 2, "V": 8}
n, d, k, T, H, p, q, V = (size(name) for name in SIZES)


@pytest.fixture(autouse=True, scope="module")
def cache_folder(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRADWRIGHT_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


def ix(name: str, extent: Expr) -> Index:
    return Index(name, extent)


def let(name: str, indices: Sequence[Index], entry: Expr) -> Assignment:
    return Assignment(name, Tensor(tuple(indices), entry))


def compiled(
    assignments: Sequence[Assignment], shapes: Mapping[str, tuple[Expr, ...]], outputs: Sequence[str]
) -> Executable:
    inputs = {name: Value(shape) for name, shape in shapes.items()}
    return Executable(Source(tuple(assignments), inputs, tuple(outputs), (), ()), SIZES, "float64")


def agree(
    assignments: Sequence[Assignment],
    shapes: Mapping[str, tuple[Expr, ...]],
    rng: np.random.Generator,
    given: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Run both ways and compare every value; returns the interpreter's."""
    arrays: dict[str, Any] = {}
    for name, shape in shapes.items():
        extents = [int(extent.xreplace({size(s): Integer(v) for s, v in SIZES.items()})) for extent in shape]
        arrays[name] = rng.normal(size=extents)
    arrays.update(given or {})
    reference = interpret(assignments, arrays, SIZES)
    made = compiled(assignments, shapes, [a.name for a in assignments])
    values = made.values(arrays)
    for name, value in reference.items():
        scale = max(1e-300, float(np.abs(value).max()))
        error = float(np.abs(values[name] - value).max()) / scale
        assert error < 1e-12, f"{name}: {error}\n{made.program.statements}"
    return reference


def kernels(
    assignments: Sequence[Assignment], shapes: Mapping[str, tuple[Expr, ...]], outputs: Sequence[str]
) -> list[Kernel]:
    """The kernels that make some of the values."""
    return list(kernels_in(compiled(assignments, shapes, outputs).program.statements))


def test_a_dense_layer_with_softmax_is_a_product_and_stays_finite_for_large_logits(
    rng: np.random.Generator,
) -> None:
    i, j, c, e = ix("i", n), ix("j", d), ix("c", k), ix("e", k)
    logits = let("Z", (i, c), Sum(Entry("X", i, j) * Entry("W", j, c), j) + Entry("b", c))
    share = sympy.exp(Entry("Z", i, c)) / Sum(sympy.exp(Entry("Z", i, e)), e)
    loss = -Sum(Entry("Y", i, c) * sympy.log(Entry("P", i, c)), i, c) / n
    program = [logits, let("P", (i, c), share), let("L", (), loss)]
    shapes = {"X": (n, d), "W": (d, k), "b": (k,), "Y": (n, k)}
    labels = np.eye(3)[[0, 1, 2, 0]]
    result = agree(program, shapes, rng, {"Y": labels, "X": 300 * rng.normal(size=(4, 5))})
    assert np.allclose(result["P"].sum(axis=1), 1)


def test_a_convolution_and_its_adjoints(rng: np.random.Generator) -> None:
    i, r, c = ix("i", n), ix("r", d), ix("c", k)
    u, v, a, b = ix("u", H - p + 1), ix("v", H - p + 1), ix("a", p), ix("b", p)
    x, y = ix("x", H), ix("y", H)
    forward = Sum(Entry("X", i, r, u + a, v + b) * Entry("K", c, r, a, b), r, a, b)
    by_kernel = Sum(Entry("X", i, r, u + a, v + b) * Entry("G", i, c, u, v), i, u, v)
    by_input = Sum(Entry("G", i, c, x - a, y - b) * Entry("K", c, r, a, b), c, a, b)
    deltas = Delta(x, u + a) * Delta(y, v + b)
    scattered = Sum(Entry("G", i, c, u, v) * Entry("K", c, r, a, b) * deltas, c, u, v, a, b)
    program = [
        let("Z", (i, c, u, v), forward),
        let("dK", (c, r, a, b), by_kernel),
        let("dX", (i, r, x, y), by_input),
        let("dX2", (i, r, x, y), scattered),
    ]
    shapes = {"X": (n, d, H, H), "K": (k, d, p, p), "G": (n, k, H - p + 1, H - p + 1)}
    result = agree(program, shapes, rng)
    assert np.allclose(result["dX"], result["dX2"])


def test_a_strided_read_and_its_adjoint_stay_inside_the_axis(rng: np.random.Generator) -> None:
    t, x = ix("t", V), ix("x", V)
    program = [
        let("F", (t,), Entry("X", 2 * t - 2) * Entry("Y", t)),
        let("G", (t,), 1 + Entry("F", t)),
        let("dX", (x,), Sum(Entry("G", t) * Entry("Y", t) * Delta(x, 2 * t - 2), t)),
    ]
    result = agree(program, {"X": (V,), "Y": (V,)}, rng)
    assert np.count_nonzero(result["dX"]) == 4


def test_max_pooling_and_its_adjoint_by_the_first_maximum(rng: np.random.Generator) -> None:
    i, u, a, x = ix("i", n), ix("u", sympy.floor((H - q) / 2) + 1), ix("a", q), ix("x", H)
    b = ix("b", q)
    pooled = MaxOver(Entry("X", i, 2 * u + a), a)
    first = First(Entry("X", i, 2 * u + b), sympy.Tuple(b), sympy.Tuple(a))
    back = Sum(Entry("G", i, u) * first * Delta(x, 2 * u + a), u, a)
    shapes = {"X": (n, H), "G": (n, sympy.floor((H - q) / 2) + 1)}
    result = agree([let("M", (i, u), pooled), let("dX", (i, x), back)], shapes, rng)
    assert np.count_nonzero(result["dX"]) == 4 * 3


def test_a_recurrence_forward_and_its_adjoint_backward(rng: np.random.Generator) -> None:
    t, i, a, b, c = ix("t", T), ix("i", n), ix("a", d), ix("b", d), ix("c", k)
    before = Sum(Entry("X", t, i, c) * Entry("U", c, a), c) + Sum(
        Entry("h", t - 1, i, b) * Entry("W", b, a), b
    )
    program = [
        let("z", (t, i, a), before),
        let("h", (t, i, a), sympy.tanh(Entry("z", t, i, a))),
        let("L", (), Sum(Entry("h", T - 1, i, a) * Entry("C", i, a), i, a)),
        let(
            "dh",
            (t, i, a),
            Delta(t, T - 1) * Entry("C", i, a) + Sum(Entry("dz", t + 1, i, b) * Entry("W", a, b), b),
        ),
        let("dz", (t, i, a), Entry("dh", t, i, a) * (1 - Entry("h", t, i, a) ** 2)),
        let("dW", (b, a), Sum(Entry("h", t - 1, i, b) * Entry("dz", t, i, a), t, i)),
        let("dU", (c, a), Sum(Entry("X", t, i, c) * Entry("dz", t, i, a), t, i)),
    ]
    shapes = {"X": (T, n, k), "U": (k, d), "W": (d, d), "C": (n, d)}
    arrays = {
        name: rng.normal(size=[SIZES[str(extent)] for extent in shape]) for name, shape in shapes.items()
    }
    result = agree(program, shapes, rng, arrays)
    for name in ("W", "U"):
        stepped = arrays[name].astype(complex)
        stepped[1, 2] += 1e-30j
        derivative = interpret(program, {**arrays, name: stepped}, SIZES)["L"].imag / 1e-30
        assert abs(derivative - result[f"d{name}"][1, 2]) < 1e-13


def test_attention_in_a_batch_with_heads_and_a_causal_mask(rng: np.random.Generator) -> None:
    i, t, s, h, c = ix("i", n), ix("t", T), ix("s", T), ix("h", q), ix("c", k)
    s2 = ix("s2", T)
    score = Sum(Entry("Q", i, t, h, c) * Entry("K", i, s, h, c), c) / sympy.sqrt(k)
    masked = Where(s <= t, Entry("S", i, h, t, s), -sympy.oo)
    share = sympy.exp(Entry("M", i, h, t, s)) / Sum(sympy.exp(Entry("M", i, h, t, s2)), s2)
    program = [
        let("S", (i, h, t, s), score),
        let("M", (i, h, t, s), masked),
        let("A", (i, h, t, s), share),
        let("O", (i, t, h, c), Sum(Entry("A", i, h, t, s) * Entry("V", i, s, h, c), s)),
    ]
    shapes = dict.fromkeys("QKV", (n, T, q, k))
    arrays = {name: rng.normal(size=(4, 6, 2, 3)) for name in "QKV"}
    reference = interpret(program, arrays, SIZES)
    values = compiled(program, shapes, ["A", "O"]).values(arrays)
    assert np.allclose(values["O"], reference["O"], rtol=1e-12, atol=1e-14)
    assert np.allclose(values["A"], np.tril(values["A"]))


def test_an_embedding_gathers_and_its_adjoint_scatters(rng: np.random.Generator) -> None:
    i, t, a, v = ix("i", n), ix("t", T), ix("a", d), ix("v", V)
    word = Entry("tokens", i, t)
    program = [
        let("x", (i, t, a), Entry("E", word, a)),
        let("dE", (v, a), Sum(Entry("G", i, t, a) * Delta(v, word), i, t)),
    ]
    shapes = {"tokens": (n, T), "E": (V, d), "G": (n, T, d)}
    agree(program, shapes, rng, {"tokens": rng.integers(0, 8, (4, 6))})
    adding = [store for one in kernels(program, shapes, ["dE"]) for store in one.stores if store.add]
    assert [store.buffer for store in adding] == ["dE"]


def test_layer_normalisation_keeps_row_sums_apart(rng: np.random.Generator) -> None:
    i, a, b = ix("i", n), ix("a", d), ix("b", d)
    mean = Sum(Entry("X", i, a), a) / d
    spread = Sum((Entry("X", i, b) - Sum(Entry("X", i, a), a) / d) ** 2, b) / d
    norm = (Entry("X", i, a) - Entry("m", i)) / sympy.sqrt(Entry("v", i) + sympy.Rational(1, 100000))
    inner = Sum(Entry("G", i, b) * Entry("N", i, b), b)
    back = Entry("G", i, a) - Sum(Entry("G", i, b), b) / d - Entry("N", i, a) * inner / d
    program = [
        let("m", (i,), mean),
        let("v", (i,), spread),
        let("N", (i, a), norm),
        let("dX", (i, a), back),
    ]
    agree(program, {"X": (n, d), "G": (n, d)}, rng)


def test_products_of_three_factors_are_contracted_two_at_a_time(rng: np.random.Generator) -> None:
    i, j, a, b, c = ix("i", n), ix("j", d), ix("a", k), ix("b", T), ix("c", H)
    chain = Sum(Entry("A", i, j) * Entry("B", j, a) * Entry("C", a, b), j, a)
    bilinear = Sum(Entry("A", i, j) * Entry("Q", j, c, a) * Entry("D", i, c), j, c, i)
    scaled = Sum(Entry("A", i, j) * sympy.exp(Entry("s", i)) * Entry("D", i, c) * Iverson(i > 0), i)
    program = [let("R", (i, b), chain), let("S", (a,), bilinear), let("U", (c, j), scaled)]
    shapes = {"A": (n, d), "B": (d, k), "C": (k, T), "Q": (d, H, k), "D": (n, H), "s": (n,)}
    agree(program, shapes, rng)
    assert len(kernels(program, shapes, ["R", "S", "U"])) >= 5


def test_matrices_functions_and_elementary_functions(rng: np.random.Generator) -> None:
    i, j, l_ = ix("i", d), ix("j", d), ix("l", d)
    x = Entry("x", i)
    f = sympy
    several = (
        f.sin(x) + f.Abs(x) + f.Max(x, 0, Entry("y", i)) - f.Min(x, 1) + f.erf(x) + f.sign(x) * f.sqrt(2)
    )
    more = f.log(1 + f.exp(100 * x)) + f.exp(x) / (1 + f.exp(x)) + 2**x + 1 / (1 + x**2) ** 3 + f.pi * i + d
    program = [
        let("A", (i, j), Sum(Entry("B", i, l_) * Entry("B", j, l_), l_) + Delta(i, j)),
        let("R", (i, j), Sum(Apply("inv", ("A",), i, l_) * Entry("B", l_, j), l_)),
        let("g", (), Apply("logdet", ("A",)) + Apply("det", ("A",))),
        let("f", (i,), several + more),
        let("w", (i,), Where(f.Or(x > 0, i > 2), f.log(f.Abs(x)), f.Piecewise((x, x < -1), (0, True)))),
    ]
    agree(program, {"B": (d, d), "x": (d,), "y": (d,)}, rng)


def test_a_singular_matrix_makes_the_values_no_numbers() -> None:
    i, j = ix("i", d), ix("j", d)
    program = [let("R", (i, j), Apply("inv", ("A",), i, j))]
    made = compiled(program, {"A": (d, d)}, ["R"])
    assert np.isnan(made.values({"A": np.zeros((5, 5))})["R"]).all()


def test_a_function_without_a_compiled_form_is_numpys(rng: np.random.Generator) -> None:
    i, j = ix("i", d), ix("j", k)
    inner = sympy.digamma(1 + Entry("x", i) ** 2 + Entry("X", i, j))
    program = [
        let("f", (i,), sympy.digamma(Entry("x", i)) * Entry("x", i)),
        let("g", (i,), Sum(Where(j > 0, inner, Integer(0)) * Entry("X", i, j), j)),
    ]
    agree(program, {"x": (d,), "X": (d, k)}, rng, {"X": rng.uniform(0, 1, (5, 3))})


def test_a_function_that_nobody_knows_is_refused_with_the_next_move() -> None:
    i = ix("i", d)
    with pytest.raises(UsageError, match="numpy"):
        compiled([let("f", (i,), sympy.zeta(Entry("x", i)))], {"x": (d,)}, ["f"])
    with pytest.raises(UsageError, match="numpy"):
        compiled([let("f", (), Apply("permanent", ("A",)))], {"A": (d, d)}, ["f"])


def test_a_name_may_have_any_letters(rng: np.random.Generator) -> None:
    i = ix('i"\n', d)
    agree([let("θ'\n\"", (i,), 2 * Entry("x̂", i)), let("y", (i,), Entry("θ'\n\"", i) + 1)], {"x̂": (d,)}, rng)


def test_the_code_is_the_same_whatever_the_indices_were_called(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRADWRIGHT_CACHE", str(tmp_path))
    for letters in ("ij", "zb"):
        i, j = ix(letters[0], n), ix(letters[1], d)
        program = [let("y", (i,), Sum(Entry("X", i, j) * sympy.exp(Entry("w", j)), j))]
        compiled(program, {"X": (n, d), "w": (d,)}, ["y"])
    assert len(list(tmp_path.iterdir())) == 1
