"""Two arrays of balls, entry by entry: certainly different, equal as far as the precision goes, or open."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from flint import arb

Array = Any

AGREE, DIFFER, LOST, OPEN, VAGUE, UNUSABLE = "agree", "differ", "lost", "open", "vague", "unusable"

_RELATIVE = arb("1e-30")
_FLOOR = arb("1e-10")
_ONE = arb(1)


@dataclass(frozen=True)
class Comparison:
    """How two values compare at a point.

    Args:
        outcome: ``agree``; ``differ`` (an entry is certainly different); ``lost`` (an entry of the answer
            does not exist where the reference's does); ``open`` (the precision does not tell); ``vague`` (it
            does not even tell the reference's value); ``unusable`` (no entry of the reference is
            finite).
        place: The entry that decides.
        reference: The reference's value there.
        answer: The answer's value there.
        gap: The answer less the reference.
    """

    outcome: str
    place: tuple[int, ...] = ()
    reference: float = 0.0
    answer: float = 0.0
    gap: float = 0.0


def compare(reference: Array, answer: Array, strict: bool = False) -> Comparison:
    """Compare two arrays of balls of one shape; entries where the reference is not finite do not count.

    Args:
        reference: The right values.
        answer: The values to compare.
        strict: Measure the error bound of a large number absolutely: more bits can still be had.
    """
    usable = 0
    lost: Comparison | None = None
    is_open = is_vague = False
    for place in np.ndindex(reference.shape):
        right, got = reference[place], answer[place]
        if not right.is_finite():
            is_vague = is_vague or not right.is_nan()
            continue
        usable += 1
        if got.is_nan():
            lost = lost or Comparison(LOST, place, float(right), float("nan"))
        elif not got.is_finite():
            is_open = True
        elif not right.overlaps(got):
            return Comparison(DIFFER, place, float(right), float(got), float(got - right))
        elif not (_is_tiny(right, strict) and _is_tiny(got, strict)):
            is_open = True
    if lost is not None:
        return lost
    if is_open or is_vague:
        return Comparison(OPEN if is_open else VAGUE)
    return Comparison(AGREE if usable else UNUSABLE)


def _is_tiny(ball: Any, strict: bool) -> bool:
    """Whether the error bound is negligible against the number."""
    size = abs(ball.mid())
    if strict and size > 1:
        size = _ONE
    return bool(ball.rad() <= _RELATIVE * (size if size > _FLOOR else _FLOOR))


def suspicious(reference: Array, answer: Array) -> bool:
    """Whether two arrays of floats look different: a hint that balls have to confirm."""
    with np.errstate(all="ignore"):
        finite = np.isfinite(reference)
        if not np.any(finite):
            return False
        right, got = reference[finite], answer[finite]
        scale = np.maximum(np.abs(right), np.abs(got))
        return not bool(np.all(np.abs(right - got) <= 1e-9 * scale + 1e-13))
