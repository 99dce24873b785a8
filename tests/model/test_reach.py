"""What a value reaches of the data is what changes it: places of the data are moved, and changes seen."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest

from gradwright.execute.interpret import run
from gradwright.execute.order import order
from gradwright.execute.prepare import prepare
from gradwright.execute.sample import draw
from gradwright.execute.shown import completed
from gradwright.model.load import from_text, model
from gradwright.model.model import Model
from gradwright.model.reach import Reach, reaches, windowed
from gradwright.tensor.nodes import Assignment
from tests.derive.convolutions import CASES, text_of

SIZES = {"n": 2, "c": 2, "m": 2, "q": 2, "H": 11, "W": 7, "kh": 3, "kw": 2, "T": 12, "p": 3}
DRAWS = 8
"""A maximum and a rectifier hide a place in some draws; not in eight of them."""
PICTURES = tuple(name for name in CASES if name not in ("one axis", "windows of one axis"))


@cache
def read(name: str) -> Model:
    return from_text(text_of(name), name) if name in CASES else model(name)


def changes(name: str, sizes: dict[str, int], data: str, axis: int) -> dict[str, Any]:
    """For each value an array of whether moving a place of the data (the first axis) changes an entry."""
    read_model = read(name)
    sizes = completed(sizes, read_model.equations)
    program = order(prepare([Assignment(d.name, d.tensor) for d in read_model.definitions]))
    found: dict[str, Any] = {}
    for seed in range(DRAWS):
        rng = np.random.default_rng(seed)
        arrays = draw(read_model.scope.values, sizes, rng)
        arrays |= {key: np.float64(value) for key, value in read_model.constants.items()}
        before = run(program, arrays, sizes)
        for place in range(arrays[data].shape[axis]):
            moved = arrays[data].copy()
            at = tuple(place if one == axis else slice(None) for one in range(moved.ndim))
            moved[at] += rng.normal(size=moved[at].shape)
            after = run(program, {**arrays, data: moved}, sizes)
            for value, old in before.items():
                seen = found.setdefault(value, {})
                seen[place] = seen.get(place, False) | (after[value] != old)
    return {value: np.stack([seen[place] for place in sorted(seen)]) for value, seen in found.items()}


def claimed(one: Reach, entry: tuple[int, ...], length: int, sizes: dict[str, int]) -> set[int]:
    if one.kind == "none":
        return set()
    if one.kind == "all":
        return set(range(length))
    at = entry[one.axis] if one.axis >= 0 else 0
    if one.kind in ("past", "future"):
        return set(range(at + 1) if one.kind == "past" else range(at, length))
    low, high = (int(end.subs({s: sizes[str(s)] for s in end.free_symbols})) for end in (one.low, one.high))
    return {place for place in range(one.jump * at + low, one.jump * at + high + 1) if 0 <= place < length}


@pytest.mark.parametrize(
    ("name", "data", "axis"),
    [*((name, "X", 2) for name in PICTURES), ("one axis", "X", 0), ("windows of one axis", "X", 0)],
)
def test_the_receptive_field_is_what_changes_an_entry(name: str, data: str, axis: int) -> None:
    sizes = {key: SIZES[key] for key in SIZES if key in read(name).axes} | (
        {"q": 2} if name == "one axis" else {}
    )
    _compare(name, sizes, data, axis)


@pytest.mark.parametrize("name", ["rnn-classifier", "lstm-classifier"])
def test_a_recurrence_sees_its_own_step_and_all_before(name: str) -> None:
    sizes = {str(s): 3 for v in read(name).shapes.values() for e in v.shape for s in e.free_symbols} | {
        "T": 4
    }
    _compare(name, sizes, "x", 0)
    assert reaches(read(name))["h"]["x"][0].kind == "past"


def _compare(name: str, sizes: dict[str, int], data: str, axis: int) -> None:
    seen, found = changes(name, sizes, data, axis), reaches(read(name))
    for value, moved in seen.items():
        one = found[value][data][axis]
        length = len(moved)
        for entry in np.ndindex(moved.shape[1:]):
            places = {place for place in range(length) if moved[(place, *entry)]}
            assert places <= claimed(one, entry, length, sizes), (value, entry)
        if moved.ndim == 1:
            continue
        middle = tuple(extent // 2 for extent in moved.shape[1:])
        lines = moved[
            (slice(None), *(m if place == one.axis else slice(None) for place, m in enumerate(middle)))
        ]
        together = {place for place in range(length) if np.any(lines[place])}
        assert together == claimed(one, middle, length, sizes), (value, middle)


def test_windows_compose_to_the_sizes_that_courses_count() -> None:
    fields = reaches(read("residual with a step down"))
    sizes = {name: (str(fields[name]["X"][2].size), fields[name]["X"][2].jump) for name in "BCU"}
    assert sizes == {"B": ("3", 1), "C": ("5", 2), "U": ("9", 2)}


def test_only_axes_that_are_read_through_windows_are_told_of() -> None:
    assert windowed(read("plain"), reaches(read("plain"))) == (("X", 2), ("X", 3))
    perceptron = read("two-layer-perceptron")
    assert windowed(perceptron, reaches(perceptron)) == ()
