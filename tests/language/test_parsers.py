"""The engine's parser against one generated from the grammar: the same trees and places, or both refuse."""

from __future__ import annotations

from hypothesis import example, given, settings
from hypothesis import strategies as st

from gradwright.language.parse import parse
from gradwright.language.scope import ReadError
from gradwright.language.tree import Tree, walk
from tests.language.by_grammar import parse_by_grammar
from tests.language.numpy_rows import ARRAYS, ELEMENTWISE, LINEAR_ALGEBRA, PRODUCTS, REDUCTIONS, SUBSCRIPTS
from tests.language.test_parse import ONE_MEANING, REFUSED

TEXTS = (
    *ONE_MEANING, *REFUSED, *ARRAYS, *ELEMENTWISE, *LINEAR_ALGEBRA, *PRODUCTS, *REDUCTIONS, *SUBSCRIPTS,
)  # fmt: skip
WORDS = """
    x y X W n i 2 .5 1e3 + - * / @ ** ^ ( ) [ ] , : . .T .sum( exp( sum( sum_{i} sum_{ i } = == < > ! ᵀ ' 'ij'
    None np. np.sum( axis=0 max( X[i,j] [:,None] where( max(i, ... // % ∂L/∂W ∑_{i} ° ²
"""
PIECES = [*WORDS.split(), "\n"]


def read_by_engine(text: str) -> Tree | None:
    try:
        return parse(text)
    except ReadError as error:
        start, end = error.span
        assert 0 <= start <= end <= len(text), (text, error.span)
        assert error.message
        return None


def assert_same_reading(text: str) -> None:
    got = read_by_engine(text)
    expected = parse_by_grammar(text) if text.strip() else None
    assert got == expected
    if got is not None and expected is not None:
        assert [node.span for node in walk(got)] == [node.span for node in walk(expected)]


def test_both_parsers_read_the_same_in_all_texts_of_the_tests() -> None:
    for text in TEXTS:
        assert_same_reading(text)


@settings(max_examples=400, deadline=None, derandomize=True)
@given(st.lists(st.tuples(st.sampled_from(PIECES), st.sampled_from(["", "", " "])), min_size=1, max_size=9))
def test_both_parsers_read_the_same_in_rows_of_words(words: list[tuple[str, str]]) -> None:
    assert_same_reading("".join(word + space for word, space in words))


@settings(max_examples=400, deadline=None, derandomize=True)
@given(st.sampled_from(TEXTS), st.integers(0, 200), st.sampled_from(["", *PIECES]), st.booleans())
@example("sum_{", 5, "", False)
def test_both_parsers_read_the_same_in_texts_with_a_typing_error(
    text: str, place: int, piece: str, drops: bool
) -> None:
    place %= len(text) + 1
    assert_same_reading(text[:place] + piece + text[place + drops :])
