"""Numbers by hand: read what a student typed, and compare it with the right numbers entry by entry.

A question may have a tolerance, or ask for significant figures. A fraction such as ``2/3`` has no figures:
it stands for its exact value. A decimal is right if it lies within the tolerance, or, where figures are
asked for, if it has at least as many and rounding at the last of them explains what it is off by.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
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
_DECIMAL = re.compile(r"[-+]?(\d*)\.?(\d*)(?:[eE]([-+]?\d{1,4}))?")
_DEEPEST = 3
_FINE = 1e-9
"""The last place of a formula that holds a decimal."""
_SHOWN = 6
"""Places that are named at most."""
_DUST = 1e-12
"""The rounding of floats, as a part of the largest entry: the reference's own and that of a fraction."""
_RIGHT, _WRONG, _FEW = "right", "wrong", "few"
_TELLING = (-1.0, 2.0, 0.5, -2.0, -0.5)
"""Ratios that tell a mistake even where there is a single number to compare."""


@dataclass(frozen=True)
class Entry:
    """One number of an answer.

    Args:
        value: What it is worth.
        figures: Its significant figures; as many as one likes for a fraction or a formula.
        step: What one unit of its last place is worth; 0 for a fraction or a formula, which is exact.
    """

    value: float
    figures: float = math.inf
    step: float = 0.0


def read_numbers(text: str) -> Array:
    """The numbers of an answer such as ``[[1, 2/3], [0, -1]]``; entries may be expressions of numbers.

    Raises:
        ReadError: It can't be read, names something, or its rows differ in length.
    """
    return _values(read_entries(text))


def read_entries(text: str) -> NDArray[Any]:
    """The same, each entry with its significant figures.

    Raises:
        ReadError: It can't be read, names something, or its rows differ in length.
    """
    bare = _WRAPPER.sub(r"\1", text.strip())
    listed = _parts(bare) or []
    # Several numbers with commas between them are a list, though no bracket stands around it.
    nested = [_nested(part, 1) for part in listed] if len(listed) > 1 else _nested(bare, 0)
    try:
        shape = np.shape(_plain(nested))
    except ValueError as error:
        raise ReadError("the rows differ in length") from error
    entries = np.empty(int(np.prod(shape)), dtype=object)
    entries[:] = list(_flat(nested))
    if not all(np.isfinite(entry.value) for entry in entries):
        raise ReadError("not a finite number")
    return entries.reshape(shape)


def _plain(nested: Any) -> Any:
    return [_plain(part) for part in nested] if isinstance(nested, list) else nested.value


def _flat(nested: Any) -> Iterator[Entry]:
    if isinstance(nested, list):
        for part in nested:
            yield from _flat(part)
    else:
        yield nested


def _values(entries: NDArray[Any]) -> Array:
    return np.array([entry.value for entry in entries.reshape(-1)], dtype=float).reshape(entries.shape)


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


def _number(text: str) -> Entry:
    tree = parse(text)
    unknown = sorted(names(tree) - {"pi", "E"})
    if unknown:
        raise ReadError(f"{unknown[0]} is not a number", tree.span, "type numbers only")
    value = np.asarray(evaluate(tree, {}, {}, {}), dtype=float)
    if value.ndim:
        raise ReadError("expected a number", tree.span)
    decimal = _DECIMAL.fullmatch(text.strip())
    if decimal is not None:
        return Entry(float(value), *_figures(*decimal.groups(default="")))
    return Entry(float(value), step=_FINE if "." in text else 0.0)


def _figures(whole: str, decimals: str, power: str) -> tuple[int, float]:
    """The significant figures of a decimal, and the worth of its last place.

    >>> _figures("0", "0330", "")
    (3, 0.0001)
    """
    digits = (whole + decimals).lstrip("0")
    step = 10.0 ** (int(power or 0) - len(decimals))
    return len(digits) or 1, step


def judge_numbers(expected: Expected, text: str) -> tuple[str, tuple[Finding, ...]]:
    """``equal``, ``different`` or ``invalid``, and why."""
    try:
        entries = read_entries(text)
    except ReadError as error:
        return "invalid", (Finding("not-numbers", detail=str(error.message)),)
    right = np.array(json.loads(expected.reference), dtype=float)
    if (right.size == 1 and entries.size == 1) or (
        right.ndim == 1 and entries.shape in ((1, right.size), (right.size, 1))
    ):
        entries = entries.reshape(right.shape)
    kind = "-figures" if expected.digits else "-number" if expected.tolerance else ""
    words = {"tolerance": f"{expected.tolerance:g}", "digits": str(expected.digits)}
    answer = _values(entries)
    if answer.shape == right.shape:
        verdicts = _verdicts(right, entries, expected)
        if np.all(verdicts == _RIGHT):
            return "equal", (Finding(f"equal{kind}", words),)
        if not np.any(verdicts == _WRONG):
            return "different", (Finding("different-figures", words), *_short(verdicts, words))
    return "different", (Finding(f"different{kind}", words), *_why(right, entries, expected))


