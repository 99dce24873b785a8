"""Texts that once took too long, took too much, or were handed back in a message as they were.

Most were found by ``fuzz_parse.py`` and by the hostile answers of ``tests/grade/hostile.py``.
"""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradwright.errors import AnswerError, visible
from gradwright.language.reading import read
from gradwright.language.scope import ReadError, Scope, Value
from gradwright.language.shapes import infer
from gradwright.tensor.nodes import size
from tests.language.fuzz_properties import PIECES_OF, Property, hold

N, D = size("n"), size("d")
SCOPE = Scope({"x": Value(()), "v": Value((N,)), "X": Value((N, D)), "A": Value((N, N))})
SECONDS = 1.0


def _refusal(answer: str, syntax: str = "text") -> str:
    """What the one who typed it is told, found in less than a second of this process."""
    started = time.process_time()
    with pytest.raises(ReadError) as caught:
        infer(read(answer, SCOPE, syntax).tree, SCOPE)
    told = str(caught.value.placed(answer, AnswerError))
    assert time.process_time() - started < SECONDS
    return told


@pytest.mark.parametrize("text", ["x_" * 4_900 + "x", "x_{a}" * 1_900, "a_b" * 3_300, "xx_" * 3_300])
def test_a_long_run_of_subscripts_is_refused_at_once(text: str) -> None:
    """Cutting the declared names off such a run took time that grew with the square of its length."""
    assert _refusal(text, "latex")


@pytest.mark.parametrize(
    "call",
    [
        "conv2d(X, X, stride=0)",
        "conv2d(X, X, 1, -1)",
        "avg_pool(X, 0)",
        "max_pool(X, -2)",
        "conv2d(X, X, 1, 10**9)",
    ],
)
def test_a_window_without_a_size_is_refused(call: str) -> None:
    assert call in _refusal(call)


@pytest.mark.parametrize("syntax", ["text", "latex"])
@pytest.mark.parametrize(
    "letter", ["\x1b", "\x9b", "\u202e", "\u2066", "\u200b", "\ufeff", "\ud800", "\0", "\x08"]
)
def test_a_refusal_hands_no_unseen_letter_back(letter: str, syntax: str) -> None:
    told = _refusal(f"3*{letter}y + {letter}[", syntax)
    assert told.replace("\n", "").isprintable()
    told.encode("utf-8")


@pytest.mark.parametrize("answer", ["d" * 5_000, "y\u0301" * 2_000, "einsum('" + "i" * 5_000 + "', A)"])
def test_a_refusal_is_not_as_long_as_what_it_refuses(answer: str) -> None:
    assert len(_refusal(answer)) < 2_000


def test_a_caret_stays_under_its_letter() -> None:
    told = _refusal("2*\u200bq").splitlines()
    assert told[1][told[2].index("^")] in "\ufffdq"


def test_visible_text_is_left_as_it_is() -> None:
    assert visible("∂L/∂W = Σ x̂, 학습률") == "∂L/∂W = Σ x̂, 학습률"
    assert visible("a\tb\nc\u00a0d") == "a b\nc d"
    assert visible("\x1b[31mred", "?") == "?[31mred"


@pytest.mark.parametrize("property", PIECES_OF, ids=lambda property: property.__name__)
@settings(max_examples=150)
@given(data=st.data())
def test_pieces_in_no_order_are_read_or_refused(property: Property, data: st.DataObject) -> None:
    """The properties that are fuzzed, on a few texts: so that they stay true of what they were fuzzed for."""
    letters = st.text(max_size=3)
    pieces = st.lists(st.one_of(st.sampled_from(PIECES_OF[property]), letters), max_size=40)
    hold(property, "".join(data.draw(pieces)), data.draw(st.integers(0, 99)))
