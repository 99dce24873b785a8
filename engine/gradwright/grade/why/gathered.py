"""The same product with the factors of a local derivative side by side: ``df*(f*(1 - f))``."""

from __future__ import annotations

from collections.abc import Iterator
from functools import reduce
from itertools import combinations

from gradwright.grade.why.build import times
from gradwright.grade.why.candidate import positions
from gradwright.grade.why.kinds import derivative_of
from gradwright.grade.why.outputs import output_of
from gradwright.grade.why.rule import Sight
from gradwright.language.tree import Binary, Tree

_FEWEST, _MOST = 3, 6


def gathered(tree: Tree, sight: Sight) -> Iterator[Tree]:
    """Equal trees in which two factors that make a local derivative stand together."""
    for node, above in positions(tree):
        if above and _is_product(above[-1][0]):
            continue
        factors = factors_of(node)
        if not _FEWEST <= len(factors) <= _MOST:
            continue
        for pair in combinations(range(len(factors)), 2):
            together = sight.store.intern(times(factors[pair[0]], factors[pair[1]]))
            if derivative_of(together, sight) or output_of(together, sight):
                rest = [factor for place, factor in enumerate(factors) if place not in pair]
                yield sight.store.plug(above, times(reduce(times, rest), together))


def factors_of(tree: Tree) -> list[Tree]:
    """The factors of a product of entries, however it is bracketed."""
    if isinstance(tree, Binary) and tree.operator == "*":
        return [*factors_of(tree.left), *factors_of(tree.right)]
    return [tree]


def _is_product(tree: Tree) -> bool:
    return isinstance(tree, Binary) and tree.operator == "*"
