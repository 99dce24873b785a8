"""A term of a sum left out."""

from __future__ import annotations

from collections.abc import Iterator

from gradwright.grade.why.build import negative, summands, total
from gradwright.grade.why.rule import Change, Sight
from gradwright.language.tree import Binary, Tree

_FEWEST, _MOST = 3, 6


def dropped_term(node: Tree, _: Sight) -> Iterator[Change]:
    """The sum without one of its two sides."""
    if isinstance(node, Binary) and node.operator in ("+", "-"):
        yield Change(node.left, node.right)
        yield Change(node.right if node.operator == "+" else negative(node.right), node.left)
        yield from _alone(node)


def _alone(node: Binary) -> Iterator[Change]:
    """One of three terms or more, all others left out."""
    terms = summands(node)
    if not _FEWEST <= len(terms) <= _MOST:
        return
    for place in range(len(terms)):
        rest = [*terms[:place], *terms[place + 1 :]]
        yield Change(total([terms[place]]), total(rest))
