"""A statement's file is read whole, and a mistake in it is one message with its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from gradwright.errors import ModelError, UsageError
from gradwright.model.load_statement import from_text, load, statement

HEAD = 'name = "mine"\ntitle = { en = "Mine", ko = "나의 것" }\n'
CLAIM = '[[claims]]\nshow = "1 = 1"\n'


def test_what_a_file_declares_is_there() -> None:
    read = from_text(
        HEAD
        + 'formulas = "y = a*x"\n[axes]\nn = "places"\n[values]\na = "n"\n'
        + '[random]\nx = { axes = "n", mean = 0, variance = "2", symmetric = true, independent = false }\n'
        + CLAIM
    )
    assert read.given == ("a", "x")
    assert [one.name for one in read.definitions] == ["y"]
    law = read.laws["x"]
    assert law.symmetric and not law.independent and law.mean is not None
    assert set(read.scope.values) == {"a", "x", "y"}


def test_a_recurrence_brings_its_names_and_the_number_of_steps() -> None:
    steps = '[recurrence]\ncounter = "k"\nstart = 1\nformulas = "m = m/2 + g"\n'
    read = from_text(HEAD + '[random]\ng = ""\n' + steps + CLAIM)
    assert read.recurrence is not None and read.recurrence.counter == "k"
    assert read.recurrence.start == {"m": 1}
    assert {"m", "k", "g"} <= set(read.scope.values)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "claims nothing"),
        ("claims = 3\n", "claims nothing"),
        ("valus = 3\n" + CLAIM, "did you mean values"),
        ('[values]\nx = "n"\n' + CLAIM, "n is not a declared axis"),
        ('[values]\nx = { axes = "", is = "poss" }\n' + CLAIM, "there is no domain poss"),
        ('[values]\nE = ""\n' + CLAIM, "E"),
        ('[values]\nVar = ""\n' + CLAIM, "is the name of a function"),
        ('[random]\nx = { axes = "", men = 0 }\n' + CLAIM, "did you mean mean"),
        ('[random]\nx = { axes = "", mean = [] }\n' + CLAIM, "a formula for its mean"),
        ('[random]\nx = { axes = "", mean = "1 +" }\n' + CLAIM, "mine.toml"),
        ('[random]\nx = { axes = "", variance = "q" }\n' + CLAIM, "the variance of x: q is not declared"),
        ('[random]\nx = { axes = "", mean = 1, symmetric = true }\n' + CLAIM, "so its mean is 0"),
        ('[random]\nx = { axes = "", symmetric = 1 }\n' + CLAIM, "symmetric = true or false"),
        ('formulas = "y = x +"\n[values]\nx = ""\n' + CLAIM, "mine.toml"),
        ('formulas = "x = 1"\n[values]\nx = ""\n' + CLAIM, "x is declared"),
        ("[recurrence]\nstart = 0\n" + CLAIM, "formulas, one a line"),
        ('[recurrence]\nformulas = "m = "\n' + CLAIM, "mine.toml"),
        ('[recurrence]\nstart = "a"\nformulas = "m = m/2"\n' + CLAIM, "a number, or one for each name"),
        ('[points]\ninputs = "a"\nrows = []\n' + CLAIM, "has 0 rows"),
        ('[points]\ninputs = "a"\nrows = [[1, 2, 0]]\n' + CLAIM, "expected 1 numbers and the class"),
        ('[points]\ninputs = "a"\nrows = [[nan, 0]]\n' + CLAIM, "expected 1 numbers and the class"),
        ('[points]\ninputs = "a"\nrows = [[1, 2]]\n' + CLAIM, "expected 0 or 1"),
        ('[[claims]]\ntitle = "x"\nshow = "1 = 1"\n', "a claim's title has en and ko"),
    ],
)
def test_a_mistake_is_one_message(text: str, message: str) -> None:
    with pytest.raises(ModelError, match=message):
        from_text(HEAD + text, "mine.toml")


def test_a_name_that_is_not_in_the_catalogue_is_refused_with_the_nearest() -> None:
    with pytest.raises(UsageError, match="did you mean xavier"):
        statement("xaver")


def test_a_file_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.toml").write_bytes(b'name = "\xff"')
    with pytest.raises(ModelError, match="not UTF-8"):
        load(tmp_path / "x.toml")
