"""What training has come to: the losses, an epoch at a time."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class History:
    """The course of a training.

    Args:
        train_loss: The mean loss over each epoch's batches, taken before each step.
        train_accuracy: The share of right answers in each epoch's batches, taken before each step, where the
            target is a class.
        test_loss: The loss on the test examples after each epoch, where there are some.
        test_accuracy: The share of right answers on them, where the target is a class.
        test_metric: On them what the model's metric asks for, such as the perplexity.
        steps: How many steps were done.
        seconds: How long the steps took; compilation and evaluation are left out.
        stopped: Why training ended early ("" if it did not).
        best: The epoch whose parameters were kept, the one with the lowest loss on the test examples; 0 where
            the last ones were.
    """

    train_loss: list[float] = field(default_factory=list)
    train_accuracy: list[float] = field(default_factory=list)
    test_loss: list[float] = field(default_factory=list)
    test_accuracy: list[float] = field(default_factory=list)
    test_metric: list[float] = field(default_factory=list)
    steps: int = 0
    seconds: float = 0.0
    stopped: str = ""
    best: int = 0

    @property
    def epochs(self) -> int:
        """How many epochs were done."""
        return len(self.train_loss)

    def kept(self, values: list[float]) -> float | None:
        """Of a value for each epoch that of the parameters that were kept; None where there is none."""
        return values[(self.best or len(values)) - 1] if values else None
