"""What a student reads: the table of a terminal, in both languages, kept as golden text."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gradwright.grade.chain.check import check_chain
from gradwright.grade.chain.result import ChainLine, ChainResult
from gradwright.grade.chain.rubric import Rubric
from gradwright.grade.chain.say import number, plain, score, sentences
from gradwright.grade.finding import Finding
from gradwright.messages import messages
from tests.grade.test_chain import PERCEPTRON

GOLDEN = Path(__file__).parent / "golden"
ANSWER = """\
# backward pass
dZ2 = (Y - P)/n
dA1 = dZ2 @ W2.T
E = Z1 > 0
dZ1 = dA1*E = dA1*A1
dW1 = X.T @ dZ1
db1 = sum(dZ1, axis=0
dW2 = A1.T @ (P - Y)/n
"""


@pytest.mark.parametrize("language", ["en", "ko"])
def test_the_terminal_shows_the_golden_table(language: str, rewrite: bool) -> None:
    rubric = Rubric(
        {"dZ2": 2, "dA1": 1, "dZ1": 2, "dW1": 1, "db1": 1, "dW2": 1, "db2": 1}, follow_through=0.5
    )
    shown = plain(check_chain(ANSWER, rubric=rubric, language=language, **PERCEPTRON), language) + "\n"
    # At which point two values differ is the judge's own affair; the table only shows that one is told.
    shown = re.sub(r"(?m)^( +)(?:at )?d = \d.*$", r"\1(a point)", shown)
    assert shown.count("(a point)") == 2
    path = GOLDEN / f"chain.{language}.txt"
    if rewrite:
        path.parent.mkdir(exist_ok=True)
        path.write_text(shown, encoding="utf-8")
    assert shown == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("language", ["en", "ko"])
def test_every_verdict_has_a_word_and_a_mark(language: str) -> None:
    verdicts = ["right", "follows", "wrong", "invalid", "undecided", "note"]
    lines = tuple(ChainLine(at, f"a{at}", verdict=verdict) for at, verdict in enumerate(verdicts, 1))
    shown = plain(ChainResult(lines, (), None, 0, 0), language)
    for verdict in verdicts:
        assert messages(language).raw(f"chain.word.{verdict}") in shown


def test_open_points_are_said_to_be_neither_earned_nor_lost() -> None:
    result = ChainResult((), (), None, 3.5, 10, 2)
    assert score(result) == (
        "Total so far: 3.5 of 10 points earned, 4.5 lost, 2 still open. Open points belong to lines that "
        "can't be read yet, or that a person has to read: they are neither earned nor lost."
    )
    assert score(ChainResult((), (), None, 3, 10), "ko") == "합계: 10점 중 3점."


def test_every_finding_of_the_package_has_a_sentence() -> None:
    folder = Path(check_chain.__code__.co_filename).parent
    text = "".join(path.read_text(encoding="utf-8") for path in folder.glob("*.py"))
    keys = {key for key in messages("en").sentences if key.startswith("chain.") and f'"{key}"' in text}
    made = {key for key in messages("en").sentences if key.startswith("chain.")} - keys
    # Keys that are put together in the code, by their first part.
    assert {key.rpartition(".")[0] for key in made} <= {"chain.word", "chain.aside", "chain.guard"}, made


def test_a_detail_stands_under_its_sentence_as_typed() -> None:
    shown = sentences([Finding("chain.invalid", detail="x @\n  ^")])
    assert shown.split("\n")[1:] == ["x @", "  ^"]


@pytest.mark.parametrize(
    ("points", "text"), [(1.0, "1"), (0.5, "0.5"), (1 / 3, "0.333"), (0.0, "0"), (10.0, "10")]
)
def test_points_have_as_many_decimals_as_they_need(points: float, text: str) -> None:
    assert number(points) == text
