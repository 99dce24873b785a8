"""Masks are what the published generator draws, and look like nothing but chance."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import stats

from gradwright.execute.draw import ROUNDS, WORDS, Draws, mask, most, threefry
from gradwright.language.scope import Value
from gradwright.tensor.nodes import size

# Of each row: rounds, the counter, the key, the words drawn. Source: Random123, tests/kat_vectors.
KNOWN = [
    (13, "00000000 00000000 00000000 00000000 9d1c5ec6 8bd50731"),
    (13, "ffffffff ffffffff ffffffff ffffffff fd36d048 2d17272c"),
    (13, "243f6a88 85a308d3 13198a2e 03707344 ba3e4725 f27d669e"),
    (20, "00000000 00000000 00000000 00000000 6b200159 99ba4efe"),
    (20, "ffffffff ffffffff ffffffff ffffffff 1cb996fc bb002be7"),
    (20, "243f6a88 85a308d3 13198a2e 03707344 c4923a9c 483df7a0"),
    (32, "00000000 00000000 00000000 00000000 cee3d47e a23dfd5c"),
    (32, "ffffffff ffffffff ffffffff ffffffff 6e2fe0d0 b1b76f82"),
    (32, "243f6a88 85a308d3 13198a2e 03707344 e2827716 c3c05cdf"),
]
SIGMAS = 4.5
"""A sum of many independent draws is further than this from its mean once in 150,000 times."""


@pytest.mark.parametrize(("rounds", "row"), KNOWN)
def test_the_generator_draws_the_published_words(rounds: int, row: str) -> None:
    *given, left, right = (int(word, 16) for word in row.split())
    first, second, *key = map(WORDS.number, given)
    found = threefry(WORDS, (key[0], key[1]), (first, second), rounds)
    assert [int(word[0]) for word in found] == [left, right]


def test_as_many_rounds_are_done_as_have_known_answers() -> None:
    assert ROUNDS in {rounds for rounds, _ in KNOWN}


@pytest.mark.parametrize("chance", [0.05, 0.5, 0.8, 0.999])
def test_the_mean_is_the_probability(chance: float) -> None:
    shape = (500, 400)
    for step in (1, 2, 10**6):
        away = mask(shape, chance, 3, step).mean() - chance
        assert abs(away) < SIGMAS * np.sqrt(chance * (1 - chance) / np.prod(shape))


def test_a_sure_draw_is_always_1_and_the_least_likely_one_can_be() -> None:
    assert mask((10_000,), 1.0, 0, 1).all()
    assert most(1.0) == 2**32 - 1 and most(0.5) == 2**31 - 1 and most(1e-30) == 0


def _away(one: Any, other: Any) -> float:
    """How far the share of agreement of two fair masks is from a half, in standard deviations."""
    return float(abs((one == other).mean() - 0.5) * 2 * np.sqrt(one.size))


def test_steps_values_seeds_and_neighbours_tell_nothing_of_each_other() -> None:
    shape = (300, 400)
    one = mask(shape, 0.5, 11, 5)
    others = {
        "the next step": mask(shape, 0.5, 11, 6),
        "a far step": mask(shape, 0.5, 11, 5 + 2**20),
        "another value": mask(shape, 0.5, 11, 5, 1),
        "another seed": mask(shape, 0.5, 12, 5),
        "seed and step exchanged": mask(shape, 0.5, 5, 11),
    }
    for what, other in others.items():
        assert _away(one, other) < SIGMAS, what
    for lag in (1, 2, 3, 4, 7, 8, 16, 400, 401):
        assert _away(one.ravel()[lag:], one.ravel()[:-lag]) < SIGMAS, lag


@pytest.mark.parametrize("chance", [0.5, 0.25])
def test_patterns_come_as_often_as_they_should(chance: float) -> None:
    """Pearson's chi-square of all patterns of eight draws: of neighbours, and of one place at eight steps."""
    rows = mask((25_000, 8), chance, 7, 1)
    steps = np.stack([mask((25_000,), chance, 7, step) for step in range(1, 9)], axis=1)
    ones = np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1).sum(axis=1)
    expected = 25_000 * chance**ones * (1 - chance) ** (8 - ones)
    likely = expected >= 5  # below, the statistic is no chi-square; rare patterns count as one
    for drawn in (rows, steps):
        counts = np.bincount((drawn @ 2 ** np.arange(7, -1, -1)).astype(int), minlength=256)
        found = np.append(counts[likely], counts[~likely].sum())
        hoped = np.append(expected[likely], expected[~likely].sum())
        found, hoped = found[hoped > 0], hoped[hoped > 0]
        chance_of_more = stats.chi2.sf(((found - hoped) ** 2 / hoped).sum(), len(found) - 1)
        assert 1e-4 < chance_of_more < 1 - 1e-4, chance_of_more


def test_a_mask_is_the_same_at_whatever_sizes_come_after_it() -> None:
    assert np.array_equal(mask((3, 50), 0.5, 1, 2), mask((7, 50), 0.5, 1, 2)[:3])


def test_the_drawn_values_are_told_from_those_given() -> None:
    n = size("n")
    data = {"x": Value((n,)), "D": Value((n,), "mask", "keep"), "E": Value((), "mask", 0.25)}
    draws = Draws.of(data, {"keep": 0.5})
    masks, means = draws.masks({"n": 4}, 9, 3), draws.means({"n": 4})
    assert means["D"].tolist() == [0.5] * 4 and means["E"] == 0.25
    assert masks["D"].tolist() == mask((4,), 0.5, 9, 3, 0).tolist()
    assert masks["E"] == mask((), 0.25, 9, 3, 1)
    assert list(draws.given({"x": np.ones(4)})) == ["x"]
