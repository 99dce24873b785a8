"""A transpose too few or too many."""

from __future__ import annotations

from collections.abc import Iterator

from gradwright.grade.why.build import call, is_call, number, transposed
from gradwright.grade.why.rule import Change, MalRule, Sight
from gradwright.language.tree import Call, Tree

_TURNS = ("transpose", "swapaxes")


def _missing(node: Tree, _: Sight) -> Iterator[Change]:
    if isinstance(node, Call) and node.function in _TURNS:
        yield Change(node.arguments[0], node)


def _extra(node: Tree, sight: Sight) -> Iterator[Change]:
    if is_call(node, *_TURNS):
        return
    value = sight.value(node)
    if value is not None and value.ndim == 2:
        yield Change(transposed(node), node)
    if value is not None and value.ndim == 3:
        yield Change(call("swapaxes", node, number(1), number(2)), node)


MISSING = MalRule("transpose-missing", _missing, 1.05, undone="transpose-extra", uniform=True)
EXTRA = MalRule("transpose-extra", _extra, 0.98, undone="transpose-missing")
