"""A stream answers each line at once, in order, and a bad line stops nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from gradwright.cli.rows import Row, answers, domain_of, shapes_of, text_of
from gradwright.errors import GradwrightError, ModelError


def _answer(row: Row) -> dict[str, Any]:
    text = text_of(row, "expr")
    if text == "defect":
        raise ZeroDivisionError("by zero")
    if text == "clash":
        raise ModelError("shapes clash", hint="transpose one")
    return {"length": len(text), "vars": shapes_of(row)}


def _replies(*lines: str) -> list[dict[str, Any]]:
    return list(answers(lines, _answer, lambda message: {"error": message}))


def test_each_line_has_its_answer_in_order() -> None:
    replies = _replies('{"id": 1, "expr": "ab", "vars": {"X": ["n"]}}', "", '{"id": "b", "expr": "c"}')
    assert replies == [{"id": 1, "length": 2, "vars": {"X": ("n",)}}, {"id": "b", "length": 1, "vars": None}]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "line 1: not JSON"),
        ("[1]", "line 1: a JSON object was expected"),
        ('{"id": 7}', '"expr" is missing'),
        ('{"id": 7, "expr": 3}', '"expr" is no string'),
        ('{"id": 7, "expr": "x", "vars": [1]}', '"vars" is not an object'),
        ('{"id": 7, "expr": "x", "vars": {"X": 3}}', "the shape of X is not a list"),
        ('{"id": 7, "expr": "clash"}', "shapes clash\ntranspose one"),
        ('{"id": 7, "expr": "defect"}', "ZeroDivisionError: by zero"),
    ],
)
def test_a_bad_line_is_answered_with_its_error_and_the_next_goes_on(line: str, message: str) -> None:
    bad, good = _replies(line, '{"id": 8, "expr": "ok"}')
    assert message in bad["error"]
    assert bad["id"] == (7 if '"id"' in line else None)
    assert good["length"] == 2


def test_an_answer_comes_before_the_next_line_is_read() -> None:
    read: list[int] = []

    def lines() -> Iterator[str]:
        for number in range(3):
            read.append(number)
            yield '{"id": 0, "expr": "x"}'

    stream = answers(lines(), _answer, lambda message: {"error": message})
    next(stream)
    assert read == [0]


def test_a_domain_is_an_object_of_strings() -> None:
    assert domain_of({}) == {} == domain_of({"domain": None})
    assert domain_of({"domain": {"X": "pos"}}) == {"X": "pos"}
    with pytest.raises(GradwrightError, match="not an object"):
        domain_of({"domain": {"X": 1}})
