"""The loop: epochs of shuffled mini-batches, a bar, checkpoints, an end where the loss is not finite."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from gradwright.errors import UsageError
from gradwright.train import checkpoint
from gradwright.train.augmentation import changed, read
from gradwright.train.bind import Bound
from gradwright.train.early import is_over, look, restore
from gradwright.train.history import History
from gradwright.train.schedules import Schedule
from gradwright.train.schedules import schedule as find
from gradwright.train.score import score
from gradwright.train.trainer import Trainer

Array = Any
STEPS, EXAMPLES = 2000, 1_000_000
"""Epochs are done together up to so many steps and examples, then the bar moves."""


def fit(
    trainer: Trainer,
    train: Bound,
    test: Bound | None = None,
    *,
    epochs: int,
    batch: int,
    schedule: str = "constant",
    warm_up: int = 0,
    metric: str = "",
    early_stop: int = 0,
    augment: Sequence[str] = (),
    saved: Path | None = None,
    quiet: bool = False,
) -> History:
    """Train for some epochs.

    Args:
        trainer: What is trained.
        train: The examples to learn from, in a new random order each epoch.
        test: Examples to score after each epoch.
        epochs: How many epochs there are to be in all.
        batch: Examples in a step; the last step of an epoch may have fewer.
        schedule: How the learning rate changes: the name of a file under ``problems/schedules``.
        warm_up: Over so many first steps the rate grows from 0.
        metric: What is told of the test examples beside their loss and accuracy.
        early_stop: After so many epochs without a lower loss of the test examples training ends (0: never),
            and the parameters of the best epoch are taken.
        augment: How the examples are changed at random, anew in each epoch, such as ``shift 1``.
        saved: A checkpoint, written after each epoch; where the file exists, training goes on from it.
        quiet: Whether to show no progress bar (which goes to stderr).

    Returns:
        The losses; ``stopped`` says why training ended early. The parameters are then those from before
        the step whose loss was not finite.

    Raises:
        UsageError: Early stopping without test examples, or a change of the examples that does not fit them.
    """
    if early_stop and not (test and test.count):
        raise UsageError("no examples are held out to stop early by", hint="leave early stopping out")
    data, train, batch = trainer.program.data, train.typed(trainer.program.dtype), min(batch, train.count)
    plan, changes = find(schedule, warm_up), read(augment, train, data)
    history = _begin(trainer, train, batch, saved)
    with _bar(quiet) as bar:
        task = bar.add_task("training", total=epochs, completed=history.epochs, loss="")
        while history.epochs < epochs and not history.stopped:
            if early_stop and is_over(trainer, history, early_stop):
                break
            before = history.epochs
            alone = bool(saved is not None or changes or train.drawn or (test is not None and test.count > 0))
            together = 1 if alone or train.count % batch else _together(train.count, batch, epochs - before)
            examples = train.dealt(np.random.default_rng([trainer.seed, before])) if train.drawn else train
            examples = changed(examples, changes, trainer.seed, before, data) if changes else examples
            course = Course(together, plan, epochs * -(-train.count // batch))
            _epochs(trainer, examples, batch, history, course)
            if history.stopped:
                break
            if test is not None and test.count:
                _score(trainer, test, history, metric)
                if early_stop:
                    look(trainer, history)
            bar.update(task, advance=history.epochs - before, loss=_shown(history))
            if saved is not None:
                checkpoint.save(saved, trainer, history)
    if early_stop:
        restore(trainer, history)
    return history


@dataclass(frozen=True)
class Course:
    """What a pass over the examples is a part of.

    Args:
        together: How many passes are done at once.
        schedule: How the learning rate changes.
        steps: How many steps there are to be in all.
    """

    together: int
    schedule: Schedule
    steps: int

    def rates(self, done: int, count: int, trainer: Trainer) -> Array | None:
        """The learning rate of each of the next steps; None where it stays."""
        if self.schedule.constant:
            return None
        steps = np.arange(done + 1, done + count + 1)
        return trainer.settings["learning_rate"] * self.schedule.factors(steps, self.steps)


def _together(count: int, batch: int, epochs: int) -> int:
    """How many epochs are done at once where nothing is to be done after each."""
    return max(1, min(epochs, STEPS // (count // batch), EXAMPLES // count))


def _begin(trainer: Trainer, train: Bound, batch: int, saved: Path | None) -> History:
    """What has been done so far: what the checkpoint says, or nothing."""
    history = History()
    if saved is not None and saved.exists():
        history = checkpoint.restore(saved, trainer)
    if trainer.state is None:
        trainer.start(train.take(np.arange(min(batch, train.count))))
    history.stopped = ""
    return history


def _epochs(trainer: Trainer, train: Bound, batch: int, history: History, course: Course) -> None:
    """Some passes over the examples; the history grows by what each came to, or says why it stopped."""
    count = train.count
    orders = [trainer.rng.permutation(count) for _ in range(course.together)]
    full = count // batch * batch
    parts = [np.concatenate([order[:full] for order in orders]).reshape(-1, batch)]
    if full < count:
        assert len(orders) == 1, "a smaller batch is a step between the epochs"
        parts.append(orders[0][None, full:])
    told: list[list[float]] = []
    for order in parts:
        if not len(order):
            continue
        trainer.program.prepare(train.take(order[0]), trainer.optimizer.update)
        rates = course.rates(history.steps, len(order), trainer)
        clock = time.perf_counter()
        found = trainer.run_batches(train, order, rates)
        history.seconds += time.perf_counter() - clock
        history.steps += len(found)
        told += found.tolist()
        if not math.isfinite(told[-1][0]):
            break
    _record(told, batch, train, history, trainer)


def _record(told: list[list[float]], batch: int, train: Bound, history: History, trainer: Trainer) -> None:
    """The mean loss and the score of each epoch that came to its end, and why there is no more."""
    count, steps = train.count, -(-train.count // batch)
    for begin in range(0, len(told), steps):
        total, scores = 0.0, np.zeros(len(trainer.program.scores))
        for number, (loss, *others) in enumerate(told[begin : begin + steps]):
            if not math.isfinite(loss):
                history.stopped = (
                    f"the loss is {loss} at step {number + 1} of epoch {history.epochs + 1}; "
                    f"the parameters are kept as before it. Try a learning rate below "
                    f"{trainer.settings.get('learning_rate', 0.0):g}, or look for a logarithm or a root of 0."
                )
                return
            total += loss * min(batch, count - number * batch)
            scores += others
        history.train_loss.append(total / count)
        if trainer.program.scores:
            history.train_accuracy.append(float(scores[0] / scores[1]))


def _score(trainer: Trainer, test: Bound, history: History, metric: str) -> None:
    """The test examples' loss, accuracy and metric, added to the history."""
    averages = trainer.state.averages if trainer.state is not None else {}
    found = score(trainer.program, trainer.params, test, metric, averages=averages)
    history.test_loss.append(found.loss)
    if found.accuracy is not None:
        history.test_accuracy.append(found.accuracy)
    if found.metric is not None:
        history.test_metric.append(found.metric)


def _shown(history: History) -> str:
    text = f"loss {history.train_loss[-1]:.4g}"
    if history.train_accuracy:
        text += f", accuracy {100 * history.train_accuracy[-1]:.1f} %"
    if history.test_loss:
        text += f", test {history.test_loss[-1]:.4g}"
    if history.test_accuracy:
        text += f", {100 * history.test_accuracy[-1]:.1f} %"
    return text


def _bar(quiet: bool) -> Progress:
    columns: list[Any] = [
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[loss]}"),
    ]
    return Progress(*columns, console=Console(stderr=True), disable=quiet)
