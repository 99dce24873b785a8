"""A trained model asked for its next symbol: forward passes on what there is so far, and nothing derived."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import log_softmax
from sympy import Symbol

from gradwright.errors import UsageError
from gradwright.execute.deferred import Deferred
from gradwright.execute.order import names_in, needed
from gradwright.execute.program import Program
from gradwright.language.scope import Value
from gradwright.model.identity import identity
from gradwright.model.model import Model
from gradwright.tensor.nodes import Assignment
from gradwright.train.bind import batch_axis
from gradwright.train.checkpoint import Trained
from gradwright.train.places import places
from gradwright.train.program import seen
from gradwright.train.score import question

Array = Any
ROWS = 256
"""The most examples of one forward pass."""
CLOSE = 1e-4


@dataclass(frozen=True)
class Roles:
    """What the values of a model that predicts the next symbol are for.

    Args:
        predict: The value that tells how probable each symbol is, at each place.
        so_far: The data that holds the symbols so far, with the prediction's places.
        target: The data that holds the symbols to be told.
        batch: The axis of the examples.
        time: The axis of the places.
        others: The other data that the prediction is computed from, such as a source.
        ones: Masks with the prediction's places, which leave no place out.
    """

    predict: str
    so_far: str
    target: str
    batch: Symbol
    time: Symbol
    others: tuple[str, ...]
    ones: tuple[str, ...]


def roles(model: Model) -> Roles:
    """Which value of a model is what.

    Raises:
        UsageError: The model predicts no next symbol: no value of its data has the symbols so far.
    """
    predict = model.training.predict
    used = seen(model, predict)
    asked = question(model.data, model.shapes, predict, used)
    where = places(model)
    shape = model.shapes[predict].shape if predict in model.shapes else ()
    fitting = [
        name
        for name in model.given
        if name in used
        and len(shape) == 3
        and where.get(name) == str(shape[-1])
        and set(model.data[name].shape) == set(shape[:-1])
    ]
    if asked is None or len(fitting) != 1:
        raise UsageError(
            f"{model.name} does not predict the next symbol",
            hint="a model that does has among its data the symbols so far and those that follow, at the same "
            "places, and its predict is a value with an axis of symbols last",
        )
    batch = batch_axis(model.given, fitting[0])
    time = next(axis for axis in model.data[fitting[0]].shape if axis != batch)
    others = [name for name in model.given if name in used and name not in fitting]
    ones = [name for name in others if set(model.data[name].shape) == {batch, time}]
    return Roles(
        predict,
        fitting[0],
        asked.target,
        batch,
        time,
        tuple(name for name in others if name not in ones),
        tuple(ones),
    )


def forward(model: Model, wanted: tuple[str, ...], dtype: str, backend: str) -> Program:
    """The program of some forward values alone; what they do not need is not computed, nor asked for."""
    formulas = tuple(Assignment(one.name, one.tensor) for one in model.definitions)
    kept = needed(tuple(one for one in formulas if one.name not in model.running), wanted)
    names = {name for one in kept for name in names_in(one.tensor.entry)}
    shapes = {one.name: one.tensor.shape for one in formulas}
    averaged = {name: Value(shapes[name]) for name in model.running}
    parameters = {name: parameter.value for name, parameter in model.parameters.items()}
    inputs = {**model.data, **parameters, **averaged}
    return Program(
        formulas=Deferred(lambda: (kept, {}), f"{identity(model)} forward", kept),
        parameters={},
        data={name: value for name, value in inputs.items() if name in names},
        loss=wanted[0],
        predict=wanted[-1],
        constants=dict(model.constants),
        sizes=dict(model.sizes),
        equations=model.equations,
        dtype=dtype,
        backend=backend,
    )


class NextSymbol:
    """Tells how probable each next symbol is.

    Args:
        model: The model.
        trained: Its parameters, and the sizes that it was trained with.
        backend: ``numba`` or ``numpy``.
    """

    def __init__(self, model: Model, trained: Trained, backend: str = "numba") -> None:
        self.model, self.trained, self.backend = model, trained, backend
        self.roles = roles(model)
        self.length = trained.sizes[str(self.roles.time)]
        self._programs: dict[str, Program] = {}
        self._is_causal = False

    def logs(self, given: Mapping[str, Array], prefix: Array) -> Array:
        """The logarithm of the probability of each symbol that may come next (rows, symbols).

        Args:
            given: The other data of each row, its examples along the model's axis of examples.
            prefix: The symbols so far (rows, symbols). Of more than the model has places for, the last count.
        """
        prefix = prefix[:, -self.length :]
        if not self._is_causal:
            self._check_causal(given, prefix[:1])
        return self.all_logs(given, prefix)[:, prefix.shape[1] - 1]

    def all_logs(self, given: Mapping[str, Array], prefix: Array, beyond: int = 0) -> Array:
        """The same after each of a prefix's symbols, and at the places beyond (rows, places, symbols)."""
        told = self.values(self.roles.predict, given, prefix, beyond)
        axes = [*self.model.shapes[self.roles.predict].shape]
        told = np.moveaxis(told, [axes.index(self.roles.batch), axes.index(self.roles.time)], [0, 1])
        return log_probabilities(told)

    def values(self, name: str, given: Mapping[str, Array], prefix: Array, beyond: int = 0) -> Array:
        """A forward value, its axes as the model has them.

        Args:
            name: The value.
            given: The other data.
            prefix: The symbols so far (rows, symbols).
            beyond: The symbol that stands at all later places.
        """
        rows, so_far = len(prefix), np.full((len(prefix), self.length), beyond)
        so_far[:, : prefix.shape[1]] = prefix
        size = min(ROWS, rows)
        axis = self.model.shapes[name].shape.index(self.roles.batch)
        parts = [
            self._values(name, given, so_far, np.arange(begin, begin + size) % rows)
            for begin in range(0, rows, size)
        ]
        return np.take(np.concatenate(parts, axis), np.arange(rows), axis)

    def _values(self, name: str, given: Mapping[str, Array], so_far: Array, rows: Array) -> Array:
        """The value for some rows."""
        if name not in self._programs:
            wanted = tuple(dict.fromkeys((self.roles.predict, name)))
            self._programs[name] = forward(self.model, wanted, self.trained.dtype, self.backend)
        program = self._programs[name]
        data = {key: np.take(array, rows, self._along(key)) for key, array in given.items()}
        data[self.roles.so_far] = self._placed(so_far[rows])
        data |= {key: self._placed(np.ones((len(rows), self.length))) for key in self.roles.ones}
        arrays = {**self.trained.averages, **self.trained.parameters, **data}
        found = program.values({}, {key: array for key, array in arrays.items() if key in program.data})
        return np.asarray(found[name], dtype=float)

    def _along(self, name: str) -> int:
        """The axis of the examples in a data value."""
        return self.model.data[name].shape.index(self.roles.batch)

    def _placed(self, array: Array) -> Array:
        """(rows, places) as the model has them."""
        return array if self._along(self.roles.so_far) == 0 else array.T

    def _check_causal(self, given: Mapping[str, Array], prefix: Array) -> None:
        """Raise if what the model tells depends on symbols that are yet to come."""
        one = {name: np.take(array, [0], self._along(name)) for name, array in given.items()}
        places = prefix.shape[1]
        low, high = (self.all_logs(one, prefix, beyond)[:, :places] for beyond in (0, 1))
        if np.abs(np.exp(low) - np.exp(high)).max() > CLOSE:
            raise UsageError(
                f"{self.model.name} looks ahead: what it tells at a place changes with later symbols",
                hint="only a model that reads from the first symbol on can go on by itself",
            )
        self._is_causal = True


def log_probabilities(told: Array) -> Array:
    """Logarithms of probabilities from a prediction, whose last axis holds probabilities or else logits."""
    is_share = bool((told >= 0).all() and np.allclose(told.sum(axis=-1), 1, atol=CLOSE))
    if not is_share:
        return log_softmax(told, axis=-1)
    with np.errstate(divide="ignore"):
        return np.log(told)
