"""Checkpoints: one file from which training goes on to the same numbers as if it had not stopped."""

from __future__ import annotations

import io
import json
import math
import zipfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from gradwright.errors import UsageError
from gradwright.execute.cache import write
from gradwright.execute.state import State
from gradwright.model.model import Model
from gradwright.train.early import Best
from gradwright.train.history import History
from gradwright.train.trainer import Trainer

VERSION = 2


def save(path: Path, trainer: Trainer, history: History) -> None:
    """Write what is trained, slots, averages, epochs done, seed and the generator's state; no pickle."""
    assert trainer.state is not None
    about = {
        "version": VERSION,
        "optimizer": trainer.optimizer.name,
        "settings": trainer.settings,
        "sizes": trainer.sizes,
        "parameters": _shapes(trainer),
        "dtype": trainer.program.dtype,
        "count": trainer.state.count,
        "seed": int(trainer.state.seed),
        "rng": trainer.rng.bit_generator.state,
        "history": asdict(history),
        "best": trainer.best.epoch if trainer.best is not None else 0,
    }
    buffer = io.BytesIO()
    arrays: dict[str, Any] = {f"slot_{name}": vector for name, vector in trainer.state.slots.items()}
    arrays |= {f"average_{name}": array for name, array in trainer.state.averages.items()}
    if trainer.best is not None:
        arrays |= {"best": trainer.best.parameters}
        arrays |= {f"best_{name}": array for name, array in trainer.best.averages.items()}
    np.savez(buffer, about=np.array(json.dumps(about)), **arrays)
    try:
        write(path, buffer.getvalue())
    except OSError as error:
        raise UsageError(f"{path} can't be written: {error.strerror}") from error


def restore(path: Path, trainer: Trainer) -> History:
    """Put a trainer into the state that a file holds; the epochs done so far.

    Raises:
        UsageError: The file is no checkpoint, or one of another model, optimizer or dtype.
    """
    about, arrays = _read(path)
    slots = _of(arrays, "slot_")
    expected = {
        "optimizer": trainer.optimizer.name,
        "dtype": trainer.program.dtype,
        "settings": trainer.settings,
    }
    for name, value in expected.items():
        if about[name] != value:
            raise UsageError(
                f"{path} was made with {name} {about[name]}, not {value}", hint="name another file"
            )
    trainer.sizes = {str(name): int(number) for name, number in about["sizes"].items()}
    names = set(about["parameters"]) ^ set(trainer.program.parameters)
    if names or set(slots) != set(trainer.optimizer.update.slots):
        raise UsageError(f"{path} is the checkpoint of another model", hint="name another file")
    averages = _of(arrays, "average_")
    trainer.state = State(slots, int(about["count"]), int(about.get("seed", 0)), averages)
    if about.get("best"):
        trainer.best = Best(int(about["best"]), arrays["best"], _of(arrays, "best_"))
    if (
        sum(vector.size for vector in slots.values()) != len(slots) * slots["w"].size
        or _shapes(trainer) != about["parameters"]
    ):
        raise UsageError(f"{path} is the checkpoint of a model of another size", hint="name another file")
    trainer.rng.bit_generator.state = about["rng"]
    return History(**about["history"])


@dataclass(frozen=True)
class Trained:
    """What a checkpoint holds of a model that is to be used, not trained further.

    Args:
        parameters: Those of the best epoch, where training looked for one.
        averages: The averages that stand for a batch's values.
        sizes: The number of places of every axis.
        dtype: ``float32`` or ``float64``.
        seed: Of the training, which says too which examples were held out.
    """

    parameters: dict[str, Any]
    averages: dict[str, Any]
    sizes: dict[str, int]
    dtype: str
    seed: int


def trained(path: Path, model: Model) -> Trained:
    """What was trained, as a file holds it.

    Raises:
        UsageError: There is no such file, it is no checkpoint, or one of another model.
    """
    if not path.exists():
        hint = f"gradwright train {model.name} --checkpoint {path} writes it"
        raise UsageError(f"there is no file {path}", hint=hint)
    about, arrays = _read(path)
    shapes: dict[str, list[int]] = about["parameters"]
    if set(shapes) != set(model.parameters):
        raise UsageError(f"{path} is the checkpoint of another model", hint=f"name one of {model.name}")
    kind = "best" if about.get("best") else "slot_w"
    ends = np.cumsum([math.prod(shape) for shape in shapes.values()])[:-1]
    parts = np.split(arrays[kind], ends)
    return Trained(
        {name: part.reshape(shapes[name]) for name, part in zip(shapes, parts, strict=True)},
        _of(arrays, "best_" if about.get("best") else "average_"),
        {str(name): int(number) for name, number in about["sizes"].items()},
        str(about["dtype"]),
        int(about.get("seed", 0)),
    )


def _shapes(trainer: Trainer) -> dict[str, list[int]]:
    return {name: list(array.shape) for name, array in trainer.params.items()}


def _read(path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """What a checkpoint says about itself, and its arrays."""
    try:
        with np.load(path, allow_pickle=False) as file:
            about: dict[str, Any] = json.loads(str(file["about"]))
            arrays = {name: file[name] for name in file.files if name != "about"}
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise UsageError(f"{path} is no checkpoint that can be read: {error}") from error
    if about.get("version") != VERSION:
        raise UsageError(f"{path} is a checkpoint of another version of Gradwright")
    return about, arrays


def _of(arrays: dict[str, Any], kind: str) -> dict[str, Any]:
    """The arrays of one kind by their names."""
    return {name.removeprefix(kind): array for name, array in arrays.items() if name.startswith(kind)}
