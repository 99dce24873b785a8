"""A factor of a product, or a divisor, left out."""

from __future__ import annotations

from collections.abc import Iterator

from gradwright.grade.why.build import ONE, is_number, over
from gradwright.grade.why.changes.partial import flat, joined
from gradwright.grade.why.rule import Change, Sight
from gradwright.language.tree import Binary, Tree

_MOST = 6


def dropped_factor(node: Tree, _: Sight) -> Iterator[Change]:
    """The product without one of its factors; the quotient without its divisor or its numerator."""
    if not isinstance(node, Binary):
        return
    if node.operator in "*@/":
        yield from _inner(node)
    if node.operator in "*@":
        yield Change(node.left, node.right)
        yield Change(node.right, node.left)
    elif node.operator == "/":
        yield Change(node.left, node.right)
        if not is_number(node.left, 1):
            yield Change(over(ONE, node.right), node.left)


def _inner(node: Binary) -> Iterator[Change]:
    """A factor further inside left out: ``2/n*r`` for ``2/n*X.T @ r``, which would else be no product."""
    factors = flat(node)
    if node.operator != "@" or not 3 <= len(factors) <= _MOST:
        return
    for place in range(1, len(factors) - 1):
        sign, factor = factors[place]
        after, follower = factors[place + 1]
        if (sign, after) == ("*", "@"):
            rest = [*factors[:place], ("*", follower), *factors[place + 2 :]]
            yield Change(joined(rest), factor)
