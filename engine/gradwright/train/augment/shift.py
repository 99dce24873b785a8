"""Pictures moved by some pixels: what comes in is empty, or the picture's own border, mirrored."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradwright.train.augmentation import Augmentation

Array = Any


def _windows(padded: Array, width: int, rng: np.random.Generator) -> Array:
    """From each padded picture a part of the old size, anywhere."""
    count, height, breadth = len(padded), *(side - 2 * width for side in padded.shape[-2:])
    flat = padded.reshape(count, -1, *padded.shape[-2:])
    begin = rng.integers(0, 2 * width + 1, (2, count))
    rows, columns = (
        first[:, None] + np.arange(side) for first, side in zip(begin, (height, breadth), strict=True)
    )
    made = flat[
        np.arange(count)[:, None, None, None],
        np.arange(flat.shape[1])[:, None, None],
        rows[:, None, :, None],
        columns[:, None, None, :],
    ]
    return made.reshape(*padded.shape[:-2], height, breadth)


def _around(pictures: Array, width: int) -> list[tuple[int, int]]:
    return [(0, 0)] * (pictures.ndim - 2) + [(width, width)] * 2


def _shifted(pictures: Array, most: float, rng: np.random.Generator, empty: float) -> Array:
    width = int(most)
    return _windows(np.pad(pictures, _around(pictures, width), constant_values=empty), width, rng)


def _cropped(pictures: Array, most: float, rng: np.random.Generator, empty: float) -> Array:
    width = int(most)
    return _windows(np.pad(pictures, _around(pictures, width), mode="reflect"), width, rng)


SHIFTS = (
    Augmentation("shift", _shifted, whole=True),
    Augmentation("crop", _cropped, whole=True),
)
