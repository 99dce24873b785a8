"""The number of places on an axis, read from a key: a letter, a number, or a formula of letters."""

from __future__ import annotations

from functools import cache

from sympy import Expr, Integer

from gradwright.language.lower import lower
from gradwright.language.parse import parse
from gradwright.language.scope import Scope, Value
from gradwright.language.tree import names
from gradwright.language.words import canonical_name
from gradwright.tensor.nodes import Entry, size


@cache
def extent_of(axis: str) -> Expr:
    """An axis's size, such as that of ``n``, ``3`` or ``H - kh + 1``.

    >>> extent_of("2*n - 1")
    2*n - 1
    """
    if axis.isdigit():
        return Integer(int(axis))
    if axis.isidentifier():
        return size(canonical_name(axis))
    tree = parse(axis)
    letters = names(tree)
    entry = lower(tree, Scope({name: Value(()) for name in letters})).entry
    return entry.xreplace({Entry(name): size(name) for name in letters})
