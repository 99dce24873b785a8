"""Registration by being there: the records of one class in the modules of a package."""

from __future__ import annotations

import importlib
import pkgutil
from typing import TypeVar

T = TypeVar("T")


def collect(package: str, kind: type[T]) -> dict[str, T]:
    """Import the modules of a package and take their module-level values of one class.

    A module may hold a record, or a tuple or list of records. A record that another module imported is
    the same object and counts once.

    Args:
        package: The package's dotted name.
        kind: The class; its values have a ``name``.

    Returns:
        The records by name, in the order of the modules' names and of their lines.

    Raises:
        ValueError: Two records of the package have one name.
    """
    found: dict[str, T] = {}
    for info in pkgutil.iter_modules(importlib.import_module(package).__path__):
        module = importlib.import_module(f"{package}.{info.name}")
        for value in vars(module).values():
            for record in value if isinstance(value, tuple | list) else (value,):
                if isinstance(record, kind):
                    name = str(getattr(record, "name", ""))
                    if found.setdefault(name, record) is not record:
                        raise ValueError(f"{package}: two {kind.__name__} records are called {name!r}")
    return found
