"""What is to be known of a compiled program to call it, kept beside its machine code in the cache folder."""

from __future__ import annotations

import functools
import hashlib
import json
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import sympy

from gradwright.execute import cache
from gradwright.execute.native import host
from gradwright.execute.update import Update

VERSION = 1
FIXED = ("numbers", "integers", "sync", "told", "step", "clock", "outside", "batches")
"""What the table of pointers holds before the given values: the memories, the threads' meeting point, where
what is told of each step goes, the number of the step, which counts up, the time that each kernel took,
whether a function had no value, and where each step's batch comes from (0: it is there)."""
SETTINGS = "~settings"
"""The given value that holds the optimizer's settings."""
ALIGNMENT = 16
"""Values begin at multiples of so many numbers, and so many lie free after each."""
ENGINE = Path(__file__).resolve().parents[2]
LAYERS = ("tensor", "language", "model", "derive", "execute", "train")
"""Whose files decide what a model's formulas become."""


@dataclass(frozen=True)
class Given:
    """A value that comes from outside: its kind and the number of places of each axis."""

    kind: str
    shape: tuple[int, ...]


@dataclass(frozen=True)
class Output:
    """Where a value that is given back lies.

    Args:
        first: Where in the memory of numbers its first entry lies.
        shape: The number of places of each axis.
        strides: How far neighbours on each axis lie apart, in numbers.
    """

    first: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


@dataclass(frozen=True)
class Form:
    """What the caller of a compiled program knows of it.

    Args:
        given: The values that come from outside, in the order of their pointers.
        outputs: The values that are given back.
        parameters: The trained values, in the order in which an optimizer holds their numbers.
        gradients: Their gradients' names.
        numbers: The length of the memory of numbers.
        integers: The length of the memory of whole numbers.
        threads: How many threads share the work.
        calls: How many functions without loops it calls; these are known with the formulas alone.
        told: How many numbers are written down of each step.
    """

    given: Mapping[str, Given]
    outputs: Mapping[str, Output]
    parameters: tuple[str, ...]
    gradients: tuple[str, ...]
    numbers: int
    integers: int
    threads: int
    calls: int
    told: int

    @classmethod
    def of(cls, table: Mapping[str, Any]) -> Form:
        """The form that a table of JSON says.

        Raises:
            ValueError: It says no form.
        """
        try:
            given = {name: Given(one["kind"], tuple(one["shape"])) for name, one in table["given"].items()}
            outputs = {
                name: Output(one["first"], tuple(one["shape"]), tuple(one["strides"]))
                for name, one in table["outputs"].items()
            }
            names = {key: tuple(table[key]) for key in ("parameters", "gradients")}
            return cls(**{**table, **names, "given": given, "outputs": outputs})
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"no form: {error}") from error


def slot(name: str) -> str:
    """The given value that is an optimizer's slot."""
    return f"~slot {name}"


def average(name: str) -> str:
    """The given value that is the average of a value over the steps."""
    return f"~average {name}"


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
    around = [VERSION, engine(), host.processor(), sys.platform, sympy.__version__]
    own = [identity, sorted(sizes.items()), dtype, threads, lasting, _written(optimizer)]
    return hashlib.sha256(json.dumps([around, own]).encode()).hexdigest()[:24]


def _written(optimizer: Update | None) -> list[Any]:
    if optimizer is None:
        return []
    formulas = [(one.name, str(one.tensor.indices), str(one.tensor.entry)) for one in optimizer.formulas]
    others = [optimizer.is_lazy, sorted(optimizer.exempt)]
    return [optimizer.slots, optimizer.settings, formulas, dict(optimizer.results), *others]


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
    content = cache.found(_file(name))
    if content is None:
        return None
    try:
        table = json.loads(content)
        image = cache.found(table["code"]) if table["name"] == name else None
        return None if image is None else (Form.of(table["form"]), image)
    except (ValueError, KeyError, TypeError):
        return None


def keep(name: str, form: Form, code: str) -> None:
    """Keep a form.

    Args:
        name: Under which it is found again.
        form: The form.
        code: The file of its machine code.

    Raises:
        UsageError: The cache folder can't be written.
    """
    table = {"name": name, "code": code, "form": asdict(form)}
    cache.keep(_file(name), json.dumps(table, indent=1).encode())


def _file(name: str) -> str:
    return f"native_{name}.json"
