"""Data sets: scikit-learn's bundled real ones by name, and a user's own CSV or NPZ file."""

from __future__ import annotations

import csv
import importlib
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from gradwright.errors import UsageError, nearest

Array = Any
TARGETS = ("target", "label", "class", "y", "Y")


@dataclass(frozen=True)
class Dataset:
    """A data set that is known by name.

    Args:
        loader: The name of its function in ``sklearn.datasets``.
        image: Whether the features are the rows of a picture.
    """

    name: str
    title: str
    loader: str
    image: bool = False


@dataclass(frozen=True)
class Table:
    """Examples: what is known of each, and what is to be told.

    Args:
        features: (examples, features), or (examples, rows, columns) for pictures.
        targets: (examples,), classes or numbers.
        arrays: Values under names of their own, where a file gives them so.
    """

    name: str
    features: Array
    targets: Array
    arrays: Mapping[str, Array] = field(default_factory=dict)

    @property
    def image(self) -> bool:
        """Whether each example is a picture."""
        return bool(self.features.ndim == 3)


BUNDLED = (
    Dataset("digits", "Handwritten digits: 1797 pictures of 8 by 8 pixels, 10 classes", "load_digits", True),
    Dataset("breast_cancer", "Breast cancer: 569 cases, 30 features, 2 classes", "load_breast_cancer"),
    Dataset("diabetes", "Diabetes: 442 patients, 10 features, progression after a year", "load_diabetes"),
    Dataset("iris", "Iris: 150 flowers, 4 features, 3 classes", "load_iris"),
    Dataset("wine", "Wine: 178 wines, 13 features, 3 classes", "load_wine"),
)


def datasets() -> dict[str, Dataset]:
    """The data sets that are known by name."""
    return {one.name: one for one in BUNDLED}


def load(name: str) -> Table:
    """A data set by its name, or one in a ``.csv`` or ``.npz`` file.

    A CSV file has a line of names first; the column called ``target``, ``label``, ``class`` or ``y`` (else
    the last) is to be told. An NPZ file holds ``X`` and ``y``, or an array for each of a model's data values.

    Raises:
        UsageError: There is no such data set or file, scikit-learn is missing, or the file is wrong.
    """
    known = datasets()
    if name in known:
        return _bundled(known[name])
    path = Path(name)
    if path.suffix.lower() == ".csv":
        return _csv(path)
    if path.suffix.lower() == ".npz":
        return _npz(path)
    hint = nearest(name, known) or f"known: {', '.join(known)}; a file ends in .csv or .npz"
    raise UsageError(f"there is no data set {name}", hint=hint)


def _bundled(one: Dataset) -> Table:
    try:
        package = importlib.import_module("sklearn.datasets")
    except ImportError as error:
        raise UsageError(
            f"the data set {one.name} comes with scikit-learn, which is not installed",
            hint="pip install 'gradwright[data]'",
        ) from error
    bunch = getattr(package, one.loader)()
    features = np.asarray(bunch.images if one.image else bunch.data, np.float64)
    return Table(one.name, features, np.asarray(bunch.target))


def _csv(path: Path) -> Table:
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = [row for row in csv.reader(file) if row]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UsageError(f"{path} can't be read: {error}") from error
    if len(rows) < 2 or len(rows[0]) < 2:
        raise UsageError(f"{path} must have a line of names, at least two columns, and examples below")
    header = [name.strip() for name in rows[0]]
    at = next((header.index(name) for name in TARGETS if name in header), len(header) - 1)
    features = np.empty((len(rows) - 1, len(header) - 1))
    targets = []
    for number, row in enumerate(rows[1:]):
        if len(row) != len(header):
            raise UsageError(f"{path}, example {number + 1}: {len(row)} cells under {len(header)} names")
        others = [cell for place, cell in enumerate(row) if place != at]
        try:
            features[number] = [float(cell) for cell in others]
        except ValueError as error:
            raise UsageError(f"{path}, example {number + 1}: a feature is no number: {error}") from error
        targets.append(row[at].strip())
    if not np.isfinite(features).all():
        raise UsageError(f"{path}: a feature is not finite")
    try:
        numbers: Array = np.array([float(target) for target in targets])
    except ValueError:
        numbers = np.array(targets)
    return Table(path.stem, features, numbers)


def _npz(path: Path) -> Table:
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise UsageError(f"{path} can't be read: {error}") from error
    features = arrays.get("X", np.empty((0, 0)))
    targets = arrays.get("y", arrays.get("Y", np.empty(0)))
    return Table(path.stem, features, targets, arrays)
