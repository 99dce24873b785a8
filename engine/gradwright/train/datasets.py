"""Data sets: those known by name, each a record in a module of ``train/data``, and a user's own files."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from gradwright.errors import UsageError, nearest
from gradwright.registry import collect
from gradwright.train.files import READERS
from gradwright.train.table import Dataset, Table


@cache
def datasets() -> dict[str, Dataset]:
    """The data sets that are known by name."""
    return collect("gradwright.train.data", Dataset)


def load(name: str, sizes: Mapping[str, int] | None = None) -> Table:
    """A data set by its name, or one in a ``.csv`` or ``.npz`` file.

    A CSV file has a line of names first; the column called ``target``, ``label``, ``class`` or ``y`` (else
    the last) is to be told. An NPZ file holds ``X`` and ``y``, or an array for each of a model's data values.

    Args:
        name: The name or the file.
        sizes: Wanted sizes of the set's own axes, such as the places of a window.

    Raises:
        UsageError: There is no such data set or file, scikit-learn is missing, or the file is wrong.
    """
    known = datasets()
    if name in known:
        return known[name].make(sizes or {})
    path = Path(name)
    if path.suffix.lower() in READERS:
        return READERS[path.suffix.lower()](path)
    hint = nearest(name, known) or f"known: {', '.join(known)}; a file ends in .csv or .npz"
    raise UsageError(f"there is no data set {name}", hint=hint)
