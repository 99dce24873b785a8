"""The section ``[training]`` of a model file: the recipe by which it is trained."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from gradwright.errors import ModelError
from gradwright.model.model import Training
from gradwright.model.source import Source, check_keys, expect

POSITIVE = frozenset({"learning_rate", "epochs", "batch"})
KINDS: Mapping[str, tuple[type | tuple[type, ...], str]] = {
    "str": (str, "a text"),
    "int": (int, "an integer"),
    "float": ((int, float), "a number"),
    "float | None": ((int, float), "a number"),
    "tuple[str, ...]": (list, 'a list such as ["shift 1"]'),
    "Mapping[str, float]": (dict, "a table such as { b2 = 0.98 }"),
}


def training(source: Source, table: Mapping[str, Any]) -> Training:
    """What the section says.

    Raises:
        ModelError: A key is not known, or its value is of the wrong kind or too small.
    """
    known = {field.name: KINDS[str(field.type)] for field in fields(Training)}
    check_keys(source, "training", table, known)
    found = dict(table)
    for key, value in table.items():
        kind, what = known[key]
        if kind is int or float in (kind if isinstance(kind, tuple) else ()):
            what = f"a positive {what.split()[1]}" if key in POSITIVE else f"{what}, 0 or more"
        expect(source, "training", key, value, kind, what)
        if isinstance(value, int | float) and (value < 0 or (key in POSITIVE and not value)):
            raise ModelError(f"[training] {key} is {value}, expected {what}", source.place("training", key))
    if "augment" in found:
        words = [expect(source, "training", "augment", one, str, "texts") for one in found["augment"]]
        found["augment"] = tuple(words)
    if "settings" in found:
        found["settings"] = _settings(source, found["settings"], known)
    return Training(**found)


def _settings(source: Source, table: Mapping[str, Any], known: Mapping[str, Any]) -> dict[str, float]:
    """The optimizer's settings, numbers that no key of the section says."""
    for name, value in table.items():
        if name in known:
            hint = f"write {name} = {value} on a line of its own"
            raise ModelError(
                f"{name} is no setting but a key of [training]", source.place("training", "settings"), hint
            )
        if isinstance(value, bool) or not isinstance(value, int | float):
            place = source.value_place("training", "settings", name)
            raise ModelError(f"the setting {name} is {value!r}, expected a number", place)
    return {name: float(value) for name, value in table.items()}
