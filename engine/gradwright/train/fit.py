"""The loop: epochs of shuffled mini-batches, a bar, checkpoints, an end where the loss is not finite."""

from __future__ import annotations

import math
import time
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from gradwright.train import checkpoint
from gradwright.train.bind import Bound
from gradwright.train.history import History
from gradwright.train.score import score
from gradwright.train.trainer import Trainer


def fit(
    trainer: Trainer,
    train: Bound,
    test: Bound | None = None,
    *,
    epochs: int,
    batch: int,
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
        saved: A checkpoint, written after each epoch; where the file exists, training goes on from it.
        quiet: Whether to show no progress bar (which goes to stderr).

    Returns:
        The losses; ``stopped`` says why training ended early. The parameters are then those from before
        the step whose loss was not finite.
    """
    train = train.typed(trainer.program.dtype)
    history = _begin(trainer, train, batch, saved)
    with _bar(quiet) as bar:
        task = bar.add_task("training", total=epochs, completed=history.epochs, loss="")
        while history.epochs < epochs and not history.stopped:
            _epoch(trainer, train, batch, history)
            if history.stopped:
                break
            if test is not None and test.count:
                _score(trainer, test, history)
            bar.update(task, advance=1, loss=_shown(history))
            if saved is not None:
                checkpoint.save(saved, trainer, history)
    return history


def _begin(trainer: Trainer, train: Bound, batch: int, saved: Path | None) -> History:
    """What has been done so far: what the checkpoint says, or nothing."""
    history = History()
    if saved is not None and saved.exists():
        history = checkpoint.restore(saved, trainer)
    if trainer.state is None:
        trainer.start(train.take(np.arange(min(batch, train.count))))
    history.stopped = ""
    return history


def _epoch(trainer: Trainer, train: Bound, batch: int, history: History) -> None:
    """One pass over the examples; the history grows by a mean loss, or says why it stopped."""
    order = trainer.rng.permutation(train.count)
    total = 0.0
    for number, begin in enumerate(range(0, train.count, batch)):
        places = order[begin : begin + batch]
        data = train.take(places)
        clock = time.perf_counter()
        loss = trainer.step(data)
        if history.steps:
            history.seconds += time.perf_counter() - clock
        history.steps += 1
        if not math.isfinite(loss):
            history.stopped = (
                f"the loss is {loss} at step {number + 1} of epoch {history.epochs + 1}; "
                f"the parameters are kept as before it. Try a learning rate below "
                f"{trainer.settings.get('learning_rate', 0.0):g}, or look for a logarithm or a root of 0."
            )
            return
        total += loss * len(places)
    history.train_loss.append(total / train.count)


def _score(trainer: Trainer, test: Bound, history: History) -> None:
    """The test examples' loss and accuracy, added to the history."""
    loss, accuracy = score(trainer.program, trainer.params, test)
    history.test_loss.append(loss)
    if accuracy is not None:
        history.test_accuracy.append(accuracy)


def _shown(history: History) -> str:
    text = f"loss {history.train_loss[-1]:.4g}"
    if history.test_loss:
        text += f", test {history.test_loss[-1]:.4g}"
    if history.test_accuracy:
        text += f", accuracy {100 * history.test_accuracy[-1]:.1f} %"
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
