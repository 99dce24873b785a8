"""Programs of machine code give what the interpreter gives, and touch no memory but their own."""

from __future__ import annotations

import functools
import zlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from gradwright import catalog
from gradwright.errors import UsageError
from gradwright.execute.program import Program
from gradwright.execute.sample import draw
from gradwright.model.load import model as load_model
from gradwright.model.model import Model
from gradwright.train.optimizers import optimizer as load_optimizer
from gradwright.train.program import compile
from tests.execute.native.compositions import composition
from tests.execute.native.formulas import BINARY, SWEEP, UNARY, Case, cases
from tests.execute.native.programs import TOLERANCE, compare, guarded_values

Array = Any
TABLE = cases()
MODELS = list(catalog.entries("models"))
OPTIMIZERS = list(catalog.entries("optimizers"))
ODD = (5, 11, 13, 17, 19, 3, 7, 9, 15, 21)
EVEN = (16, 8, 32, 8, 16, 8, 16, 8, 8, 8)
IMAGES = {
    5: {"c": 3, "H": 13, "Wd": 19, "m": 7, "kh": 3, "kw": 5},
    16: {"c": 8, "H": 10, "Wd": 18, "kh": 3, "kw": 3},
}


@pytest.fixture(autouse=True, scope="module")
def cache_folder(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRADWRIGHT_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


# the catalogue


@functools.cache
def reference(name: str) -> tuple[Model, Program]:
    """A model of the catalogue and its interpreted program."""
    found = load_model(name)
    return found, compile(found, backend="numpy")


def instance(name: str, numbers: tuple[int, ...]) -> tuple[Program, dict[str, Array], dict[str, Array]]:
    """The interpreted program at given sizes of the axes, and random parameters and data."""
    model, program = reference(name)
    chosen = dict(zip(model.axes, numbers, strict=False))
    if "kh" in chosen:  # windows that fit an image
        chosen |= IMAGES[numbers[0]]
    known = program.completed(chosen)
    rng = np.random.default_rng(zlib.crc32(f"{name} {numbers}".encode()))
    params = draw({key: parameter.value for key, parameter in model.parameters.items()}, known, rng)
    # Small weights, as before training: large logits amplify what single precision rounds.
    small = {key: array / 8 for key, array in params.items()}
    return replace(program, sizes=known, _shown={}), small, draw(dict(model.given), known, rng)


def native(program: Program, dtype: str = "float64") -> Program:
    """The same program as machine code."""
    return replace(program, backend="numba", dtype=dtype, executables={}, _shown={})


@pytest.mark.thorough
@pytest.mark.parametrize("sizes", [ODD, EVEN], ids=["odd", "even"])
@pytest.mark.parametrize("name", MODELS)
def test_a_model_of_the_catalogue_has_the_interpreters_values_and_steps(
    name: str, sizes: tuple[int, ...]
) -> None:
    interpreted, params, data = instance(name, sizes)
    expected = interpreted.values(params, data)
    if sizes is ODD or len(interpreted.assignments) < 30:
        compare(native(interpreted, "float32").values(params, data), expected, TOLERANCE["float32"])
    few = len(interpreted.assignments) < 12 and sizes is ODD
    first = MODELS.index(name) + (sizes is ODD)
    for optimizer in OPTIMIZERS if few else [OPTIMIZERS[first % len(OPTIMIZERS)]]:
        made = native(interpreted)
        trains(made, interpreted, optimizer, params, data)
        compare(made.values(params, data), expected, TOLERANCE["float64"])


def trains(
    made: Program, interpreted: Program, name: str, params: Mapping[str, Array], data: Mapping[str, Array]
) -> None:
    """Twenty steps of an optimizer give the same losses and slots."""
    optimizer = load_optimizer(name)
    states = [program.start(params, optimizer.update) for program in (made, interpreted)]
    for step in range(20):
        losses = [
            program.step(state, data, optimizer.update, optimizer.settings)
            for program, state in zip((made, interpreted), states, strict=True)
        ]
        assert abs(losses[0] - losses[1]) <= 1e-9 * max(1.0, abs(losses[1])), (step, losses)
    # Twenty steps amplify a difference of the last figure; a wrong one is seen in the first figures.
    compare(states[0].slots, states[1].slots, 1e-9)


# the table of formulas


@pytest.mark.parametrize("at", range(len(TABLE)), ids=[case.name for case in TABLE])
def test_a_formula_and_its_gradients_are_the_interpreters(at: int, many: int) -> None:
    case = TABLE[at]
    # A quarter of the table takes twenty seconds; all of it at all sizes takes ten minutes.
    if at % max(1, 4 * 400 // many):
        pytest.skip("another one of its kind is tested; --many 1600 tests each once, 14400 at all sizes")
    for turn in range(max(1, min(len(SWEEP), many // 1600))):
        agree(case, case.sizes((at // 4 + turn) % len(SWEEP)), "float32" if at % 12 == 8 else "float64")


HARD = (
    # A neighbour of what the same loop makes; an axis of no places; a place told by data, outside its axis
    # in some lanes; a store of which only some places lie inside.
    ("F[t] = x[t-1] - 2*x[t] + x[t+1]", "x: T", {"T": 17}),
    ("F[t] = tanh(X[t-2] @ W)*X[t]", "X: T n d; W: d d", {"T": 17, "d": 3, "n": 16}),
    ("F = x[:-1]*y[1:]", "x: n; y: n", {"n": 1}),
    ("F = concatenate([x, 2*y, x*y])", "x: n; y: n", {"n": 33}),
    ("F = conv2d(X, K, padding=2, stride=2)", "X: 9 W; K: 3 1", {"W": 2}),
    ("F[t] = E[tokens[t+1]] * B[t]", "E: V d; tokens: T < V; B: T d", {"T": 3, "V": 16, "d": 2}),
)


@pytest.mark.parametrize("formulas, values, sizes", HARD, ids=[formulas for formulas, *_ in HARD])
def test_a_formula_whose_loops_are_hard_to_get_right_is_the_interpreters(
    formulas: str, values: str, sizes: dict[str, int]
) -> None:
    agree(Case(formulas, values), sizes, "float64")


def agree(case: Case, sizes: Mapping[str, int], dtype: str) -> None:
    """A case's values as machine code in guarded memory are the interpreter's."""
    params, data = case.arrays(sizes)
    program = case.program(sizes, dtype)
    expected = case.reference.values(params, data)
    try:
        compare(guarded_values(program, params, data), expected, TOLERANCE[dtype])
    except AssertionError as error:
        raise AssertionError(
            f"{case.formulas}\nwith {case.values}, {dict(sizes)}, {dtype}: {error}"
        ) from None


def test_random_compositions_are_the_interpreters(many: int) -> None:
    for seed in range(many // 50):
        case = composition(seed)
        sizes = case.sizes(seed % len(SWEEP))
        params, data = case.arrays(sizes)
        expected = case.reference.values(params, data)
        try:
            # Differences of nearly equal numbers, one after the other, lose some figures on both sides.
            compare(guarded_values(case.program(sizes), params, data), expected, 1e-9)
        except AssertionError as error:
            raise AssertionError(f"seed {seed}:\n{case.formulas}\nwith {dict(sizes)}: {error}") from None
        except Exception as error:
            error.add_note(f"seed {seed}:\n{case.formulas}\nwith {dict(sizes)}")
            raise


# values that are no numbers

# No subnormal number is among them: machine code takes these for 0, on purpose.
SPECIAL = (-np.inf, np.inf, np.nan, 0.0, -0.0, 1e-300, 1e300, -1e300, 1.0, -1.0, 800.0, -800.0, 40.0)


@pytest.mark.parametrize("name", [case.name for case in TABLE if case.values == "x: n"])
def test_infinities_and_values_that_are_no_numbers_come_out_as_in_the_interpreter(
    name: str, many: int
) -> None:
    at = next(at for at, case in enumerate(TABLE) if case.name == name)
    if at % max(1, 4 * 400 // many):
        pytest.skip("another one of its kind is tested; --many 1600 tests all")
    case = TABLE[at]
    params = {"x": np.array(SPECIAL)}
    found = case.program({"n": len(SPECIAL)}).values(params, {})
    for value, expected in case.reference.values(params, {}).items():
        if value == "L":
            continue
        # The derivative of log(1 + exp(x)) is 0 * inf in the interpreter where machine code has its limit.
        decided = ~np.isnan(expected) if "log" in name or "softplus" in name else np.isfinite(SPECIAL) | True
        got = found[value]
        same = (got == expected) | (np.isnan(got) & np.isnan(expected))
        with np.errstate(invalid="ignore"):
            near = np.abs(got - expected) <= 1e-12 * np.abs(expected)
        assert (same | near | ~decided).all(), f"{value}: {got}, expected {expected}"


@pytest.mark.parametrize("wrong", [np.nan, np.inf])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_loss_that_is_not_finite_changes_no_parameter(name: str, dtype: str, wrong: float) -> None:
    interpreted, params, data = instance("linear-regression", ODD)
    made, optimizer = native(interpreted, dtype), load_optimizer(name)
    state = made.start(params, optimizer.update)
    made.step(state, data, optimizer.update, optimizer.settings)
    before = {slot: vector.copy() for slot, vector in state.slots.items()}
    spoilt = {
        key: np.where(np.arange(value.size).reshape(value.shape) == 3, wrong, value)
        for key, value in data.items()
    }
    assert not np.isfinite(made.step(state, spoilt, optimizer.update, optimizer.settings))
    for slot, vector in state.slots.items():
        assert np.array_equal(vector, before[slot]), slot
    assert np.isfinite(made.step(state, data, optimizer.update, optimizer.settings))
    assert any(not np.array_equal(vector, before[slot]) for slot, vector in state.slots.items())


@pytest.mark.parametrize(
    "formulas",
    ["F = E[tokens]", "F[t] = E[tokens[t-1]]", "F[t] = E[tokens[t+1]] * x", "F[t] = E[tokens[t]-1]"],
)
def test_a_token_outside_its_axis_reads_zeros_and_gets_no_gradient(formulas: str) -> None:
    case = Case(formulas, "E: V d; tokens: T < V" + ("; x: d" if "x" in formulas else ""))
    sizes = {"T": 11, "V": 7, "d": 5}
    params, data = case.arrays(sizes)
    data["tokens"] = np.array([0, 7, 6, -1, 3, 1000, 3, -1000, 8, 6, -2], float)
    expected = case.reference.values(params, data)
    compare(guarded_values(case.program(sizes), params, data), expected, TOLERANCE["float64"])


@pytest.mark.parametrize("more", [-3, 5])
def test_slots_of_another_length_than_the_parameters_are_refused(more: int) -> None:
    interpreted, params, data = instance("linear-regression", ODD)
    made, optimizer = native(interpreted), load_optimizer("momentum")
    state = made.start(params, optimizer.update)
    state.slots["m"] = np.zeros(len(state.slots["m"]) + more)
    with pytest.raises((UsageError, ValueError)):
        made.step(state, data, optimizer.update, optimizer.settings)


def test_inputs_of_another_layout_or_kind_are_copied_not_changed() -> None:
    case = Case("F = A @ B", "A: n d; B: d k")
    params, data = case.arrays({"n": 9, "d": 8, "k": 7})
    expected = case.reference.values(params, data)
    turned = {name: np.asfortranarray(array) for name, array in params.items()}
    wide = {name: np.repeat(array, 2, axis=1)[:, ::2] for name, array in params.items()}
    program = case.program({"n": 9, "d": 8, "k": 7})
    for given in (turned, wide):
        compare(program.values(given, data), expected, TOLERANCE["float64"])
        assert all(np.array_equal(given[name], params[name]) for name in params)


def test_the_table_names_no_case_twice() -> None:
    assert len(set(TABLE)) == len(TABLE) > 300
    names = {case.name for case in TABLE}
    assert {f"F = {line}" for line in (*UNARY, *BINARY)} <= names
