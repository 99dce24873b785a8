"""The free indices of a tree: undeclared names that subscript a value and that no sum binds."""

from __future__ import annotations

import re
from collections.abc import Iterator
from collections.abc import Sequence as Many

from gradwright.language.scope import Scope
from gradwright.language.tree import Call, Compare, Item, Name, NewAxis, Sequence, Slice, Tree, children, walk
from gradwright.language.words import INDEX_REDUCTIONS, listed

LITERALS = listed("None True False newaxis")
CONSTANTS = listed("pi E inf") | LITERALS
"""Names that are never declared: constants of mathematics and words of the grammar."""

_INDEX = re.compile(r"[^\W\d_]_?[0-9]*")


def free_indices(tree: Tree, scope: Scope, named: Many[str] = ()) -> tuple[str, ...]:
    """The names that index a value and that nothing declares or binds, in the order of their first use.

    An axis's name is its size, as in ``X[n - 1]``; but alone in a subscript, where that size would always be
    one too far, it is an index: ``exp(z[k])`` of ``z: k``. An index is one letter, so that a misspelled name
    is not taken for one, unless it is ``named`` so on the left side.

    >>> from gradwright.language.parse import parse
    >>> free_indices(parse("sum(j, X[i, j]*w[j])"), Scope({}))
    ('i',)
    """
    found: dict[str, None] = {}
    for name, alone in _indexing(tree):
        declared = name in scope.values or name in CONSTANTS or (name in scope.axes and not alone)
        if name in named or (not declared and _INDEX.fullmatch(name)):
            found.setdefault(name)
    return tuple(found)


def loose_names(tree: Tree) -> tuple[str, ...]:
    """The names in a tree's conditions that subscript nothing and that no sum binds.

    >>> from gradwright.language.parse import parse
    >>> loose_names(parse("sum(t, (i == tokens[t])*x[t, j])"))
    ('i',)
    """
    sides = [part for node in walk(tree) if isinstance(node, Compare) for part in (node.left, node.right)]
    bound = {name.name for node in walk(tree) if isinstance(node, Call) for name in bound_names(node)}
    return tuple(
        dict.fromkeys(part.name for part in sides if isinstance(part, Name) and part.name not in bound)
    )


def places_alone(tree: Tree) -> set[str]:
    """The names that stand in a subscript alone, as ``i`` and not ``p`` or ``a`` does in ``X[i, p + a]``."""
    items = (node for node in walk(tree) if isinstance(node, Item))
    return {part.name for item in items for part in item.selectors if isinstance(part, Name)}


def as_subscripts(name: str, scope: Scope) -> str:
    """``X[i, j]`` for the name ``X_ij``, where X is a value of two axes; empty for other names."""
    head, _, letters = name.rpartition("_")
    value = scope.values.get(head)
    if value is None or len(value.shape) != len(letters) or not letters.isalpha():
        return ""
    return f"{head}[{', '.join(letters)}]"


def bound_names(call: Call) -> tuple[Name, ...]:
    """The indices that ``sum(i, ...)`` or ``max((i, j), ...)`` binds in its last argument."""
    if call.function not in INDEX_REDUCTIONS or len(call.arguments) < 2:
        return ()
    heads = (item for tree in call.arguments[:-1] for item in _listed(tree))
    return tuple(head for head in heads if isinstance(head, Name))


def _listed(tree: Tree) -> tuple[Tree, ...]:
    return tree.items if isinstance(tree, Sequence) else (tree,)


def _indexing(tree: Tree) -> Iterator[tuple[str, bool]]:
    """The names in subscripts that no sum binds, and whether each stands there alone; from left to right."""
    nothing: frozenset[str] = frozenset()
    stack: list[tuple[Tree, frozenset[str]]] = [(tree, nothing)]
    while stack:
        node, bound = stack.pop()
        if isinstance(node, Item):
            for selector in node.selectors:
                if isinstance(selector, Slice | NewAxis):
                    continue
                for part in walk(selector):
                    if isinstance(part, Name) and part.name not in bound:
                        yield part.name, part is selector
        parts = children(node)
        if isinstance(node, Call) and (heads := bound_names(node)):
            parts, bound = node.arguments[-1:], bound | {head.name for head in heads}
        stack.extend((part, bound) for part in reversed(parts))
