"""Numbers with normal noise added."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradwright.train.augmentation import Augmentation

Array = Any


def _noisy(examples: Array, spread: float, rng: np.random.Generator, empty: float) -> Array:
    return examples + rng.normal(0, spread, examples.shape)


NOISE = Augmentation("noise", _noisy, picture=False)
