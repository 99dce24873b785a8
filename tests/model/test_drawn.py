"""A mask that is drawn names its probability; every mistake in that is one message with its place."""

from __future__ import annotations

import re

import pytest

from gradwright.ask.modeltext import scaled_text
from gradwright.errors import ModelError
from gradwright.model.identity import identity
from gradwright.model.load import from_text

TEXT = """name = "dropout"
title = { en = "Dropout", ko = "드롭아웃" }
[axes]
n = "examples"
[data]
x = "n"
D = { axes = "n", is = "mask", drawn = "keep" }
[parameters]
w = ""
[constants]
keep = 0.5
[forward]
formulas = "L = sum(D * x * w)"
minimise = "L"
"""

FAULTS = {
    "a name of nothing": ('"keep"', '"kep"', 7, "kep, which is no constant", "did you mean keep?"),
    "a name of data": ('"keep"', '"x"', 7, "x, which is no constant", 'drawn = "keep", or a number'),
    "no probability": ('"keep"', "1.5", 7, "drawn with 1.5, expected a probability in (0, 1]", "drawn ="),
    "never": ('"keep"', "0", 7, "drawn with 0, expected a probability in (0, 1]", ""),
    "a truth": ('"keep"', "true", 7, "drawn with True, expected a probability", ""),
    "a list": ('"keep"', "[0.5]", 7, "drawn with [0.5], expected a probability", ""),
    "a constant out of range": ("keep = 0.5", "keep = -0.5", 11, "keep = -0.5, expected a probability", ""),
    "no mask": ('"mask"', '"binary"', 7, "D is binary, and only a mask is drawn", 'is = "mask"'),
    "no domain": (', is = "mask"', "", 7, "D is real, and only a mask is drawn", 'is = "mask"'),
    "no data": ('w = ""', 'w = { axes = "", drawn = 0.5 }', 9, "unknown key drawn of w", "axes, is, init"),
    "misspelled": ("drawn", "drwn", 7, "unknown key drwn of D", "did you mean drawn?"),
}


@pytest.mark.parametrize(("old", "new", "line", "message", "hint"), FAULTS.values(), ids=FAULTS)
def test_a_mistake_is_named_with_its_place(old: str, new: str, line: int, message: str, hint: str) -> None:
    with pytest.raises(ModelError) as raised:
        from_text(TEXT.replace(old, new, 1))
    assert message in raised.value.message and hint in raised.value.hint
    assert raised.value.place is not None and raised.value.place.line == line


def test_a_constant_that_only_a_mask_names_is_used() -> None:
    model = from_text(TEXT)
    assert model.data["D"].drawn == "keep" and list(model.given) == ["x"]
    assert from_text(scaled_text(model, "2")).data == model.data


@pytest.mark.parametrize("said", ["0.25", "1", '"keep"'])
def test_a_probability_is_a_number_or_a_constant(said: str) -> None:
    text = TEXT if said == '"keep"' else re.sub(r"\[constants\]\nkeep = 0.5\n", "", TEXT)
    assert from_text(text.replace('"keep"', said)).data["D"].drawn in (0.25, 1.0, "keep")


def test_a_model_that_draws_is_another_than_one_that_is_given_its_mask() -> None:
    given = TEXT.replace(', drawn = "keep"', "").replace("D * x * w", "D * x * w * keep")
    drawn = TEXT.replace("D * x * w", "D * x * w * keep")
    other = drawn.replace("keep = 0.5", "keep = 0.75")
    assert len({identity(from_text(text)) for text in (given, drawn, other)}) == 3
