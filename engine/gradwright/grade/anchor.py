"""How far an answer's indices run, where the answer does not say so: as far as those of what is asked."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from gradwright.grade.key import Expected
from gradwright.language.free import loose_names, places_alone
from gradwright.language.said import Reading
from gradwright.language.tree import Binary, Item, Name, Number


def anchored(reading: Reading, expected: Expected, right: Reading | None = None) -> Reading:
    """The reading with its indices said, where one stands in a condition or a shifted place alone.

    In ``dE[i, j] = sum(t, (i == tokens[t])*dx[t, j])`` nothing tells how far ``i`` runs, and in
    ``dK[p] = sum(a, X[p + a]*dZ[a])`` it is the kernel that ends ``p``. What says so is a value that they
    subscript; zero times such a value changes nothing.

    Args:
        reading: An answer, or the reference itself.
        expected: The question.
        right: The reference as it was read; its indices are meant where an answer has no left side.
    """
    indices = _indices(reading, right or reading)
    alone = places_alone(reading.tree)
    shape = expected.vars.get(expected.wrt, ())
    if alone.issuperset(indices) or not 0 < len(indices) <= len(shape):
        return reading
    place = Item(Name(expected.wrt), tuple(Name(name) for name in indices))
    tree = Binary("+", Binary("*", Number(Fraction(0)), place), reading.tree)
    return replace(reading, tree=tree, free=indices)


def _indices(reading: Reading, right: Reading) -> tuple[str, ...]:
    """The answer's free indices in order: those of its left side, or else the reference's."""
    if reading.ordered:
        return reading.free
    free = {*reading.free, *(name for name in loose_names(reading.tree) if name in right.free)}
    return right.free if free == set(right.free) else reading.free
