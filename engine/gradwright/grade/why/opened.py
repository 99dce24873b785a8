"""A formula with its functions written out: what a composite function stands for, in the same names."""

from __future__ import annotations

from collections.abc import Iterator

from gradwright.grade.why.rule import Sight
from gradwright.language.compose import arguments_of
from gradwright.language.scope import ReadError
from gradwright.language.tree import Call, Tree, substitute, walk


def opened(tree: Tree, sight: Sight) -> Iterator[Tree]:
    """The tree with all calls of one composite function written out, for each that it calls."""
    seen: set[str] = set()
    for node in walk(tree):
        if isinstance(node, Call) and node.function in sight.scope.composites and node.function not in seen:
            seen.add(node.function)
            written = _written(tree, node.function, sight)
            if written is not None:
                yield sight.store.intern(written)


def _written(tree: Tree, function: str, sight: Sight) -> Tree | None:
    for node in list(walk(tree)):
        if isinstance(node, Call) and node.function == function:
            body = body_of(node, sight)
            if body is None:
                return None
            tree = sight.store.replaced(sight.store.intern(tree), node, body)
    return tree


def body_of(call: Call, sight: Sight) -> Tree | None:
    """The formula that a call of a composite function stands for; None where it takes indices."""
    composite = sight.scope.composites[call.function]
    try:
        known: dict[str, Tree] = dict(arguments_of(composite, call))
    except ReadError:
        return None
    for formula in composite.formulas:
        if formula.indices:
            return None
        known[formula.target] = substitute(formula.body, known)
    return sight.store.intern(known[composite.formulas[-1].target])
