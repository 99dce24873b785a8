"""Sequences from the distribution of the next symbol, against all sequences there are."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest

from gradwright.train.decode import Ask, Made, beam, draw

Array = Any
SYMBOLS, END, MOST = 4, 0, 4


def _language(seed: int, examples: int = 3, sharp: float = 2.0) -> tuple[Ask, dict[tuple[int, ...], Array]]:
    """A language of four symbols in which every prefix of every example has a distribution of its own."""
    rng = np.random.default_rng(seed)
    known: dict[tuple[int, ...], Array] = {}
    for example in range(examples):
        for length in range(1, MOST + 1):
            for prefix in product(range(SYMBOLS), repeat=length):
                logits = sharp * rng.normal(size=SYMBOLS)
                known[example, *prefix] = logits - np.log(np.exp(logits).sum())

    def ask(rows: Array, prefixes: Array) -> Array:
        return np.array(
            [known[int(row), *map(int, prefix)] for row, prefix in zip(rows, prefixes, strict=True)]
        )

    return ask, known


def _all(known: dict[tuple[int, ...], Array], example: int) -> list[Made]:
    """Every sequence of up to ``MOST`` symbols that ends, or that is cut there."""
    found = []
    for length in range(1, MOST + 1):
        for symbols in product(range(SYMBOLS), repeat=length):
            ends = symbols[-1] == END and END not in symbols[:-1]
            if ends or (length == MOST and END not in symbols):
                prefixes = [(example, 1, *symbols[:place]) for place in range(length)]
                log = sum(float(known[one][symbol]) for one, symbol in zip(prefixes, symbols, strict=True))
                found.append(Made(symbols, log))
    return found


BEGIN = np.ones((3, 1), int)


@pytest.mark.parametrize("seed", range(5))
def test_a_wide_beam_finds_the_best_of_all_sequences(seed: int) -> None:
    ask, known = _language(seed)
    for example, found in enumerate(beam(ask, BEGIN, MOST, END, SYMBOLS**MOST)):
        best = max(_all(known, example), key=lambda made: made.merit)
        assert found.symbols == best.symbols
        assert found.log == pytest.approx(best.log)


@pytest.mark.parametrize("width", [1, 2, 3])
def test_a_beam_finds_nothing_worse_than_the_greedy_sequence(width: int) -> None:
    better = 0  # among these, a beam of two by itself loses a greedy sequence that is better
    for seed in range(40):
        ask, _ = _language(seed, sharp=0.7)
        pairs = zip(beam(ask, BEGIN, MOST, END, width), draw(ask, BEGIN, MOST, END), strict=True)
        for found, greedy in pairs:
            assert found.merit >= greedy.merit
            better += found.symbols != greedy.symbols
    assert (better > 0) == (width > 1)


def test_what_is_made_ends_with_the_end_and_has_the_probability_of_its_symbols() -> None:
    ask, known = _language(7)
    for width in (1, 3):
        for example, found in enumerate(beam(ask, BEGIN, MOST, END, width)):
            assert END not in found.symbols[:-1]
            same = next(one for one in _all(known, example) if one.symbols == found.symbols)
            assert found.log == pytest.approx(same.log)


def test_draws_come_as_often_as_they_are_probable() -> None:
    ask, known = _language(3, examples=1, sharp=1.0)
    many = 4000

    def alike(rows: Array, prefixes: Array) -> Array:
        return ask(np.zeros_like(rows), prefixes)

    rng = np.random.default_rng(0)
    for temperature in (1.0, 0.5):
        made = draw(alike, np.ones((many, 1), int), 1, None, temperature, rng)
        share = np.bincount([one.symbols[0] for one in made], minlength=SYMBOLS) / many
        wanted = np.exp(known[0, 1] / temperature)
        assert share == pytest.approx(wanted / wanted.sum(), abs=0.03)
