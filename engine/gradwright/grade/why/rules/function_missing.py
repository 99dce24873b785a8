"""A function is missing: its argument stands in its place."""

from __future__ import annotations

from gradwright.grade.why.build import INVERSES
from gradwright.grade.why.changes.functions import dropped_function
from gradwright.grade.why.rule import Change, Context, MalRule
from gradwright.language.tree import Call


def _inverse(_: Change, context: Context) -> bool:
    return isinstance(context.node, Call) and context.node.function in INVERSES


def _root(_: Change, context: Context) -> bool:
    return isinstance(context.node, Call) and context.node.function in ("sqrt", "std")


def _diagonal(_: Change, context: Context) -> bool:
    return isinstance(context.node, Call) and context.node.function == "diag"


INVERSE = MalRule("inverse-missing", dropped_function, 1.08, _inverse, undone="inverse-extra")
ROOT = MalRule("root-missing", dropped_function, 1.03, _root, undone="function-added")
DIAGONAL = MalRule("diagonal-missing", dropped_function, 1.02, _diagonal, undone="function-added")
FUNCTION = MalRule("function-missing", dropped_function, 1.01, undone="function-added")
