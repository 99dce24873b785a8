"""The models that grow: each is one model file's text for any number of layers."""

from __future__ import annotations

import numpy as np
import pytest

from gradwright.model.load import from_text
from tests.benchmarks.growth_models import MODELS, Grown


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_a_model_that_grows_has_as_many_parameters_more_with_each_layer(model: Grown) -> None:
    one, two, four = (len(from_text(model.text(layers)).parameters) for layers in (1, 2, 4))
    assert one < two
    assert four - two == 2 * (two - one)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_a_model_that_grows_has_data_and_axes_to_grow_by(model: Grown, rng: np.random.Generator) -> None:
    read = from_text(model.text(2))
    expected = {
        key: tuple(model.sizes[str(axis)] for axis in value.shape) for key, value in read.data.items()
    }
    assert {key: np.shape(array) for key, array in model.data(model.sizes, rng).items()} == expected
    assert {axis for axis in model.axes.values() if axis} <= set(read.axes)
