"""Texts of options are read as their help says."""

from __future__ import annotations

import pytest

from gradwright.cli.options import domains_of, shapes, words
from gradwright.cli.output import table, width
from gradwright.errors import UsageError


@pytest.mark.parametrize(
    ("text", "shape"),
    [("X: n d", ("n", "d")), ("X:n,d", ("n", "d")), ("X: [n, d]", ("n", "d")), ("X:", ()), ("X", ())],
)
def test_a_shape_is_a_name_and_its_axes(text: str, shape: tuple[str, ...]) -> None:
    assert shapes([text]) == {"X": shape}


def test_a_name_may_be_greek() -> None:
    assert shapes(["θ: d"]) == {"θ": ("d",)}


def test_a_domain_needs_a_declared_name() -> None:
    assert domains_of(["X: pos"], {"X": ("n",)}) == {"X": "pos"}
    with pytest.raises(UsageError, match="no --var declares"):
        domains_of(["Y: pos"], {"X": ("n",)})


def test_words_are_separated_by_commas() -> None:
    assert words(" W1, b1,, ") == ("W1", "b1")


def test_columns_align_by_what_a_terminal_shows() -> None:
    lines = table([["소프트맥스", "x"], ["a", "y"]], ["title", "z"]).splitlines()
    assert {width(line[: line.rindex(" ")]) for line in lines} == {11}
