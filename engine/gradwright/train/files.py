"""A user's own data: a CSV or an NPZ file."""

from __future__ import annotations

import csv
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from gradwright.errors import UsageError
from gradwright.train.table import Table

Array = Any
TARGETS = ("target", "label", "class", "y", "Y")


def table_of_csv(path: Path) -> Table:
    """The examples of a CSV file: a line of names, one of which is to be told.

    Raises:
        UsageError: The file can't be read, or a line does not fit the first.
    """
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


def table_of_npz(path: Path) -> Table:
    """The arrays of an NPZ file under their own names.

    Raises:
        UsageError: The file can't be read.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise UsageError(f"{path} can't be read: {error}") from error
    features = arrays.get("X", np.empty((0, 0)))
    targets = arrays.get("y", arrays.get("Y", np.empty(0)))
    return Table(path.stem, features, targets, arrays)


READERS: Mapping[str, Callable[[Path], Table]] = {".csv": table_of_csv, ".npz": table_of_npz}
