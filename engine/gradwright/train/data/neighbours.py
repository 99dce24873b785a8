"""Words and the words beside them: pairs and windows with drawn words, and how often words stand together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from gradwright.errors import UsageError
from gradwright.train.corpus import blocks, common_words, sequences, vocabulary
from gradwright.train.table import Dataset, Table, View

Array = Any
REACH = 5
"""How far from a word the words beside it may stand."""
FREQUENT = 1e-2
"""Words of more than this share of the text are thinned out."""


def _pairs(sizes: Mapping[str, int]) -> Table:
    """Each word with each word beside it, and words drawn in that one's place.

    The reach is drawn for each word, up to ``REACH``, and frequent words are thinned out.

    Args:
        sizes: How many words ``m`` are drawn for a pair; the most words ``v`` of the vocabulary.

    Source:
        Mikolov, Sutskever, Chen, Corrado and Dean (2013), "Distributed Representations of Words and Phrases
        and their Compositionality", section 2: the thinning (eq. 5), and draws by the power 3/4.
    """
    rng = np.random.default_rng(0)
    words, found = _numbered(sizes, PAIRS.name)
    counts = np.bincount(np.concatenate(found), minlength=len(words))
    keep = np.minimum(1, np.sqrt(FREQUENT * counts.sum() / np.maximum(counts, 1)))
    kept = [one[rng.random(len(one)) < keep[one]] for one in found]
    middle, beside, _, owner = _together(kept, lambda count: rng.integers(1, REACH + 1, count))
    drawn = _drawn(rng, counts, beside, sizes.get("m", 5))
    return Table(
        PAIRS.name,
        arrays={"word": middle, "beside": beside, "drawn": drawn},
        views=PAIRS.values,
        vocabularies=dict.fromkeys(PAIRS.values, words),
        blocks=blocks([len(one) for one in found])[owner],
    )


def _windows(sizes: Mapping[str, int]) -> Table:
    """Each word with the ``m`` words around it, half of them on each side, and ``r`` drawn in its place."""
    rng = np.random.default_rng(0)
    around, share = divmod(sizes.get("m", 4), 2)
    if share or not around:
        raise UsageError(
            f"the data set {WINDOWS.name} takes half of a context from each side, and {sizes['m']} is odd",
            hint=f"write {sizes['m'] + 1} in [sizes]",
        )
    words, found = _numbered(sizes, WINDOWS.name)
    wide, owner = [], []
    for number, one in enumerate(found):
        if len(one) > 2 * around:
            parts = np.lib.stride_tricks.sliding_window_view(one, 2 * around + 1)
            wide.append(parts)
            owner += [number] * len(parts)
    whole = np.concatenate(wide)
    counts = np.bincount(np.concatenate(found), minlength=len(words))
    return Table(
        WINDOWS.name,
        arrays={
            "context": np.delete(whole, around, axis=1),
            "word": whole[:, around],
            "drawn": _drawn(rng, counts, whole[:, around], sizes.get("r", 5)),
        },
        views=WINDOWS.values,
        vocabularies=dict.fromkeys(WINDOWS.values, words),
        blocks=blocks([len(one) for one in found])[owner],
    )


def _counts(sizes: Mapping[str, int]) -> Table:
    """Pairs of words that stand together: how often, and the same with each time weighted by the distance.

    Source:
        Pennington, Socher and Manning (2014), "GloVe: Global Vectors for Word Representation", section 4.2:
        words that are d apart count 1/d.
    """
    words, found = _numbered(sizes, COUNTS.name)
    middle, beside, distance, _ = _together(found, lambda count: np.full(count, REACH))
    pairs, where = np.unique(middle * len(words) + beside, return_inverse=True)
    return Table(
        COUNTS.name,
        arrays={
            "i": pairs // len(words),
            "j": pairs % len(words),
            "x": np.bincount(where),
            "weighted": np.bincount(where, 1 / distance),
        },
        views=COUNTS.values,
        vocabularies={"i": words, "j": words},
    )


def _numbered(sizes: Mapping[str, int], name: str) -> tuple[tuple[str, ...], list[Array]]:
    """The vocabulary, and each paragraph as places in it."""
    words = vocabulary(sizes.get("v"), (), common_words(), name)
    return words, sequences(words)


def _together(found: Sequence[Array], reach: Any) -> tuple[Array, Array, Array, Array]:
    """Each word and each within its reach in the same sequence: both, their distance and the sequence."""
    parts: list[tuple[Array, Array, Array, Array]] = []
    for number, one in enumerate(found):
        far = reach(len(one))
        for step in range(1, min(REACH, len(one) - 1) + 1):
            for middle, beside, near in (
                (one[:-step], one[step:], far[:-step]),
                (one[step:], one[:-step], far[step:]),
            ):
                seen = near >= step
                count = int(seen.sum())
                parts.append((middle[seen], beside[seen], np.full(count, step), np.full(count, number)))
    first, second, distance, owner = (np.concatenate(column) for column in zip(*parts, strict=True))
    return first, second, distance, owner


def _drawn(rng: np.random.Generator, counts: Array, right: Array, many: int) -> Array:
    """Words drawn by the power 3/4 of how frequent they are, none of them the right one of its row."""
    chances = np.maximum(counts, 1) ** 0.75
    edges = np.cumsum(chances) / chances.sum()
    drawn = np.searchsorted(edges, rng.random((len(right), many)), side="right")
    while (clash := drawn == right[:, None]).any():
        drawn[clash] = np.searchsorted(edges, rng.random(int(clash.sum())), side="right")
    return drawn


PAIRS = Dataset(
    "text-pairs",
    _pairs,
    {"word": View("n", "v"), "beside": View("n", "v"), "drawn": View("n m", "v", drawn=True)},
)
WINDOWS = Dataset(
    "text-windows",
    _windows,
    {"context": View("n m", "v"), "word": View("n", "v"), "drawn": View("n r", "v", drawn=True)},
)
COUNTS = Dataset(
    "text-counts",
    _counts,
    {"i": View("n", "v"), "j": View("n", "v"), "x": View("n"), "weighted": View("n")},
)
