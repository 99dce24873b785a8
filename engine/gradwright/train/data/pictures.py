"""scikit-learn's bundled real data; its pictures of digits whole, and cut into patches."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np

from gradwright.errors import UsageError
from gradwright.train.table import Dataset, Table, View

Array = Any


def _bunch(name: str) -> Any:
    """What scikit-learn's loader of a data set gives; it is imported here, and not where sets are listed."""
    try:
        package = importlib.import_module("sklearn.datasets")
    except ImportError as error:
        raise UsageError(
            f"the data set {name} comes with scikit-learn, which is not installed",
            hint="pip install 'gradwright[data]'",
        ) from error
    return getattr(package, f"load_{name}")()


def _table(name: str, sizes: Mapping[str, int]) -> Table:
    """Features, or pictures as (examples, rows, columns), and targets."""
    bunch = _bunch(name)
    features = np.asarray(bunch.images if "images" in bunch else bunch.data, np.float64)
    return Table(name, features, np.asarray(bunch.target))


def _patches(sizes: Mapping[str, int]) -> Table:
    """The pictures of digits as square patches in rows, their pixels from -1 to 1.

    Args:
        sizes: The wanted number of patches ``s`` (4, 16 or 64), or else of pixels ``p``; 16 patches of 4
            pixels unless it is one of these.
    """
    bunch = _bunch("digits")
    images = np.asarray(bunch.images, np.float64) / 8 - 1
    sides = {64 // side**2: side for side in (4, 2, 1)}
    side = sides.get(sizes.get("s", 64 // sizes.get("p", 4)), 2)
    across = 8 // side
    parts = images.reshape(-1, across, side, across, side).swapaxes(2, 3)
    patches = parts.reshape(len(images), across**2, side**2)
    words = tuple(str(name) for name in bunch.target_names)
    arrays = {"X": patches, "label": np.asarray(bunch.target)}
    return Table("digits-patches", arrays=arrays, views=PATCHES.values, vocabularies={"label": words})


_CLASSES = {"X": View("n d"), "y": View("n", "k")}
SETS = (
    Dataset("digits", partial(_table, "digits"), {"X": View("n h w"), "y": View("n", "k")}, by_role=True),
    Dataset("breast_cancer", partial(_table, "breast_cancer"), _CLASSES, by_role=True),
    Dataset("diabetes", partial(_table, "diabetes"), {"X": View("n d"), "y": View("n")}, by_role=True),
    Dataset("iris", partial(_table, "iris"), _CLASSES, by_role=True),
    Dataset("wine", partial(_table, "wine"), _CLASSES, by_role=True),
)
PATCHES = Dataset("digits-patches", _patches, {"X": View("n s p"), "label": View("n", "k")})
