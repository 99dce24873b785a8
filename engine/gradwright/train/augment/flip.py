"""Pictures mirrored with a probability."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradwright.train.augmentation import Augmentation

Array = Any


def _mirrored(pictures: Array, chance: float, rng: np.random.Generator, axis: int) -> Array:
    chosen = rng.random(len(pictures)) < chance
    return np.where(chosen.reshape(-1, *[1] * (pictures.ndim - 1)), np.flip(pictures, axis), pictures)


def _left_right(pictures: Array, chance: float, rng: np.random.Generator, empty: float) -> Array:
    return _mirrored(pictures, chance, rng, -1)


def _up_down(pictures: Array, chance: float, rng: np.random.Generator, empty: float) -> Array:
    return _mirrored(pictures, chance, rng, -2)


FLIPS = (
    Augmentation("flip-horizontal", _left_right, usual=0.5, most=1.0),
    Augmentation("flip-vertical", _up_down, usual=0.5, most=1.0),
)
