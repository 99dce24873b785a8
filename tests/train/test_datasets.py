"""The named data sets: what each gives, and that it says of its source what counting by hand says."""

from __future__ import annotations

import re
import sys
from collections import Counter
from functools import cache
from typing import Any

import numpy as np
import pytest

from gradwright.errors import UsageError
from gradwright.messages import languages, messages
from gradwright.train.bind import split
from gradwright.train.corpus import BLOCKS, RARE, paragraphs, text
from gradwright.train.data import neighbours, topics
from gradwright.train.datasets import datasets, load
from gradwright.train.numerals import english, korean
from gradwright.train.table import EXAMPLES, Table

Array = Any
NAMED = [name for name, one in datasets().items() if not one.by_role]


@cache
def table(name: str) -> Table:
    return load(name)


def words(one: Table, name: str, row: Array) -> list[str]:
    """A row as words."""
    return [one.vocabularies[name][number] for number in np.ravel(row)]


@pytest.mark.parametrize("name", list(datasets()))
def test_a_data_set_has_a_title_in_every_language(name: str) -> None:
    titles = {messages(language).text(f"dataset.{name}") for language in languages()}
    assert len(titles) == len(languages())


@pytest.mark.parametrize("name", NAMED)
def test_a_named_data_set_gives_what_it_says(name: str) -> None:
    one = table(name)
    sizes: dict[str, int] = {}
    assert one.name == name and set(one.arrays) == set(datasets()[name].values) == set(one.views)
    for key, view in one.views.items():
        assert len(view.names) == one.arrays[key].ndim, key
        for axis, count in zip(view.names, one.arrays[key].shape, strict=True):
            assert sizes.setdefault(axis, count) == count, (key, axis)
    assert sizes[EXAMPLES] > 500
    for key, view in one.views.items():
        vocabulary = one.vocabularies.get(key)
        if view.of:
            assert one.arrays[key].dtype.kind == "i" and one.arrays[key].min() >= 0
            assert one.arrays[key].max() < (len(vocabulary) if vocabulary else sizes[view.of])
        assert vocabulary is None or (view.of and len(set(vocabulary)) == len(vocabulary))


@pytest.mark.parametrize("name", NAMED)
def test_a_named_data_set_is_the_same_every_time(name: str) -> None:
    again = load(name)
    assert again.vocabularies == table(name).vocabularies
    for key, array in table(name).arrays.items():
        assert np.array_equal(array, again.arrays[key]), key


@pytest.mark.parametrize("name", NAMED)
def test_a_fifth_or_so_is_held_out_by_the_seed(name: str) -> None:
    from gradwright.language.scope import Value
    from gradwright.tensor.nodes import size

    one = table(name)
    data = {key: Value(tuple(map(size, view.names))) for key, view in one.views.items()}
    parts = [split(data, one, np.random.default_rng(seed)) for seed in (1, 1, 2, 3, 4)]
    for first, test in parts:
        assert first.count + test.count == len(next(iter(one.arrays.values())))
        assert 0.15 < test.count / (first.count + test.count) < 0.25
    key = next(iter(data))
    held = [test.arrays[key].tobytes() for _, test in parts]
    assert held[0] == held[1] and len(set(held)) > 2


def test_each_characters_next_is_the_one_that_follows_and_no_window_leaves_its_stretch() -> None:
    one, whole = table("text-characters"), text()
    assert one.blocks is not None
    place = 0
    for block in range(BLOCKS):
        rows = np.flatnonzero(one.blocks == block)
        tokens, following = ("".join(words(one, key, one.arrays[key][rows])) for key in ("tokens", "next"))
        place = block * len(whole) // BLOCKS
        assert tokens == whole[place : place + len(tokens)]
        assert following == whole[place + 1 : place + 1 + len(tokens)]
        assert place + len(tokens) < (block + 1) * len(whole) // BLOCKS <= place + len(tokens) + 65


def test_fewer_characters_are_told_apart_where_the_model_has_room_for_fewer() -> None:
    few = load("text-characters", {"v": 30, "t": 50})
    assert few.arrays["tokens"].shape[1] == 50 and len(few.vocabularies["tokens"]) == 30
    shown = words(few, "tokens", few.arrays["tokens"][:40])
    expected = text()[: len(shown)]
    assert all(known in (sign, "<other>") for known, sign in zip(shown, expected, strict=True))
    counts = Counter(text())
    rare = {counts[sign] for known, sign in zip(shown, expected, strict=True) if known == "<other>"}
    assert max(rare) <= min(counts[known] for known in few.vocabularies["tokens"][1:])


