"""Numbers by hand: read what a student typed, and compare it with the right numbers entry by entry."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradwright.execute.evaluate import evaluate
from gradwright.grade.feedback import close, factor_finding, ratio, shape_text
from gradwright.grade.finding import Finding
from gradwright.grade.key import Expected
from gradwright.language.parse import parse
from gradwright.language.scope import ReadError
from gradwright.language.tree import names

Array = NDArray[np.float64]
_WRAPPER = re.compile(r"^(?:np\.)?array\((.*)\)$", re.DOTALL)
_DEEPEST = 3
_TELLING = (-1.0, 2.0, 0.5, -2.0, -0.5)
"""Ratios that tell a mistake even where there is a single number to compare."""


def read_numbers(text: str) -> Array:
    """The numbers of an answer such as ``[[1, 2/3], [0, -1]]``; entries may be expressions of numbers.

    Raises:
        ReadError: It can't be read, names something, or its rows differ in length.
    """
    try:
        array = np.array(_nested(_WRAPPER.sub(r"\1", text.strip()), 0), dtype=float)
    except ValueError as error:
        raise ReadError("the rows differ in length") from error
    if not np.all(np.isfinite(array)):
        raise ReadError("not a finite number")
    return array


def _nested(text: str, depth: int) -> Any:
    """Nested lists of numbers: brackets, or parentheses around several entries."""
    text = text.strip()
    if text[:1] in ("[", "(") and text[-1:] in ("]", ")") and depth <= _DEEPEST:
        parts = _parts(text[1:-1])
        if parts is not None and (text[0] == "[" or len(parts) > 1):
            return [_nested(part, depth + 1) for part in parts]
    return _number(text)


def _parts(text: str) -> list[str] | None:
    """The entries between commas that stand outside brackets, or None where brackets do not match."""
    level, start = 0, 0
    parts: list[str] = []
    for place, letter in enumerate(text):
        level += (letter in "[(") - (letter in "])")
        if level < 0:
            return None
        if letter == "," and level == 0:
            parts.append(text[start:place])
            start = place + 1
    return [*parts, text[start:]] if level == 0 else None


def _number(text: str) -> float:
    tree = parse(text)
    unknown = sorted(names(tree) - {"pi", "E"})
    if unknown:
        raise ReadError(f"{unknown[0]} is not a number", tree.span, "type numbers only")
    value = np.asarray(evaluate(tree, {}, {}, {}), dtype=float)
    if value.ndim:
        raise ReadError("expected a number", tree.span)
    return float(value)


def judge_numbers(expected: Expected, text: str) -> tuple[str, tuple[Finding, ...]]:
    """``equal``, ``different`` or ``invalid``, and why."""
    try:
        answer = read_numbers(text)
    except ReadError as error:
        return "invalid", (Finding("not-numbers", detail=str(error.message)),)
    right = np.array(json.loads(expected.reference), dtype=float)
    tolerance = {"tolerance": f"{expected.tolerance:g}"}
    if (right.size == 1 and answer.size == 1) or (
        right.ndim == 1 and answer.shape in ((1, right.size), (right.size, 1))
    ):
        answer = answer.reshape(right.shape)
    if answer.shape == right.shape and np.all(np.abs(answer - right) <= expected.tolerance):
        return "equal", (Finding("equal-number", tolerance),)
    return "different", (Finding("different-number", tolerance), *_why(right, answer, expected))


def _why(right: Array, answer: Array, expected: Expected) -> tuple[Finding, ...]:
    words = {"got": shape_text(answer.shape), "expected": shape_text(right.shape), "wrt": expected.wrt}
    if right.ndim == 2 and answer.shape == right.T.shape and _near(answer.T, right, expected.tolerance):
        return (Finding("transposed-square" if answer.shape == right.shape else "transposed", words),)
    if answer.shape != right.shape:
        return (Finding("shape-numbers", words),)
    if not np.any(answer):
        return (Finding("zero"),)
    multiple = ratio(right, answer)
    if multiple is not None and (right.size > 1 or multiple in _TELLING) and close(answer, multiple * right):
        found = factor_finding(multiple)
        if found:
            return found
    wrong = np.argwhere(np.abs(answer - right) > expected.tolerance)
    if right.size <= 1:
        return ()
    place = _place(wrong[0])
    return (Finding("entries", {"wrong": str(len(wrong)), "total": str(right.size), "place": place}),)


def _place(position: Sequence[int]) -> str:
    """A place counted from 1, as on paper."""
    return "(" + ", ".join(str(int(index) + 1) for index in position) + ")"


def _near(left: Array, right: Array, tolerance: float) -> bool:
    return bool(np.all(np.abs(left - right) <= tolerance))