def _verdicts(right: Array, entries: NDArray[Any], expected: Expected) -> NDArray[Any]:
    """What is to be said of each entry, in the answer's shape."""
    pairs = zip(right.reshape(-1), entries.reshape(-1), strict=True)
    dust = _DUST * float(np.max(np.abs(right), initial=0.0))
    found = [_verdict(float(value), entry, expected, dust) for value, entry in pairs]
    return np.array(found, dtype=object).reshape(entries.shape)


def _verdict(right: float, entry: Entry, expected: Expected, dust: float) -> str:
    gap = abs(entry.value - right)
    if gap <= dust:
        return _RIGHT
    if not expected.digits:
        return _RIGHT if gap <= expected.tolerance else _WRONG
    if entry.step == 0:
        return _WRONG
    allowed = max(_half_unit(right, expected.digits), expected.tolerance) + dust
    if entry.figures >= expected.digits:
        return _RIGHT if gap <= allowed else _WRONG
    return _FEW if gap <= entry.step / 2 + dust else _WRONG


def _half_unit(right: float, digits: int) -> float:
    """Half a unit of the last figure that is asked for: what rounding there may change."""
    return 0.5 * 10.0 ** (math.floor(math.log10(abs(right))) - digits + 1) if right else 0.0


def _short(verdicts: NDArray[Any], words: Mapping[str, str]) -> tuple[Finding, ...]:
    """The decimals that are right as far as they go, but too short."""
    places = [_place(tuple(place)) for place in np.argwhere(verdicts == _FEW)]
    if verdicts.ndim == 0 or verdicts.size == 1:
        return (Finding("few-figures", words),)
    return (Finding("few-figures-at", {**words, "places": ", ".join(places[:_SHOWN])}),)


def _why(right: Array, entries: NDArray[Any], expected: Expected) -> tuple[Finding, ...]:
    answer = _values(entries)
    words = {"got": shape_text(answer.shape), "expected": shape_text(right.shape), "wrt": expected.wrt}
    if right.ndim == 2 and answer.shape == right.T.shape and _all_right(right, entries.T, expected):
        return (Finding("transposed-square" if answer.shape == right.shape else "transposed", words),)
    if answer.shape != right.shape:
        return (Finding("shape-numbers", words),)
    if not np.any(answer):
        return (Finding("zero"),)
    if _all_right(-right, entries, expected):
        return (Finding("sign"),)
    multiple = ratio(right, answer)
    if multiple is not None and (right.size > 1 or multiple in _TELLING) and close(answer, multiple * right):
        found = factor_finding(multiple)
        if found:
            return found
    if right.size <= 1:
        return ()
    return _entries(right, entries, expected)


def _entries(right: Array, entries: NDArray[Any], expected: Expected) -> tuple[Finding, ...]:
    """Which entries are wrong, which have only the wrong sign, and which are too short."""
    verdicts = _verdicts(right, entries, expected)
    wrong = [tuple(place) for place in np.argwhere(verdicts == _WRONG)]
    places = ", ".join(_place(place) for place in wrong[:_SHOWN]) + (", ..." if len(wrong) > _SHOWN else "")
    count = {"wrong": str(len(wrong)), "total": str(right.size), "places": places}
    signs = _verdicts(-right, entries, expected)
    turned = [place for place in wrong if signs[place] == _RIGHT]
    found = [Finding("entries", count)]
    if len(turned) == len(wrong):
        found.append(Finding("entries-sign"))
    if np.any(verdicts == _FEW):
        found += _short(verdicts, {"digits": str(expected.digits)})
    return tuple(found)


def _place(position: Sequence[int]) -> str:
    """A place counted from 1, as on paper."""
    inside = ", ".join(str(int(index) + 1) for index in position)
    return f"({inside})"


def _all_right(right: Array, entries: NDArray[Any], expected: Expected) -> bool:
    return bool(np.all(_verdicts(right, entries, expected) == _RIGHT))
