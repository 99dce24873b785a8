"""A shown loop program says what is computed: its text, run as Python, gives the loss and the gradients."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gradwright import catalog
from gradwright.execute.native import tree
from gradwright.execute.native.index import Place, Var
from gradwright.execute.native.labels import Labels
from gradwright.execute.native.show import shown
from gradwright.execute.native.spell import Speller
from gradwright.execute.native.statement import Program
from gradwright.execute.native.tree import Const, Expr, Load, Op
from gradwright.execute.sample import draw
from gradwright.execute.state import parts
from gradwright.model.load import load
from gradwright.model.load import model as load_model
from gradwright.train.compiled import CompiledStep, compile_step
from gradwright.train.program import compile
from gradwright.train.trainer import Trainer

MODELS = list(catalog.entries("models"))
DROPOUT = Path(__file__).parents[2] / "benchmarks" / "models" / "dropout-perceptron.toml"
CLASSROOM = ["softmax-regression", "lstm-classifier", "convolutional-network", "attention-classifier"]


@pytest.fixture(autouse=True, scope="module")
def cache_folder(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRADWRIGHT_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


def _step(name: str) -> CompiledStep:
    model = load_model(name) if name in MODELS else load(DROPOUT)
    axes = {str(s) for value in model.data.values() for extent in value.shape for s in extent.free_symbols}
    small = {"n": 3, "T": 3} | {axis: 5 for axis in axes if axis in ("H", "Wd")}
    return compile_step(model, {axis: number for axis, number in small.items() if axis in axes}, "float64")


class _Around(dict[Any, float]):
    """A value by places; one outside its axes is 0."""

    def __missing__(self, key: Any) -> float:
        return 0.0


FUNCTIONS = {
    "exp": math.exp,
    "log": math.log,
    "tanh": math.tanh,
    "sqrt": math.sqrt,
    "sigmoid": lambda x: 1 / (1 + math.exp(-x)),
    "softplus": lambda x: math.log1p(math.exp(x)),
    "sign": np.sign,
    "argmax": lambda values: int(np.argmax(list(values))),
    "draw": lambda value, *places: value[places],
}


def _names(step: CompiledStep, arrays: Mapping[str, Any]) -> dict[str, Any]:
    """What a text refers to: its values by their labels, those given filled in."""
    made = step.executable.program
    labels = Labels(made, step.notes.axes, step.notes.settings)
    names: dict[str, Any] = dict(FUNCTIONS)
    for buffer, value in made.buffers.items():
        if value.shape:
            entries = _Around()
            for place in np.ndindex(value.shape) if buffer in arrays else ():
                entries[place if len(place) > 1 else place[0]] = float(arrays[buffer][place])
            names[labels.value(buffer)] = entries
        elif buffer in arrays:
            names[labels.value(buffer)] = float(arrays[buffer])
    return names


@pytest.mark.parametrize("name", [*CLASSROOM, "dropout-perceptron"])
def test_the_text_run_as_python_gives_the_loss_and_the_gradients(name: str, rng: np.random.Generator) -> None:
    step = _step(name)
    made, source = step.executable.program, step.executable.source
    arrays: dict[str, Any] = {one: rng.normal(size=made.buffers[one].shape) for one in source.inputs}
    arrays |= step.program.constants
    text = step.text().split("# update")[0]
    names = _names(step, arrays)
    exec(text, names)  # noqa: S102  # the text is the engine's own
    expected = step.program.values(
        {one: arrays[one] for one in source.parameters}, {one: arrays[one] for one in step.program.data}
    )
    for output in source.outputs:
        got = names[output]
        shape = np.shape(expected[output])
        if shape:
            keys = [place if len(place) > 1 else place[0] for place in np.ndindex(shape)]
            got = np.array([got[key] for key in keys]).reshape(shape)
        # sums of some hundred terms in another order
        assert np.allclose(got, expected[output], rtol=1e-9, atol=1e-11), output


@pytest.mark.parametrize("rule", ["adagrad", "lazy-adam"])
def test_the_text_of_an_update_by_rows_run_as_python_is_the_step(rule: str, rng: np.random.Generator) -> None:
    model = load(Path(__file__).parents[2] / "benchmarks" / "models" / "skip-gram.toml")
    sizes = {"n": 5, "m": 3, "v": 30, "d": 4}
    step = compile_step(model, sizes, "float64", optimizer=rule)
    data = draw(dict(model.data), sizes, rng)
    start = {name: rng.normal(size=(30, 4)) for name in ("W", "C")}
    names = _names(step, {**data, **start})
    exec(step.text(), {**names, **step.optimizer.settings, "step": 1})  # noqa: S102  # the engine's own text
    trainer = Trainer(compile(model, sizes, backend="numpy"), rule)
    trainer.start(data, start)
    trainer.step(data)
    assert trainer.state is not None
    vectors = {slot: parts(v, trainer.program.parameters, sizes) for slot, v in trainer.state.slots.items()}
    for slot, of in vectors.items():
        for name, array in of.items():
            entries = names[name if slot == "w" else f"{slot}_{name}"]
            got = [entries[place] for place in np.ndindex(array.shape)]
            np.testing.assert_allclose(got, array.ravel(), rtol=1e-12, atol=1e-14)


@pytest.mark.thorough
@pytest.mark.parametrize("name", MODELS)
def test_every_model_is_shown_with_its_formulas_and_without_inner_names(name: str) -> None:
    step = _step(name)
    text = step.text()
    assert "~" not in text and "# update" in text and "# forward" in text
    for definition in step.model.definitions:
        if definition.name in step.executable.program.buffers:
            assert f"# {definition.name}" in text, definition.name
    assert max(map(len, text.splitlines())) <= 140


def _text(expr: Expr) -> str:
    return Speller(Labels(Program({}, [], ()), {})).text(expr)


X, Y, Z = (Load(name, ()) for name in ("x", "y", "z"))


@pytest.mark.parametrize(
    ("expr", "text"),
    [
        (Op("add", (Const(1.0), Op("neg", (Op("mul", (X, X)),)))), "1 - x**2"),
        (Op("mul", (Op("add", (X, Y)), Z, Const(2.0))), "2*z*(x + y)"),
        (Op("div", (X, Op("mul", (Y, Z)))), "x/(y*z)"),
        (Op("add", (X, Op("mul", (Const(-0.5), Y)))), "x - y/2"),
        (Op("mul", (Const(1 / 3), Op("add", (X, Y)))), "(x + y)/3"),
        (Op("mul", (Const(0.3), X)), "0.3*x"),
        (Op("add", (X, Op("neg", (Op("add", (Y, Z)),)))), "x - (y + z)"),
        (Op("neg", (Op("add", (Y, Z)),)), "-(y + z)"),
        (Op("select", (Op("gt", (X, Const(0.0))), Y, Const(0.0))), "y if x > 0 else 0"),
        (Op("pow", (Op("neg", (X,)), Y)), "(-x)**y"),
        (tree.Test("eq", Place(3, ((Var("t", 5), -1),))), "t == 3"),
        (tree.Test("ge", Place(-2, ((Var("t", 5), 2),))), "2*t >= 2"),
    ],
)
def test_an_expression_is_spelled_with_the_parentheses_it_needs(expr: Expr, text: str) -> None:
    assert _text(expr) == text


def test_an_empty_program_has_a_text() -> None:
    assert shown(Program({}, [], ()), _step("softmax-regression").notes, 8)
