"""How gradients flow: the sizes of adjoints at each time, or at each layer, under scalings of the weights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gradwright.derive.derivation import Derivation, derive
from gradwright.errors import UsageError, nearest
from gradwright.execute.interpret import interpret
from gradwright.execute.sample import draw
from gradwright.model.model import Model
from gradwright.tensor.nodes import Assignment
from gradwright.train.bind import split
from gradwright.train.datasets import load
from gradwright.train.flow_bound import Way, ways_of
from gradwright.train.initialise import initialise
from gradwright.train.program import compile
from gradwright.train.run import shown_sizes

Array = Any
STEPS = 32
"""Time steps of drawn data, unless told."""
DRAWN = 16
"""The places of an axis of drawn data, where the model's file has no size for it."""


@dataclass(frozen=True)
class Setting:
    """How the weights are changed: by a factor, to a largest singular value, or by another way to start.

    Args:
        kind: ``scale``, ``singular`` or ``init``.
        number: The factor or the singular value; 1 for an ``init``.
        way: The name of a way to start.
    """

    kind: str
    number: float = 1.0
    way: str = ""


@dataclass(frozen=True)
class Curve:
    """The sizes of one adjoint, or of several in a row, under one setting.

    Args:
        setting: How the weights are changed.
        of: The state whose adjoint it is; empty where the places are layers.
        places: The times, or the names of the values, from the input to the loss.
        norms: The length of the adjoint at each time; at a layer the root mean square of its entries.
        bound: What each can be at most; empty where no bound is known.
        direct: What comes back along the path without matrices alone; empty where there is none.
        factor: The bound's factor for one step; 0 where no bound is known.
        forward: Whether the loss lies behind the last place, so that gradients flow to the first.
    """

    setting: Setting
    of: str
    places: tuple[int | str, ...]
    norms: tuple[float, ...]
    bound: tuple[float, ...] = ()
    direct: tuple[float, ...] = ()
    factor: float = 0.0
    forward: bool = True

    @property
    def per_step(self) -> float | None:
        """The mean factor of one step back; None where an end is 0 or not finite."""
        near, far = (self.norms[-1], self.norms[0]) if self.forward else (self.norms[0], self.norms[-1])
        known = near > 0 and far > 0 and bool(np.isfinite(near) and np.isfinite(far))
        return (far / near) ** (1 / (len(self.norms) - 1)) if known else None


@dataclass(frozen=True)
class Flow:
    """What was measured.

    Args:
        model: The model's name.
        data: The name of the data, or ``drawn``.
        along: ``time`` or ``depth``.
        weights: The parameters that the settings change.
        curves: One for each state and setting.
    """

    model: str
    data: str
    along: str
    weights: tuple[str, ...]
    curves: tuple[Curve, ...]

    def row(self) -> dict[str, object]:
        """The same as data."""
        curves = [
            {
                one.setting.kind: one.setting.way or one.setting.number,
                "of": one.of,
                "places": list(one.places),
                "norms": list(one.norms),
                "bound": list(one.bound),
                "direct": list(one.direct),
                "factor": one.factor,
                "per_step": one.per_step,
            }
            for one in self.curves
        ]
        head = {"model": self.model, "data": self.data, "along": self.along, "weights": list(self.weights)}
        return {**head, "curves": curves}


def measure(
    model: Model,
    settings: Sequence[Setting],
    data: str = "",
    steps: int = STEPS,
    examples: int = 32,
    seed: int = 0,
    fixed: Mapping[str, float] | None = None,
) -> Flow:
    """Evaluate a model's derived adjoints at its start, with its weights changed in each of several ways.

    Args:
        model: A model with a recurrence, or with several layers.
        settings: The ways.
        data: A data set's name or file; drawn data if empty.
        steps: The time steps of drawn data.
        examples: How many examples.
        seed: Of the data and of the start.
        fixed: Parameters all of whose entries are given, such as the bias of a gate.

    Raises:
        UsageError: The data set does not fit, ``fixed`` names no parameter, or there is nothing along which
            a gradient could flow.
    """
    derivation = derive(model)
    ways = ways_of(derivation)
    layers = [] if ways else _layers(derivation)
    if not ways and len(layers) < 2:
        raise UsageError(
            f"{model.name} has no recurrence and no two values between the parameters and the loss",
            hint="a gradient flows along time or through layers",
        )
    for name in fixed or {}:
        if name not in model.parameters:
            hint = nearest(name, model.parameters) or f"it has {', '.join(model.parameters)}"
            raise UsageError(f"{model.name} has no parameter {name}", hint=hint)
    rng = np.random.default_rng(seed)
    lengths = {str(way.length): steps for way in ways}
    arrays, sizes = _data(model, data, lengths, examples, rng)
    weights = _weights(model, ways)
    curves: list[Curve] = []
    for setting in settings:
        parameters = _start(model, setting, weights, sizes, seed)
        parameters |= {name: np.full_like(parameters[name], number) for name, number in (fixed or {}).items()}
        values = {**arrays, **parameters, **{name: np.float64(v) for name, v in model.constants.items()}}
        extra = [Assignment(*pair) for way in ways for pair in way.measured]
        results = interpret([*derivation.assignments(), *extra], values, sizes)
        curves += [_in_time(way, setting, {**values, **results}, derivation) for way in ways]
        curves += [] if ways else [_in_depth(layers, setting, results, derivation)]
    along = "time" if ways else "depth"
    return Flow(model.name, data or "drawn", along, weights, tuple(curves))