def test_no_paragraph_stands_in_the_text_twice() -> None:
    plain = [re.sub(r"\W+", " ", one.text.lower()).strip() for one in paragraphs()]
    assert len(plain) > 2000 and max(Counter(plain).values()) == 1
    assert text().isascii() and not re.search(r"^[=*~-]{3,}$", text(), re.MULTILINE)


@cache
def spoken() -> list[list[str]]:
    """The words of each paragraph that occur often enough, counted here."""
    counts = Counter(word for one in paragraphs() for word in one.words)
    return [[word for word in one.words if counts[word] >= RARE] for one in paragraphs()]


@cache
def together() -> tuple[Counter[tuple[str, str]], Counter[tuple[str, str]]]:
    """How often words stand at most five apart, and the same divided by how far, in sixtieths."""
    plain: Counter[tuple[str, str]] = Counter()
    weighted: Counter[tuple[str, str]] = Counter()
    for line in spoken():
        for place, word in enumerate(line):
            for other in range(max(0, place - neighbours.REACH), place):
                for pair in ((word, line[other]), (line[other], word)):
                    plain[pair] += 1
                    weighted[pair] += 60 // (place - other)
    return plain, weighted


def test_words_are_counted_together_as_often_as_they_stand_together() -> None:
    one, (plain, weighted) = table("text-counts"), together()
    i, j = (words(one, key, one.arrays[key]) for key in "ij")
    assert len(i) == len(plain)
    for left, right, count, weight in zip(i, j, one.arrays["x"], one.arrays["weighted"], strict=True):
        assert count == plain[left, right]
        assert abs(60 * weight - weighted[left, right]) < 1e-9 * weighted[left, right]


def test_pairs_are_of_words_that_stand_together_once_the_frequent_ones_are_thinned_out() -> None:
    one, (plain, _) = table("text-pairs"), together()
    pairs = Counter(zip(*(words(one, key, one.arrays[key]) for key in ("word", "beside")), strict=True))
    near = sum(count for pair, count in pairs.items() if pair in plain)
    # Where words between two are thinned out, the two come nearer to each other.
    assert near > 0.6 * sum(pairs.values())
    kept, known = (
        {word: sum(count for (left, _), count in some.items() if left == word) for word in ("the", "tuple")}
        for some in (pairs, plain)
    )
    # A word that is not frequent loses the pairs beyond its reach, three of five on average, and those with
    # words that are thinned out.
    assert kept["the"] / known["the"] < 0.25 < 0.4 < kept["tuple"] / known["tuple"] < 0.6
    assert pairs["regular", "expressions"] > 0 and sum(pairs.values()) > 100_000


@pytest.mark.parametrize(("name", "right"), [("text-pairs", "beside"), ("text-windows", "word")])
def test_drawn_words_are_drawn_by_the_power_of_how_frequent_they_are(name: str, right: str) -> None:
    one = table(name)
    drawn = one.arrays["drawn"]
    assert (drawn != one.arrays[right][:, None]).all()
    counts = Counter(word for line in spoken() for word in line)
    chances = np.array([counts[word] ** 0.75 for word in one.vocabularies["drawn"]])
    found = np.bincount(drawn.ravel(), minlength=len(chances)) / drawn.size
    expected = chances / chances.sum()
    # What equals the right word is drawn again, which takes from the frequent words a few parts in a hundred.
    assert np.abs(found - expected).sum() < 0.06
    assert abs(found[0] / expected[0] - 1) < 0.15


def test_a_window_is_a_word_and_as_many_on_each_side() -> None:
    one = load("text-windows", {"m": 6})
    at = 0
    for line in spoken():
        for place in range(3, len(line) - 3):
            if at % 997 == 0:
                context = words(one, "context", one.arrays["context"][at])
                assert context == line[place - 3 : place] + line[place + 1 : place + 4]
                assert words(one, "word", one.arrays["word"][at]) == [line[place]]
            at += 1
    assert at == len(one.arrays["word"])


def test_masked_sentences_hide_what_is_to_be_told() -> None:
    one = table("text-masked")
    tokens, places, told = (one.arrays[key] for key in ("tokens", "places", "words"))
    special = one.vocabularies["tokens"][:5]
    assert (told >= len(special)).all() and (np.diff(places, axis=1) > 0).all()
    shown = np.take_along_axis(tokens, places, axis=1)
    masked, kept = (shown == special.index("<mask>")).mean(), (shown == told).mean()
    # Four standard deviations of a share among 46 000 draws.
    assert abs(masked - 0.8) < 0.008 and abs(kept - 0.1) < 0.006
    assert ((tokens == special.index("<mask>")).sum(axis=1) <= places.shape[1]).all()
    assert np.array_equal(one.arrays["mask"], tokens != special.index("<pad>"))


