"""The way of an optimizer over a loss of two numbers: where each step goes, and the loss around it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gradwright.errors import UsageError, nearest
from gradwright.execute.interpret import interpret
from gradwright.execute.interpreted import learn
from gradwright.execute.state import flat
from gradwright.execute.update import PLACE
from gradwright.model.model import Model
from gradwright.tensor.nodes import Assignment, Entry, Tensor
from gradwright.train.program import compile
from gradwright.train.run import settings_of
from gradwright.train.trainer import Trainer

Array = Any
FAR = 10.0
"""A path ends so many times as far from its start as the start is from 0, or as 1 is."""


@dataclass(frozen=True)
class Course:
    """The path of one optimizer.

    Args:
        optimizer: Its name.
        rate: Its learning rate.
        points: Where it was, from the start on (steps + 1, 2).
        losses: The loss at each point.
        is_lost: Whether it ended early, since it went far away or the loss was no number.
    """

    optimizer: str
    rate: float
    points: Array
    losses: Array
    is_lost: bool

    def row(self, names: Sequence[str]) -> dict[str, object]:
        """What became of it, as data."""
        return {
            "optimizer": self.optimizer,
            "learning_rate": self.rate,
            "steps": len(self.points) - 1,
            "end": dict(zip(names, map(float, self.points[-1]), strict=True)),
            "loss": float(self.losses[-1]),
            "lowest": float(self.losses.min()),
            "lost": self.is_lost,
        }


def axes_of(model: Model) -> tuple[str, str]:
    """The names of the two numbers that the loss is of.

    Raises:
        UsageError: It is of data, or of something else.
    """
    if model.data:
        raise UsageError(
            f"{model.name} has data ({', '.join(model.data)}); a path is over a loss of two numbers alone",
            hint="gradwright list models shows such losses in the family surface",
        )
    shapes = {name: parameter.value.shape for name, parameter in model.parameters.items()}
    if len(shapes) != 2 or any(shapes.values()):
        shown = ", ".join(f"{name} ({', '.join(map(str, shape))})" for name, shape in shapes.items())
        raise UsageError(f"{model.name} has the parameters {shown}; a path is drawn over two numbers")
    first, second = shapes
    return first, second


def paths(
    model: Model,
    optimizers: Sequence[tuple[str, float | None]],
    start: Mapping[str, float] | None = None,
    steps: int = 100,
    noise: float = 0.0,
    seed: int = 0,
) -> list[Course]:
    """The paths of some optimizers from one start.

    Args:
        model: A loss of two numbers.
        optimizers: Their names and learning rates; the model's own where none is said.
        start: Where they start; what is missing starts as the model says.
        steps: How many steps each does.
        noise: The standard deviation of what is added to the gradient, the same numbers for all.
        seed: Of the noise, and of a start that is drawn.

    Raises:
        UsageError: The model is of another kind, or an optimizer or a parameter is not known.
    """
    names = axes_of(model)
    for name in start or {}:
        if name not in names:
            hint = nearest(name, names) or f"parameters: {', '.join(names)}"
            raise UsageError(f"{model.name} has no parameter {name}", hint=hint)
    shaken = noise * np.random.default_rng([seed, 2]).normal(size=(steps, 2))
    program = compile(model, backend="numpy")
    found = []
    for rule, rate in optimizers:
        settings = settings_of(model.training, rule)
        settings["learning_rate"] = model.training.learning_rate if rate is None else rate
        found.append(_course(Trainer(program, rule, seed=seed, **settings), names, start or {}, shaken))
    return found


def _course(trainer: Trainer, names: Sequence[str], start: Mapping[str, float], shaken: Array) -> Course:
    trainer.start({})
    begun = {name: np.asarray(start.get(name, float(trainer.params[name]))) for name in names}
    state = trainer.start({}, begun)
    points = [state.slots["w"].copy()]
    reach = FAR * max(1.0, float(np.abs(points[0]).max()))
    losses = []
    for number, jolt in enumerate([*shaken, np.zeros(2)]):
        loss, gradients = trainer.program.loss_and_gradients(trainer.params, {})
        losses.append(loss)
        if number == len(shaken) or not math.isfinite(loss) or np.abs(points[-1] - points[0]).max() > reach:
            break
        vectors = {**state.slots, "g": flat(gradients, names, "float64") + jolt}
        learn(trainer.optimizer.update, vectors, {**trainer.settings, "step": number + 1.0}, gradients)
        points.append(state.slots["w"].copy())
    rate = trainer.settings["learning_rate"]
    return Course(
        trainer.optimizer.name, rate, np.array(points), np.array(losses), len(losses) <= len(shaken)
    )


def surface(model: Model, first: Array, second: Array) -> Array:
    """The loss at points, all at once.

    Args:
        model: A loss of two numbers.
        first: The first number at each point (points,).
        second: The second.
    """
    arrays = dict(zip(axes_of(model), (first, second), strict=True))
    many = {*arrays, *(one.name for one in model.definitions)}

    def along(tensor: Tensor) -> Tensor:
        entry = tensor.entry.replace(
            lambda node: isinstance(node, Entry) and node.name in many,
            lambda node: Entry(node.name, PLACE, *node.indices),
        )
        return Tensor((PLACE, *tensor.indices), entry)

    formulas = [Assignment(one.name, along(one.tensor)) for one in model.definitions]
    given = {**arrays, **{name: np.asarray(value) for name, value in model.constants.items()}}
    return interpret(formulas, given, {**model.sizes, "numbers": len(first)})[model.minimise]
