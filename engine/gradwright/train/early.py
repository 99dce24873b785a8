"""Early stopping: training ends where the held-out loss falls no more, and the best parameters are kept."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gradwright.train.history import History

if TYPE_CHECKING:
    from gradwright.train.trainer import Trainer

Array = Any


@dataclass(frozen=True)
class Best:
    """What was trained when the loss of the held-out examples was lowest.

    Args:
        epoch: After which epoch, from 1.
        parameters: All parameters' numbers.
        averages: The averages that stand for a batch's values in predictions.
    """

    epoch: int
    parameters: Array
    averages: dict[str, Array]


def look(trainer: Trainer, history: History) -> None:
    """Keep a copy of what is trained if the last epoch was the best; one without a finite loss never is."""
    assert trainer.state is not None
    losses = [loss if math.isfinite(loss) else math.inf for loss in history.test_loss]
    if trainer.best is None or losses[-1] < losses[trainer.best.epoch - 1]:
        averages = {name: array.copy() for name, array in trainer.state.averages.items()}
        trainer.best = Best(history.epochs, trainer.state.slots["w"].copy(), averages)


def is_over(trainer: Trainer, history: History, patience: int) -> bool:
    """Whether the held-out loss was no lower for so many epochs."""
    return trainer.best is not None and history.epochs - trainer.best.epoch >= patience


def restore(trainer: Trainer, history: History) -> None:
    """Take the best parameters again."""
    if trainer.best is not None and trainer.state is not None:
        trainer.state.slots["w"][:] = trainer.best.parameters
        for name, array in trainer.best.averages.items():
            trainer.state.averages[name][...] = array
        history.best = trainer.best.epoch
