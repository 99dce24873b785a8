"""An axis of length one too many or too few, or on the wrong side."""

from __future__ import annotations

from collections.abc import Iterator

from gradwright.grade.why.build import column, is_new
from gradwright.grade.why.rule import Change, Context, MalRule, Sight
from gradwright.language.tree import Item, NewAxis, Slice, Tree


def _spread(node: Tree, sight: Sight) -> Iterator[Change]:
    if isinstance(node, Item) and all(is_new(part) or part == Slice() for part in node.selectors):
        yield Change(node.target, node)
        yield Change(Item(node.target, tuple(reversed(node.selectors))), node)
    value = sight.value(node)
    if value is not None and value.ndim == 1:
        yield Change(column(node), node)
        yield Change(Item(node, (NewAxis(), Slice())), node)


def _inside(_: Change, context: Context) -> bool:
    return bool(context.ancestors) and isinstance(context.node, Item)


SIDE = MalRule("axis-side", _spread, 0.99, _inside, mistake="axis")
SPREAD = MalRule("axis-added", _spread, 0.95)