def test_a_second_sentence_follows_the_first_where_the_label_says_so() -> None:
    one = table("text-masked")
    tokens = one.arrays["tokens"].copy()
    np.put_along_axis(tokens, one.arrays["places"], one.arrays["words"], axis=1)
    assert 0.48 < one.arrays["label"].mean() < 0.53
    line = " ".join(word for part in paragraphs() for word in part.words)
    known = set(one.vocabularies["tokens"])
    follows: Counter[tuple[int, bool]] = Counter()
    short = " ".join(word if word in known else "<unknown>" for word in line.split())
    for row in range(0, 1500, 3):
        first, second, _ = " ".join(words(one, "tokens", tokens[row])).split(" <separator>")
        first, second = first.removeprefix("<class> "), second.strip()
        assert first in short and second in short
        if len(first.split()) < 14:  # It was not cut.
            follows[int(one.arrays["label"][row]), f"{first} {second}" in short] += 1
        here = words(one, "segment", one.arrays["segment"][row]).count("second")
        assert here == len(second.split()) + 1
    # Between two sentences some of less than four words may have been left out.
    assert follows[1, True] > 3 * follows[1, False] and follows[0, True] <= 2


def test_passages_are_balanced_and_of_their_topics() -> None:
    one = table("text-topics")
    assert len(set(np.bincount(one.arrays["label"]))) == 1
    for number, names in enumerate(topics.GROUPS.values()):
        own = {word for part in paragraphs() if part.topic in names.split() for word in part.words}
        shown = set(words(one, "tokens", one.arrays["tokens"][one.arrays["label"] == number]))
        assert shown - own <= {"<unknown>"} and len(shown) > 200
    groups = [name for names in topics.GROUPS.values() for name in names.split()]
    assert len(set(groups)) == len(groups)


def test_passages_held_out_are_not_learnt_by_heart_elsewhere() -> None:
    one = table("text-topics")
    tokens, held = one.arrays["tokens"], one.blocks == 0
    learnt = {tuple(row[at : at + 12]) for row in tokens[~held] for at in range(13)}
    assert not any(tuple(row[at : at + 12]) in learnt for row in tokens[held] for at in range(13))


@pytest.mark.parametrize(
    ("name", "write", "glue"), [("korean-numbers", korean, ""), ("english-numbers", english, " ")]
)
def test_numbers_are_told_a_word_later(name: str, write: Any, glue: str) -> None:
    one = load(name, {"s": 7})
    assert one.arrays["source"].shape[1] == 7
    for row in range(0, len(one.arrays["source"]), 41):
        source = "".join(words(one, "source", one.arrays["source"][row])).replace("<pad>", "")
        expected = list(write(int(source)))
        count = int(one.arrays["mask"][row].sum())
        assert one.arrays["source_mask"][row].sum() == len(source)
        assert words(one, "before", one.arrays["before"][row])[:count] == ["<start>", *expected]
        assert words(one, "after", one.arrays["after"][row])[:count] == [*expected, "<end>"]
        assert not one.arrays["after"][row, count:].any() and not one.arrays["before"][row, count:].any()


def test_patches_are_the_pictures_squares() -> None:
    images = load("digits").features
    for sizes, side in (({}, 2), ({"s": 4}, 4), ({"p": 1}, 1), ({"s": 9}, 2), ({"p": 16}, 4)):
        patches = load("digits-patches", sizes).arrays["X"]
        assert patches.shape == (1797, 64 // side**2, side**2)
        for patch in range(64 // side**2):
            row, column = (side * part for part in divmod(patch, 8 // side))
            square = images[:, row : row + side, column : column + side].reshape(1797, -1)
            assert np.array_equal(patches[:, patch], square / 8 - 1)


def test_a_python_without_its_topics_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pydoc_data.topics", None)
    with pytest.raises(UsageError, match=r"no module pydoc_data\.topics"):
        paragraphs.__wrapped__()


REFUSED = {
    ("text-windows", "m", 3): "3 is odd",
    ("text-characters", "v", 1): "more than 1 words",
    ("text-characters", "t", 200_000): "a window of 200000 characters",
    ("text-masked", "v", 5): "more than 5 words",
    ("text-masked", "m", 9): "at most 8 words",
    ("text-masked", "t", 8): "at least 11 places",
    ("text-topics", "t", 5000): "too long",
    ("text-topics", "t", 2): "few passages of 2 words",
    ("korean-numbers", "s", 3): "up to 5 digits",
    ("english-numbers", "t", 4): "up to 10 words",
}


@pytest.mark.parametrize(("name", "axis", "size"), list(REFUSED))
def test_a_size_that_a_set_can_not_have_is_refused(name: str, axis: str, size: int) -> None:
    with pytest.raises(UsageError, match=re.escape(REFUSED[name, axis, size])):
        load(name, {axis: size})
