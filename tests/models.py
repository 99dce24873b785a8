"""Which models of the catalogue a sweep takes: all of them where it is quick, the small ones where it is not.

A test that is marked ``thorough`` does work that grows faster than a model's formulas. It passes over the
large models, those of more than ``LARGE`` definitions, unless ``--many 1000`` or more is given. What is quick
takes every model: reading, deriving, gradients against PyTorch's, worked solutions, an epoch of training.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from gradwright import catalog
from gradwright.derive.derivation import Derivation, derive
from gradwright.model.load import load, model
from gradwright.model.model import Model

MODELS = tuple(sorted(catalog.entries("models")))

TRAINED = tuple(
    name
    for name, path in sorted(catalog.entries("models").items())
    if catalog.table(path).get("training", {}).get("data")
)
"""Those that learn from data; the others are surfaces to walk on."""

LARGE = 20
"""Definitions: an LSTM has 13, one that reads and another that writes 30, a small Transformer 127."""

MANY = 1000
"""What ``--many`` must be for thorough sweeps to take the large models."""


@cache
def read(what: str | Path) -> Model:
    """A model of the catalogue by its name, or a model's file."""
    return model(what) if isinstance(what, str) else load(what)


def is_large(what: object) -> bool:
    """Whether a test's parameter is a model, or a model's file, of many definitions."""
    if isinstance(what, Path) and what.suffix == ".toml":
        return len(read(what).definitions) > LARGE
    return isinstance(what, str) and what in MODELS and len(read(what).definitions) > LARGE


@cache
def derived(name: str) -> Derivation:
    """The derivation of a model of the catalogue, made once in a process."""
    return derive(read(name))
