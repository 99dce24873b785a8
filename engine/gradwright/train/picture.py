"""The loss curve as a picture."""

from __future__ import annotations

import io
from pathlib import Path

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from gradwright.errors import UsageError
from gradwright.execute.cache import write
from gradwright.train.history import History


def draw(history: History, path: Path, title: str = "") -> None:
    """Write the losses (and the accuracy) by epoch as PNG or SVG, by the file's suffix.

    Raises:
        UsageError: Another suffix, or the file can't be written.
    """
    kind = path.suffix.lower().lstrip(".")
    if kind not in ("png", "svg"):
        raise UsageError(f"{path.name}: a picture is a .png or a .svg file")
    figure = Figure(figsize=(6.4, 4.0), layout="constrained")
    axes = figure.subplots()
    epochs = range(1, history.epochs + 1)
    axes.plot(epochs, history.train_loss, marker=".", color="#1f5a92", label="training loss")
    if history.test_loss:
        axes.plot(epochs, history.test_loss, marker=".", color="#b5541c", label="test loss")
    axes.set(xlabel="epoch", ylabel="loss", title=title)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.grid(alpha=0.25)
    accuracies = {"training": history.train_accuracy, "test": history.test_accuracy}
    if any(accuracies.values()):
        right = axes.twinx()
        right.set(ylabel="accuracy", ylim=(0, 1.02))
        for (name, found), colour in zip(accuracies.items(), ("#7fa87f", "#3b7d3b"), strict=True):
            if found:
                right.plot(epochs, found, color=colour, linestyle="--", label=f"{name} accuracy")
    figure.legend(loc="outside lower center", ncols=4, frameon=False)
    buffer = io.BytesIO()
    figure.savefig(buffer, format=kind, dpi=150, metadata={"Date": None} if kind == "svg" else None)
    try:
        write(path, buffer.getvalue())
    except OSError as error:
        raise UsageError(f"{path} can't be written: {error.strerror}") from error
