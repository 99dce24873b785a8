"""Another function stands in a function's place, or one too many."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from gradwright.grade.why.changes.functions import added_function, other_function
from gradwright.grade.why.rule import Change, MalRule, Sight
from gradwright.language.tree import Call, Tree

_OPPOSITE = {"maximum": "minimum", "minimum": "maximum", "max": "min", "min": "max", "argmax": "argmin"}


def _opposite(node: Tree, _: Sight) -> Iterator[Change]:
    if isinstance(node, Call) and node.function in _OPPOSITE:
        yield Change(replace(node, function=_OPPOSITE[node.function]), node)
    if isinstance(node, Call) and node.function == "where":
        condition, yes, no = node.arguments
        yield Change(replace(node, arguments=(condition, no, yes)), node)


MINIMUM = MalRule("minimum", _opposite, 1.05)
OTHER = MalRule("function-other", other_function, 0.85)
ADDED = MalRule("function-added", added_function, 0.8, undone="function-missing")
