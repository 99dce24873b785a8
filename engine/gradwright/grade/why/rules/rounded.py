"""A constant such as ``sqrt(2/pi)`` rounded to a few digits."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from gradwright.grade.why.kinds import is_constant
from gradwright.grade.why.rule import Change, MalRule, Sight
from gradwright.language.tree import Binary, Call, Name, Number, Tree

_NEAR = 0.02


def _digits(node: Tree, sight: Sight) -> Iterator[Change]:
    if not isinstance(node, Binary | Call | Name) or not is_constant(node):
        return
    value = sight.value(node)
    if value is None or np.ndim(value):
        return
    for one in sight.donors.numbers:
        if abs(float(one.value) - float(value)) <= _NEAR * abs(float(value)):
            yield Change(one, node)


def _value(node: Tree, sight: Sight) -> Iterator[Change]:
    """A value of the other formula where a number stands."""
    if isinstance(node, Number):
        yield from (Change(name, node) for name in sight.donors.names)


DIGITS = MalRule("rounded-constant", _digits, 1.05, mistake="rounded")
VALUE = MalRule("number-for-value", _value, 0.83, mistake="part")
