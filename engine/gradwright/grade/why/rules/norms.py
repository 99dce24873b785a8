"""A norm for a squared norm, absolute deviations for a variance."""

from __future__ import annotations

from collections.abc import Iterator

from gradwright.grade.why.build import TWO, call, is_call, is_number, minus, square, times, true, with_options
from gradwright.grade.why.rule import Change, MalRule, Sight
from gradwright.language.tree import Binary, Call, Tree


def _norm(node: Tree, sight: Sight) -> Iterator[Change]:
    inside = _squared(node)
    if inside is not None:
        yield Change(call("norm", inside), node)
    if is_call(node, "norm") and isinstance(node, Call):
        yield Change(square(node), node)
    if isinstance(node, Binary) and node.operator == "/" and is_call(node.right, "norm"):
        yield Change(times(TWO, node.left), node)


def _other_norm(node: Tree, _: Sight) -> Iterator[Change]:
    if is_call(node, "norm", "norm1") and isinstance(node, Call) and len(node.arguments) == 1:
        yield Change(call("sum", call("abs", node.arguments[0])), node)
        yield Change(call("norm", node.arguments[0]), node)
    if is_call(node, "sum") and isinstance(node, Call) and is_call(node.arguments[0], "abs"):
        inside = node.arguments[0]
        if isinstance(inside, Call) and not node.options and len(node.arguments) == 1:
            yield Change(call("norm", inside.arguments[0]), node)


def _squared(node: Tree) -> Tree | None:
    """What a node is the squared norm of."""
    if isinstance(node, Binary) and node.operator == "@" and node.left is node.right:
        return node.left
    if is_call(node, "sum") and isinstance(node, Call) and not node.options and len(node.arguments) == 1:
        inside = node.arguments[0]
        if isinstance(inside, Binary) and inside.operator == "**" and is_number(inside.right, 2):
            return inside.left
        if isinstance(inside, Binary) and inside.operator == "*" and inside.left is inside.right:
            return inside.left
    return None


def _deviation(node: Tree, _: Sight) -> Iterator[Change]:
    if is_call(node, "var", "std") and isinstance(node, Call):
        inside = node.arguments[0]
        middle = Call("mean", (inside,), with_options(node, keepdims=true()).options)
        apart = Call("mean", (call("abs", minus(inside, middle)),), node.options)
        yield Change(apart, node)
        yield Change(square(apart), node)


def _uncentred(node: Tree, _: Sight) -> Iterator[Change]:
    if is_call(node, "var") and isinstance(node, Call):
        yield Change(Call("mean", (square(node.arguments[0]),), node.options), node)


CENTRED = MalRule("centering-missing", _uncentred, 1.03)
OTHER = MalRule("norm-other", _other_norm, 1.04)
NORM = MalRule("norm-squared", _norm, 1.05)
DEVIATION = MalRule("absolute-deviation", _deviation, 1.04)
