"""A factor that reaches one term of a sum only."""

from __future__ import annotations

from collections.abc import Iterator

from gradwright.grade.why.build import ONE, total
from gradwright.grade.why.rule import Change, Sight
from gradwright.language.tree import Binary, Tree

Factor = tuple[str, Tree]
_MOST = 6


def partial(node: Tree, sight: Sight) -> Iterator[Change]:
    """A product with a sum, multiplied out so that some factor stands before one of the terms only."""
    if not isinstance(node, Binary) or node.operator not in "*/@":
        return
    factors = flat(node)
    if len(factors) > _MOST:
        return
    for place, (sign, factor) in enumerate(factors):
        if sign == "/" or not (isinstance(factor, Binary) and factor.operator in "+-"):
            continue
        first, second = (1, factor.left), (1 if factor.operator == "+" else -1, factor.right)
        for lost in _groups(factors, place, sight):
            kept = [one for number, one in enumerate(factors) if number not in lost]
            at = place - sum(number < place for number in lost)
            whole = [(side[0], joined(_put(factors, place, side[1]))) for side in (first, second)]
            bare = [(side[0], joined(_put(kept, at, side[1]))) for side in (first, second)]
            part = factors[min(lost)][1]
            yield Change(total([whole[0], bare[1]]), part)
            yield Change(total([bare[0], whole[1]]), part)


def _groups(factors: list[Factor], place: int, sight: Sight) -> Iterator[frozenset[int]]:
    """The factors that may be lost: each one alone, and all those without axes together."""
    others = [number for number in range(len(factors)) if number != place]
    yield from (frozenset({number}) for number in others)
    scalars = frozenset(
        n for n in others if (value := sight.value(factors[n][1])) is not None and not value.ndim
    )
    if len(scalars) > 1:
        yield scalars


def _put(factors: list[Factor], place: int, tree: Tree) -> list[Factor]:
    return [(sign, tree if number == place else one) for number, (sign, one) in enumerate(factors)]


def flat(tree: Tree) -> list[Factor]:
    """The factors of a product, each with the operator in front of it; the first one's does not count."""
    if isinstance(tree, Binary) and tree.operator in "*/@":
        return [*flat(tree.left), (tree.operator, tree.right)]
    return [("*", tree)]


def joined(factors: list[Factor]) -> Tree:
    """The product of factors."""
    sign, tree = factors[0]
    if sign == "/":
        tree = Binary("/", ONE, tree)
    for sign, factor in factors[1:]:
        tree = Binary(sign, tree, factor)
    return tree
