"""A factor of a product is missing, or a divisor; the name says which kind of factor."""

from __future__ import annotations

from gradwright.grade.why.build import is_call, is_number
from gradwright.grade.why.changes.factors import dropped_factor
from gradwright.grade.why.kinds import (
    is_constant,
    is_correction,
    is_indicator,
    is_inner_derivative,
    is_local,
    is_root_of_size,
    is_size,
)
from gradwright.grade.why.rule import Change, Context, MalRule
from gradwright.language.tree import Binary, Name


def _mask(change: Change, context: Context) -> bool:
    return change.part is not None and is_indicator(change.part, context.sight)


def _correction(change: Change, _: Context) -> bool:
    return change.part is not None and is_correction(change.part)


def _scaling(change: Change, context: Context) -> bool:
    return change.part is not None and is_root_of_size(change.part, context.sight)


def _mean(change: Change, context: Context) -> bool:
    part, node = change.part, context.node
    if part is None or not is_size(part, context.sight):
        return False
    if isinstance(part, Binary):  # 1/n, and no number besides
        return part.operator == "/" and is_number(part.left, 1) and isinstance(part.right, Name)
    return isinstance(node, Binary) and node.operator == "/" and part is node.right


def _constant(change: Change, _: Context) -> bool:
    return change.part is not None and is_constant(change.part)


def _derivative(change: Change, context: Context) -> bool:
    return change.part is not None and is_local(change.part, context)


def _inner(change: Change, context: Context) -> bool:
    return change.part is not None and is_inner_derivative(change.part, context)


INNER = MalRule("inner-derivative", dropped_factor, 1.035, _inner, undone="factor-extra")


def _identity(change: Change, _: Context) -> bool:
    return change.part is not None and is_call(change.part, "eye")


IDENTITY = MalRule("identity-missing", dropped_factor, 1.08, _identity, undone="diagonal-only")
MASK = MalRule("mask-missing", dropped_factor, 1.07, _mask, undone="factor-extra")
CORRECTION = MalRule("bias-correction", dropped_factor, 1.06, _correction, undone="factor-extra")
SCALING = MalRule("scaling-missing", dropped_factor, 1.05, _scaling, undone="factor-extra")
MEAN = MalRule("mean-missing", dropped_factor, 1.04, _mean, undone="mean-extra")
CONSTANT = MalRule("constant-missing", dropped_factor, 1.03, _constant, undone="constant")
DERIVATIVE = MalRule("derivative-missing", dropped_factor, 1.02, _derivative, undone="derivative-extra")
FACTOR = MalRule("factor-missing", dropped_factor, 0.98, undone="factor-extra")
