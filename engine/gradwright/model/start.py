"""How a parameter starts: the words of ``init``, such as ``xavier``, ``he-uniform``, ``normal 0.02``."""

from __future__ import annotations

import math
from dataclasses import dataclass

from gradwright.errors import ModelError, nearest

WAYS = {
    "xavier": 1.0,
    "xavier-uniform": 1.0,
    "xavier-normal": 1.0,
    "he": 1.0,
    "he-uniform": 1.0,
    "he-normal": 1.0,
    "lecun": 1.0,
    "normal": 0.1,
    "uniform": 0.1,
    "orthogonal": 1.0,
    "constant": None,
    "zeros": 0.0,
    "ones": 1.0,
}
"""For each way its number where none is said: a gain, a standard deviation, a limit, the value itself."""
OTHER_NAMES = {"glorot": "xavier", "kaiming": "he"}
ALONE = ("zeros", "ones")


@dataclass(frozen=True)
class Start:
    """How a parameter starts.

    Args:
        way: One of ``WAYS``.
        number: What its numbers are multiplied by; of ``normal`` the standard deviation, of ``uniform`` the
            limit, of ``constant`` the value.
    """

    way: str
    number: float


def start_of(text: str) -> Start:
    """What an ``init`` says.

    >>> start_of("normal 0.02")
    Start(way='normal', number=0.02)

    Raises:
        ModelError: The way is not known, or its number is none.
    """
    way, *rest = text.split() or [""]
    if way not in WAYS:
        kin = next((name for other, name in OTHER_NAMES.items() if way.startswith(other)), "")
        hint = f"did you mean {kin}?" if kin else nearest(way, WAYS) or f"known: {', '.join(WAYS)}"
        raise ModelError(f"there is no init {text}", hint=hint)
    usual = WAYS[way]
    if not rest and usual is not None:
        return Start(way, usual)
    example = f"such as {way}" if way in ALONE else f"such as {way} 0.02"
    try:
        (number,) = map(float, rest)
    except ValueError:
        raise ModelError(f"init {text}: expected one number", hint=example) from None
    if way in ALONE or not math.isfinite(number) or (number <= 0 and way != "constant"):
        expected = "no number" if way in ALONE else "a positive number"
        raise ModelError(f"init {text}: expected {expected} after {way}", hint=example)
    return Start(way, number)
