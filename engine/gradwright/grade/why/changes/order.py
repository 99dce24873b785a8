"""The factors of a product in another order."""

from __future__ import annotations

from collections.abc import Iterator

from gradwright.grade.why.build import binary, call, is_call
from gradwright.grade.why.rule import Change, Sight
from gradwright.language.tree import Binary, Call, Tree

_TWO_SIDED = frozenset({"outer", "kron", "solve", "dot", "matmul"})
_LONGEST = 5


def swapped(node: Tree, _: Sight) -> Iterator[Change]:
    """Two factors of a matrix product, or both arguments of ``outer`` and the like, exchanged."""
    if isinstance(node, Call) and node.function in _TWO_SIDED and len(node.arguments) == 2:
        yield Change(call(node.function, *reversed(node.arguments)), node)
    chain = chain_of(node)
    if 2 <= len(chain) <= _LONGEST:
        for one in range(len(chain)):
            for other in range(one + 1, len(chain)):
                order = list(chain)
                order[one], order[other] = order[other], order[one]
                yield Change(product(order), node)
    if isinstance(node, Call) and node.function in ("transpose", "inv"):
        inner = chain_of(node.arguments[0])
        if len(inner) > 1:
            yield Change(product([call(node.function, part) for part in inner]), node)
            if is_call(node, "transpose"):
                yield Change(product(list(reversed(inner))), node)


def chain_of(tree: Tree) -> list[Tree]:
    """The factors of a matrix product, however it is bracketed."""
    if isinstance(tree, Binary) and tree.operator == "@":
        return [*chain_of(tree.left), *chain_of(tree.right)]
    return [tree]


def product(parts: list[Tree]) -> Tree:
    """The matrix product of the parts."""
    tree = parts[0]
    for part in parts[1:]:
        tree = binary("@", tree, part)
    return tree
