"""Loss, prediction and derived gradients of every model are those of its peer, written for PyTorch."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from gradwright.derive.derivation import derive
from gradwright.model.model import Model
from gradwright.verify.case import Point, make_case
from tests.models import MODELS, read
from tests.verify.by_torch import compute, peers, tensors

torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install torch")

TOLERANCE = 1e-10
"""Rounding of some thousand float64 operations in another order; a wrong gradient is off by 1e-2 and more."""


def error(found: Any, expected: Any) -> float:
    """How far an array is from the expected one, relative to the greatest entry."""
    assert np.shape(found) == np.shape(expected)
    scale = max(float(np.max(np.abs(expected), initial=0)), 1e-6)
    return float(np.max(np.abs(found - expected), initial=0)) / scale


def by_torch(
    of: Model, arrays: Mapping[str, Any], wanted: Mapping[str, Any]
) -> tuple[Any, Any, dict[str, Any]]:
    """The peer's loss, prediction, and gradient by each parameter."""
    given = tensors(of, {name: arrays[name] for name in of.scope.values if name not in of.constants})
    parameters = {name: given.pop(name).requires_grad_() for name in wanted}
    loss, prediction = compute(of, parameters, given)
    loss.backward()
    gradients = {name: one.grad for name, one in parameters.items()}
    missing = [name for name, one in gradients.items() if one is None]
    assert not missing, f"the peer does not use {', '.join(missing)}"
    told = None if prediction is None else prediction.detach().numpy()
    return loss.item(), told, {name: one.numpy() for name, one in gradients.items()}


def errors(of: Model, point: Point, values: Mapping[str, Any]) -> dict[str, float]:
    """By what is compared how far ours is from the peer's."""
    loss, prediction, gradients = by_torch(of, point.arrays, point.gradients)
    compared = {of.minimise: error(values[of.minimise], loss)}
    if of.training.predict:
        compared[of.training.predict] = error(values[of.training.predict], prediction)
    return compared | {f"d{name}": error(one, gradients[name]) for name, one in point.gradients.items()}


@pytest.mark.parametrize("name", MODELS)
def test_loss_prediction_and_gradients_are_those_of_the_peer(name: str) -> None:
    of = read(name)
    case = make_case(derive(of), seed=3)
    assert case.points
    for point in case.points:
        found = errors(of, point, case.forward.values(point.arrays, point.sizes))
        worst = max(found, key=lambda one: found[one])
        assert found[worst] < TOLERANCE, f"{name}: {worst} is off by {found[worst]:.1e}"


def test_every_model_of_the_catalogue_has_a_peer() -> None:
    assert set(peers()) == set(MODELS)


def test_a_wrong_gradient_is_found() -> None:
    of = read("softmax-regression")
    case = make_case(derive(of), seed=3)
    (point, *_) = case.points
    point.gradients["W"][0, 0] *= 1 + 1e-6
    found = errors(of, point, case.forward.values(point.arrays, point.sizes))
    assert found["dW"] > TOLERANCE > found["db"]


def test_the_peers_of_models_with_running_averages_ask_for_them() -> None:
    for name, peer in peers().items():
        last = list(inspect.signature(peer).parameters)[3:]
        assert last == (["average"] if read(name).running else []), name
