"""A term of a sum is missing; the name says which kind of term."""

from __future__ import annotations

from gradwright.grade.why.build import REDUCERS, is_call, transposed
from gradwright.grade.why.changes.terms import dropped_term
from gradwright.grade.why.kinds import is_correction, is_epsilon, is_penalty
from gradwright.grade.why.rule import Change, Context, MalRule
from gradwright.language.tree import Binary, Call, Item, Name, Tree, walk


def _epsilon(change: Change, _: Context) -> bool:
    return change.part is not None and is_epsilon(change.part)


def _penalty(change: Change, context: Context) -> bool:
    return change.part is not None and is_penalty(change.part, context)


def _half(change: Change, context: Context) -> bool:
    return change.part is not None and _intern(transposed(change.part), context) is change.tree


def _intern(tree: Tree, context: Context) -> Tree:
    return context.sight.store.intern(tree)


def _normalised(change: Change, _: Context) -> bool:
    return change.part is not None and any(
        is_call(node, *REDUCERS) for node in walk(change.part) if isinstance(node, Call)
    )


def _centred(change: Change, context: Context) -> bool:
    """Whether the term is the mean of what it is taken off from."""
    part, node = change.part, context.node
    if isinstance(part, Item):
        part = part.target
    return (
        isinstance(part, Call)
        and part.function == "mean"
        and isinstance(node, Binary)
        and node.operator == "-"
        and part.arguments[0] == change.tree
        and not context.line.step.startswith(("adjoint", "gradient"))
    )


def _bias(change: Change, context: Context) -> bool:
    part = change.part
    return isinstance(part, Name) and -1 < context.order(part) < context.order(change.tree)


def _residual(change: Change, context: Context) -> bool:
    name = change.part.target if isinstance(change.part, Item) else change.part
    return isinstance(name, Name) and context.sight.is_adjoint(name.name) and _path(change, context)


def _path(_: Change, context: Context) -> bool:
    """Whether the term is one of the adjoint's own, of which each comes back along one path."""
    sums = all(isinstance(above, Binary) and above.operator in "+-" for above, _place in context.ancestors)
    return sums and context.line.step.startswith(("adjoint", "gradient"))


def _correction(_: Change, context: Context) -> bool:
    return is_correction(context.node)


CORRECTION = MalRule("correction-term", dropped_term, 1.06, _correction, "bias-correction", "term-extra")
EPSILON = MalRule("epsilon-missing", dropped_term, 1.07, _epsilon, undone="term-extra")
PENALTY = MalRule("penalty-missing", dropped_term, 1.06, _penalty, undone="term-extra")
HALF = MalRule("half", dropped_term, 1.05, _half, undone="term-extra")
CENTRED = MalRule("centred", dropped_term, 1.045, _centred, "centering-missing", "term-extra")
NORMALISED = MalRule("mean-path", dropped_term, 1.04, _normalised, undone="term-extra")
BIAS = MalRule("bias-missing", dropped_term, 1.03, _bias, undone="term-extra")
RESIDUAL = MalRule("residual-missing", dropped_term, 1.02, _residual, undone="term-extra")
PATH = MalRule("path-missing", dropped_term, 1.01, _path, undone="term-extra")
TERM = MalRule("term-missing", dropped_term, 0.99, undone="term-extra")
