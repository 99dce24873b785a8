"""The record of one primitive function, and the table of all of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from gradwright.language.array import Array
from gradwright.language.tree import Call
from gradwright.registry import collect

if TYPE_CHECKING:
    from gradwright.language.reader import Reader

Build = Callable[[Call, "Reader"], Array]


@dataclass(frozen=True)
class Primitive:
    """One function that is not a formula of others.

    Args:
        name: How the language spells it.
        build: From a call to the array it is: the shape, checked at once, and the rule for its entries.
        operands: The least and the greatest number of positional arguments.
        options: The named options that it takes.
        names: Other spellings.
    """

    name: str
    build: Build
    operands: tuple[int, int] = (1, 1)
    options: tuple[str, ...] = ()
    names: tuple[str, ...] = ()


@cache
def primitives() -> Mapping[str, Primitive]:
    """Every primitive function by each of its names: the records in the files of ``language/functions``."""
    records = collect("gradwright.language.functions", Primitive).values()
    return {name: record for record in records for name in (record.name, *record.names)}
