"""The whole job: a model, a data set, and what became of them."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from gradwright.derive.derivation import Derivation, derive
from gradwright.errors import ModelError, UsageError
from gradwright.model.model import Model, Training
from gradwright.train.bind import Bound, batch_axis, bind, target_of
from gradwright.train.fit import fit
from gradwright.train.history import History
from gradwright.train.program import compile
from gradwright.train.trainer import Trainer


@dataclass(frozen=True)
class Report:
    """A finished training.

    Args:
        seconds: Everything: data, derivation, compilation and training.
        history: The losses by epoch.
        trainer: With the trained parameters.
        source: The model itself.
        batch: The examples of one step.
    """

    model: str
    data: str
    seconds: float
    history: History
    trainer: Trainer
    source: Model
    batch: Mapping[str, Any]

    @cached_property
    def derivation(self) -> Derivation:
        """Where the program comes from; derived when it is asked for."""
        return derive(self.source)

    def row(self) -> dict[str, object]:
        """The report as data, in the order of the command line's JSON."""
        last, metric = self.history, self.source.training.metric
        figure = {f"test_{metric}": last.kept(last.test_metric)} if metric else {}
        losses = ("train_loss", "train_accuracy", "test_loss", "test_accuracy")
        return {
            "model": self.model,
            "data": self.data,
            "epochs": last.epochs,
            **({"best_epoch": last.best} if last.best else {}),
            **{name: last.kept(getattr(last, name)) for name in losses},
            **figure,
            "seconds": round(self.seconds, 3),
            "step_us": round(1e6 * last.seconds / last.steps, 1) if last.steps else None,
        }


def train(
    model: Model,
    data: str | None = None,
    *,
    backend: str = "numba",
    dtype: str = "float32",
    threads: int = 1,
    optimizer: str | None = None,
    learning_rate: float | None = None,
    epochs: int | None = None,
    batch: int | None = None,
    schedule: str | None = None,
    warm_up: int | None = None,
    early_stop: int | None = None,
    augment: Sequence[str] | None = None,
    settings: Mapping[str, float] | None = None,
    seed: int = 0,
    saved: Path | None = None,
    quiet: bool = False,
) -> Report:
    """Train a model on a data set with its derived gradients.

    Args:
        model: The model, which says what is not given here.
        data: A data set's name, or a CSV or NPZ file.
        backend: ``numba`` or ``numpy``.
        dtype: ``float32`` or ``float64``.
        threads: How many threads share a step's work.
        optimizer: The name of an optimizer.
        learning_rate: The step's length; another optimizer than the model's own has its own.
        epochs: Passes over the training examples.
        batch: Examples in a step.
        schedule: How the learning rate changes: the name of a schedule.
        warm_up: Over so many first steps the rate grows from 0.
        early_stop: After so many epochs without a lower loss of the test examples training ends (0: never).
        augment: How the examples are changed at random, such as ``shift 1``.
        settings: Other settings of the optimizer, ``clip``, ``clip_value`` and ``weight_decay`` among them.
        seed: Of the split, the starting values, the order of the examples and how these are changed.
        saved: A checkpoint to go on from and to write after each epoch.
        quiet: Whether to show no progress bar.

    Raises:
        UsageError: No data set is named, or none that fits.
    """
    begin = time.perf_counter()
    plan = model.training
    name = data_name(model, data)
    rule = optimizer or plan.optimizer
    told = settings_of(plan, rule) | ({} if learning_rate is None else {"learning_rate": learning_rate})
    _check_averages(model)
    first, test = bind(model, name, np.random.default_rng([seed, 1]))
    size = batch or plan.batch
    program = compile(model, shown_sizes(model, first, size), dtype, backend, threads)
    trainer = Trainer(program, rule, seed=seed, **{**told, **(settings or {})})
    history = fit(
        trainer,
        first,
        test,
        epochs=plan.epochs if epochs is None else epochs,
        batch=size,
        schedule=schedule or plan.schedule,
        warm_up=plan.warm_up if warm_up is None else warm_up,
        metric=plan.metric,
        early_stop=plan.early_stop if early_stop is None else early_stop,
        augment=plan.augment if augment is None else augment,
        saved=saved,
        quiet=quiet,
    )
    example = first.typed(dtype).take(np.arange(min(size, first.count)))
    return Report(model.name, name, time.perf_counter() - begin, history, trainer, model, example)


def settings_of(plan: Training, rule: str) -> dict[str, float]:
    """What a model's file says of the steps; what it says of its own optimizer does not hold for others."""
    own = {"learning_rate": plan.learning_rate, **plan.settings} if rule == plan.optimizer else {}
    found = {**own, "clip": plan.clip, "clip_value": plan.clip_value}
    return found if plan.weight_decay is None else {**found, "weight_decay": plan.weight_decay}


def _check_averages(model: Model) -> None:
    """Raise for an average of what has a place for each example: the examples of a prediction are others."""
    if not model.running:
        return
    batch = batch_axis(model.given, target_of(model.given))
    for name in model.running:
        if any(extent.has(batch) for extent in model.shapes[name].shape):
            shown = ", ".join(map(str, model.shapes[name].shape))
            raise ModelError(
                f"the running value {name} is ({shown}): {batch} counts the examples of a batch",
                hint="average what is one for the whole batch, such as a mean over the examples",
            )


def data_name(model: Model, data: str | None = None) -> str:
    """The data set that a model is trained on: the one that is named, else its own.

    Raises:
        UsageError: The model has no data, or none is named.
    """
    if not model.given:
        raise UsageError(
            f"{model.name} has no data to be trained on",
            hint=f"gradwright paths {model.name} follows optimizers over a loss of two numbers",
        )
    name = data or model.training.data
    if not name:
        raise UsageError(f"the model {model.name} names no data set", hint="name one with --data")
    return name


def shown_sizes(model: Model, data: Bound, batch: int) -> dict[str, int]:
    """The sizes that the data and its vocabularies show, a batch's number of examples among them."""
    sizes = dict(data.sizes)
    for name, value in model.given.items():
        for place, (extent, number) in enumerate(zip(value.shape, data.arrays[name].shape, strict=True)):
            if extent.is_Symbol:
                sizes[str(extent)] = min(batch, number) if data.along.get(name) == place else number
    return sizes
