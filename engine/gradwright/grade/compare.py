"""Two values in balls, entry by entry: certainly different, equal as far as the precision goes, or open."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from flint import arb

Array = Any
Ball = Any

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
        gap: The answer less the reference, as it is shown.
        proof: The arithmetic that proves it: ``balls`` or ``fractions``.
    """

    outcome: str
    place: tuple[int, ...] = ()
    reference: float = 0.0
    answer: float = 0.0
    gap: str = ""
    proof: str = "balls"


def compare(reference: Array, answer: Array, strict: bool = False) -> Comparison:
    """Compare two arrays of balls of one shape; entries where the reference is not finite do not count.

    Args:
        reference: The right values.
        answer: The values to compare.
        strict: Measure the error bound of a large number absolutely: more bits can still be had.
    """
    pairs = zip(reference.ravel().tolist(), answer.ravel().tolist(), strict=True)
    return _compare(pairs, reference.shape, strict)


def compare_numbers(reference: Ball, answer: Ball, strict: bool = False) -> Comparison:
    """The same for two balls."""
    return _compare([(reference, answer)], (), strict)


def _compare(pairs: Iterable[tuple[Ball, Ball]], shape: tuple[int, ...], strict: bool) -> Comparison:
    seen: set[str] = set()
    lost: Comparison | None = None
    for number, (right, got) in enumerate(pairs):
        outcome = _entry(right, got, strict)
        seen.add(outcome)
        if outcome in (DIFFER, LOST):
            place = tuple(map(int, np.unravel_index(number, shape))) if shape else ()
            if outcome == DIFFER:
                return Comparison(DIFFER, place, float(right), float(got), shown(got - right))
            lost = lost or Comparison(LOST, place, float(right), float("nan"))
    if lost is not None:
        return lost
    return Comparison(next(outcome for outcome in (OPEN, VAGUE, AGREE, UNUSABLE) if outcome in seen | _NONE))


_NONE = {UNUSABLE}


def _entry(right: Ball, got: Ball, strict: bool) -> str:
    if not right.is_finite():
        return UNUSABLE if right.is_nan() else VAGUE
    if not got.is_finite():
        return LOST if got.is_nan() else OPEN
    if not right.overlaps(got):
        return DIFFER
    return AGREE if _is_tiny(right, strict) and _is_tiny(got, strict) else OPEN


def shown(ball: Ball) -> str:
    """A number in a few digits, however small it is."""
    return f"{value:.6g}" if (value := float(ball)) else str(ball.mid().str(6, radius=False))


def _is_tiny(ball: Ball, strict: bool) -> bool:
    """Whether the error bound is negligible against the number."""
    if ball.is_exact():
        return True
    size = abs(ball.mid())
    if strict and size > 1:
        size = _ONE
    return bool(ball.rad() <= _RELATIVE * (size if size > _FLOOR else _FLOOR))


def doubtful(reference: Array, answer: Array) -> Array:
    """Where two arrays of floats look different: a hint that balls have to confirm."""
    with np.errstate(all="ignore"):
        scale = np.maximum(np.abs(reference), np.abs(answer))
        same = np.abs(reference - answer) <= 1e-9 * scale + 1e-13
        return np.isfinite(reference) & ~same