def _layers(derivation: Derivation) -> list[str]:
    """The values that the author named, from the input to the loss, of those that depend on an example."""
    written = [d.name for d in derivation.model.definitions if d.written and len(d.tensor.shape) > 1]
    computed = {one.name for one in derivation.assignments()}
    return [name for name in written if derivation.adjoint_of.get(name) in computed]


def _data(
    model: Model, data: str, lengths: Mapping[str, int], examples: int, rng: np.random.Generator
) -> tuple[dict[str, Array], dict[str, int]]:
    """The data of one batch, and the sizes of all axes."""
    if data:
        bound, _ = split(model.given, load(data), rng)
        count = min(examples, bound.count)
        arrays = bound.take(np.arange(count))
        sizes = compile(model, shown_sizes(model, bound, count), backend="numpy").sizes_of(arrays)
        rest = {name: value for name, value in model.data.items() if name not in arrays}
        return {**draw(rest, sizes, rng), **arrays}, sizes
    if model.equations:
        raise UsageError(
            f"the sizes of {model.name} follow from one another, so its data can't be drawn",
            hint="name a data set with --data",
        )
    sizes = {axis: model.sizes.get(axis, DRAWN) for axis in model.axes}
    sizes |= {"n": examples} if "n" in sizes else {}
    sizes |= lengths
    return draw(dict(model.data), sizes, rng), sizes


def _weights(model: Model, ways: Sequence[Way]) -> tuple[str, ...]:
    """The matrices that the settings change: those of a recurrence's Jacobian, or those of all layers."""
    if ways:
        return tuple(dict.fromkeys(name for way in ways for name in way.weights))
    return tuple(name for name, one in model.parameters.items() if len(one.value.shape) >= 2)


def _start(
    model: Model, setting: Setting, weights: Sequence[str], sizes: Mapping[str, int], seed: int
) -> dict[str, Array]:
    """The parameters as a training would start with them, the weights changed."""
    init = {name: one.init for name, one in model.parameters.items()}
    if setting.way:
        init |= dict.fromkeys(weights, setting.way)
    declared = {name: one.value for name, one in model.parameters.items()}
    forward = [Assignment(one.name, one.tensor) for one in model.definitions]
    parameters = initialise(declared, init, sizes, np.random.default_rng([seed, 1]), forward)
    for name in weights:
        if setting.kind == "scale":
            parameters[name] = setting.number * parameters[name]
        elif setting.kind == "singular":
            largest = np.linalg.norm(parameters[name].reshape(-1, parameters[name].shape[-1]), 2)
            parameters[name] = parameters[name] * (setting.number / largest)
    return parameters


def _in_time(way: Way, setting: Setting, values: Mapping[str, Array], derivation: Derivation) -> Curve:
    adjoint = values[derivation.adjoint_of[way.state]]
    norms = np.sqrt((adjoint.reshape(len(adjoint), -1) ** 2).sum(axis=1))
    factor, bound = way.bound(values, norms)
    return Curve(
        setting,
        way.state,
        tuple(range(len(adjoint))),
        tuple(map(float, norms)),
        tuple(map(float, bound)),
        tuple(map(float, way.direct(values, adjoint))),
        factor,
        way.forward,
    )


def _in_depth(
    layers: Sequence[str], setting: Setting, values: Mapping[str, Array], derivation: Derivation
) -> Curve:
    sizes = [float(np.sqrt(np.mean(values[derivation.adjoint_of[name]] ** 2))) for name in layers]
    return Curve(setting, "", tuple(layers), tuple(sizes))
