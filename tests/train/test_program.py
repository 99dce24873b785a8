"""Every model of the catalogue: its program compiled, interpreted and along the imaginary axis agrees."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gradwright import catalog
from gradwright.errors import UsageError
from gradwright.execute.affine import whole
from gradwright.execute.interpret import interpret
from gradwright.execute.program import Program
from gradwright.execute.sample import draw, draw_sizes
from gradwright.model.load import model as load_model
from gradwright.model.model import Model
from gradwright.train.bind import bind
from gradwright.train.program import compile
from gradwright.train.run import shown_sizes, train

FILES = catalog.entries("models")
MODELS = list(FILES)


@pytest.fixture(autouse=True, scope="module")
def cache_folder(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRADWRIGHT_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


def instance(model: Model, rng: np.random.Generator) -> tuple[dict[str, Any], dict[str, Any], dict[str, int]]:
    """Random parameters, data and sizes."""
    sizes = draw_sizes(model.scope.values, model.equations, rng)
    parameters = {name: parameter.value for name, parameter in model.parameters.items()}
    return draw(parameters, sizes, rng), draw(dict(model.data), sizes, rng), sizes


@pytest.mark.thorough
@pytest.mark.parametrize("name", MODELS)
def test_the_compiled_program_is_the_interpreted_one(name: str, rng: np.random.Generator) -> None:
    model = load_model(name)
    params, data, sizes = instance(model, rng)
    programs = [compile(model, sizes, backend=backend) for backend in ("numba", "numpy")]
    (loss, gradients), (reference, expected) = (one.loss_and_gradients(params, data) for one in programs)
    assert abs(loss - reference) <= 1e-12 * abs(reference)
    for parameter, gradient in expected.items():
        scale = np.abs(gradient).max()
        assert np.abs(gradients[parameter] - gradient).max() <= 1e-12 * scale, parameter
    _steps(programs[1], params, data, expected, rng)


def _steps(program: Program, params: Any, data: Any, gradients: Any, rng: np.random.Generator) -> None:
    """The loss's imaginary part after a step along the imaginary axis is the derivative."""
    sizes = program.sizes_of({**data, **params})
    for parameter, value in params.items():
        direction = rng.normal(size=np.shape(value))
        arrays = {**data, **params, **program.constants, parameter: value + 1e-30j * direction}
        loss = interpret(program.assignments, arrays, sizes)[program.loss]
        derivative = float(np.imag(loss)) / 1e-30
        along = float((gradients[parameter] * direction).sum())
        # A complex step has no error of its own; the sums round differently.
        assert abs(derivative - along) <= 1e-11 * max(1.0, abs(derivative)), parameter


@pytest.mark.parametrize("name", [name for name, path in FILES.items() if "data" in catalog.table(path)])
def test_a_models_own_data_fits_it(name: str, rng: np.random.Generator) -> None:
    model = load_model(name)
    first, test = bind(model, model.training.data, rng)
    program = compile(model, shown_sizes(model, first, 4), backend="numpy")
    assert test.count
    sizes = program.sizes_of(first.take(np.arange(4)))
    assert all(whole(axis, sizes) > 0 for value in program.parameters.values() for axis in value.shape)


def test_a_whole_training_reports_what_the_command_line_prints() -> None:
    report = train(load_model("softmax-regression"), "iris", epochs=200, quiet=True)
    row = report.row()
    assert list(row) == [
        "model",
        "data",
        "epochs",
        "train_loss",
        "train_accuracy",
        "test_loss",
        "test_accuracy",
        "seconds",
        "step_us",
    ]
    accuracy = row["test_accuracy"]
    assert isinstance(accuracy, float) and accuracy > 0.9 and row["epochs"] == 200


def test_the_same_seed_gives_the_same_numbers() -> None:
    model = load_model("softmax-regression")
    runs = [train(model, "wine", epochs=2, seed=seed, quiet=True) for seed in (1, 1, 2)]
    losses = [run.history.train_loss for run in runs]
    assert losses[0] == losses[1] != losses[2]


def test_a_backend_or_dtype_that_is_not_known_is_refused() -> None:
    model = load_model("linear-regression")
    with pytest.raises(UsageError, match="use numba or numpy"):
        compile(model, backend="cuda")
    with pytest.raises(UsageError, match="float32 or float64"):
        compile(model, dtype="float16")
