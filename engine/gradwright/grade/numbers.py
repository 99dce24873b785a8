"""Numbers by hand: read what a student typed, and compare it with the right numbers entry by entry."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradwright.execute.evaluate import evaluate
from gradwright.grade.feedback import close, factor_finding, ratio, shape_text
from gradwright.grade.finding import Finding
from gradwright.grade.key import Expected
from gradwright.language import tree as syntax
from gradwright.language.parse import parse
from gradwright.language.scope import ReadError

Array = NDArray[np.float64]
_TELLING = (-1.0, 2.0, 0.5, -2.0, -0.5)
"""Ratios that tell a mistake even where there is a single number to compare."""


def read_numbers(text: str) -> Array:
    """The numbers of an answer such as ``[[1, 2/3], [0, -1]]``; entries may be expressions of numbers.

    Raises:
        ReadError: It can't be read, names something, or its rows differ in length.
    """
    root = parse(text)
    values = _entries(root)
    try:
        array = np.array(values, dtype=float)
    except ValueError as error:
        raise ReadError("the rows differ in length", root.span) from error
    if not np.all(np.isfinite(array)):
        raise ReadError("not a finite number", root.span)
    return array


def _entries(tree: syntax.Tree) -> Any:
    match tree:
        case syntax.Sequence():
            return [_entries(item) for item in tree.items]
        case syntax.Call(function="array", arguments=(inner,)):
            return _entries(inner)
    unknown = sorted(syntax.names(tree) - {"pi", "E"})
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
