"""What is to be known of a compiled program to call it, kept beside its machine code in the cache folder."""

from __future__ import annotations

import functools
import hashlib
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import sympy

from gradwright.execute import cache
from gradwright.execute.native import machine
from gradwright.execute.update import Update

VERSION = 1
ENGINE = Path(__file__).resolve().parents[2]
LAYERS = ("tensor", "language", "model", "derive", "execute", "train")
"""Whose files decide what a model's formulas become."""


@dataclass(frozen=True)
class Output:
    """Where a value that is given back lies.

    Args:
        place: How far into the memory of numbers it begins.
        shape: The number of places of each axis.
        low: The zeros before each axis.
        lengths: The places of each axis with the zeros around them.
    """

    place: int
    shape: tuple[int, ...]
    low: tuple[int, ...]
    lengths: tuple[int, ...]


@dataclass(frozen=True)
class Form:
    """What the caller of a compiled program knows of it.

    Args:
        given: The values that come from outside, in the order of their pointers, each with its kind.
        outputs: The values that are given back.
        parameters: The trained values, in the order in which an optimizer holds their numbers.
        gradients: Their gradients' names.
        numbers: The length of the memory of numbers.
        integers: The length of the memory of whole numbers.
        blas: Whether the code calls BLAS.
    """

    given: Mapping[str, str]
    outputs: Mapping[str, Output]
    parameters: tuple[str, ...]
    gradients: tuple[str, ...]
    numbers: int
    integers: int
    blas: bool

    @classmethod
    def of(cls, table: Mapping[str, Any]) -> Form:
        """The form that a table of JSON says.

        Raises:
            ValueError: It says no form.
        """
        try:
            given = {str(name): str(kind) for name, kind in table["given"].items()}
            outputs = {
                str(name): Output(int(one["place"]), *(_numbers(one[key]) for key in _AXES))
                for name, one in table["outputs"].items()
            }
            return cls(
                given=given,
                outputs=outputs,
                parameters=tuple(map(str, table["parameters"])),
                gradients=tuple(map(str, table["gradients"])),
                numbers=int(table["numbers"]),
                integers=int(table["integers"]),
                blas=bool(table["blas"]),
            )
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"no form: {error}") from error


_AXES = tuple(one.name for one in fields(Output) if one.name != "place")


def _numbers(values: Sequence[Any]) -> tuple[int, ...]:
    return tuple(map(int, values))


def key(
    identity: str,
    sizes: Mapping[str, int],
    dtype: str,
    threads: int,
    optimizer: Update | None,
    lasting: bool,
) -> str:
    """The name of what is made of formulas under given circumstances, this engine and processor among them.

    Args:
        identity: Says which formulas.
        sizes: The number of places of every axis.
        dtype: ``float32`` or ``float64``.
        threads: How many threads share the work.
        optimizer: The update of a training step.
        lasting: Whether the data stays for many steps.
    """
    around = [VERSION, engine(), machine.processor(), sys.platform, sympy.__version__]
    own = [identity, sorted(sizes.items()), dtype, threads, lasting, _written(optimizer)]
    return hashlib.sha256(json.dumps([around, own]).encode()).hexdigest()[:24]


def _written(optimizer: Update | None) -> list[Any]:
    if optimizer is None:
        return []
    formulas = [(one.name, str(one.tensor.indices), str(one.tensor.entry)) for one in optimizer.formulas]
    return [optimizer.slots, optimizer.settings, formulas, dict(optimizer.results)]


@functools.cache
def engine() -> str:
    """What the engine's own files say, as one number."""
    found = hashlib.sha256()
    for path in sorted(path for layer in LAYERS for path in (ENGINE / layer).rglob("*.py")):
        found.update(f"{path.relative_to(ENGINE)}\n".encode())
        found.update(path.read_bytes())
    return found.hexdigest()


def kept(name: str) -> tuple[Form, bytes] | None:
    """The form and the machine code of a name; None if they are not there, or not whole."""
    try:
        table = json.loads(_path(name).read_bytes())
        if table.pop("seal") != _seal(table) or table["name"] != name:
            return None
        image = machine.kept(table["code"])
        return (Form.of(table["form"]), image) if image is not None else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def keep(name: str, form: Form, code: str) -> None:
    """Keep a form.

    Args:
        name: Under which it is found again.
        form: The form.
        code: The name of its machine code.
    """
    table = {"name": name, "code": code, "form": asdict(form)}
    table["seal"] = _seal(table)
    cache.keep(_path(name), json.dumps(table, indent=1).encode())


def _seal(table: Mapping[str, Any]) -> str:
    """A number made of all that a table says: a changed one has another."""
    return hashlib.sha256(json.dumps(table).encode()).hexdigest()


def _path(name: str) -> Path:
    return cache.folder() / f"native_{name}.json"
