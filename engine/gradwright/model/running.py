"""Values that an average over the steps of training stands for in predictions: the section ``[running]``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from gradwright.errors import ModelError, nearest
from gradwright.language.words import canonical_name
from gradwright.model.model import Definition
from gradwright.model.source import Source, expect

HINT = "write the share of the average that stays at each step, such as 0.9"


def running(source: Source, definitions: Iterable[Definition]) -> dict[str, float]:
    """For each such value the share of its average that stays at a step.

    A function says it of its own values, as ``batch_norm`` does; the model's file may say another share for
    them by the names that they have in the model (``N_m``), and says it for values of its own.

    Raises:
        ModelError: A value is not defined by any formula, or the share is none.
    """
    known = {one.name: one.formula.running for one in definitions}
    found = {name: share for name, share in known.items() if share is not None}
    table = expect(source, "", "running", source.table.get("running", {}), dict, "a section [running]")
    for key, value in table.items():
        name = canonical_name(key)
        if name not in known:
            place = source.place("running", key)
            hint = nearest(name, known) or f"defined: {', '.join(known)}"
            raise ModelError(f"[running] names {key}, which no formula defines", place, hint)
        found[name] = share_of(source, key, value)
    return found


def share_of(source: Source, key: str, value: Any) -> float:
    """A share, if it is one.

    Raises:
        ModelError: It is no number from 0 to below 1.
    """
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1:
        place = source.place("running", key)
        raise ModelError(f"[running] {key} is {value!r}, expected a number from 0 to below 1", place, HINT)
    return float(value)


def of_function(source: Source, inner: Iterable[str]) -> Mapping[str, float]:
    """What a function's file says of its inner values.

    Raises:
        ModelError: It names another value, or the share is none.
    """
    names = list(inner)
    table = expect(source, "", "running", source.table.get("running", {}), dict, "a section [running]")
    for key in table:
        if key not in names:
            hint = nearest(key, names) or f"its inner values: {', '.join(names)}"
            place = source.place("running", key)
            raise ModelError(f"[running] names {key}, which is no inner value", place, hint)
    return {key: share_of(source, key, value) for key, value in table.items()}
