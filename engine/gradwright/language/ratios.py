"""Ratios of exponentials by name: ``exp(u)/sum(exp(u))`` is softmax, ``1/(1 + exp(-u))`` is sigmoid."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

from gradwright.language.arithmetic import quotient, whole
from gradwright.language.tree import Binary, Call, Name, Negate, Number, Tree, rebuild

Order = Callable[[Tree], int | None]


def named_ratios(tree: Tree, order: Order) -> Tree:
    """The tree with every such ratio by its name.

    Args:
        tree: Any tree.
        order: Tells how many axes a tree's value has.
    """
    if isinstance(tree, Binary) and tree.operator in "*/":
        tops, bottoms = _factors(tree)
        for place, below in enumerate(bottoms):
            made = _by_logistic(tops, below) or _by_softmax(tops, below, order)
            if made is not None:
                rest = bottoms[:place] + bottoms[place + 1 :]
                return named_ratios(quotient(Fraction(1), made, rest), order)
    tree = rebuild(tree, lambda part: named_ratios(part, order))
    match tree:
        case Binary(
            operator="-", left=Number(value=value), right=Call(function="sigmoid", arguments=(inner,))
        ):
            return Call("sigmoid", (negated(inner),)) if value == 1 and _is_negative(inner) else tree
        case Binary(
            operator="-", left=Call(function="sigmoid", arguments=(inner,)), right=Number(value=value)
        ):
            return Negate(Call("sigmoid", (negated(inner),))) if value == 1 and _is_negative(inner) else tree
        case _:
            return tree


def _is_negative(tree: Tree) -> bool:
    """Whether a tree begins with a minus sign."""
    return isinstance(tree, Negate) or (
        isinstance(tree, Binary) and tree.operator in "*/@" and _is_negative(tree.left)
    )


def _factors(tree: Tree) -> tuple[list[Tree], list[Tree]]:
    """The factors above and below the line; a product of matrices is one factor."""
    match tree:
        case Binary(operator="*", left=left, right=right):
            one, two = _factors(left), _factors(right)
            return one[0] + two[0], one[1] + two[1]
        case Binary(operator="/", left=left, right=right):
            one, two = _factors(left), _factors(right)
            return one[0] + two[1], one[1] + two[0]
        case Number(value=value) if value == 1:
            return [], []
        case _:
            return [tree], []


def _by_logistic(tops: list[Tree], below: Tree) -> list[Tree] | None:
    argument = _beside_one(below)
    if argument is None:
        return None
    above = Call("exp", (argument,))
    if above in tops:
        place = tops.index(above)
        return [*tops[:place], Call("sigmoid", (argument,)), *tops[place + 1 :]]
    return [*tops, Call("sigmoid", (negated(argument),))]


def _beside_one(tree: Tree) -> Tree | None:
    """``u`` of ``1 + exp(u)``."""
    if not (isinstance(tree, Binary) and tree.operator == "+"):
        return None
    for one, other in ((tree.left, tree.right), (tree.right, tree.left)):
        if one == whole(1) and isinstance(other, Call) and other.function == "exp":
            return other.arguments[0]
    return None


def _by_softmax(tops: list[Tree], below: Tree, order: Order) -> list[Tree] | None:
    if not (isinstance(below, Call) and below.function == "sum" and len(below.arguments) == 1):
        return None
    (above,) = below.arguments
    if not (isinstance(above, Call) and above.function == "exp"):
        return None
    (argument,) = above.arguments
    axis = below.option("axis")
    if axis is None:
        if order(argument) != 1:
            return None
        call = Call("softmax", (argument,))
        for place, top in enumerate(tops):
            changed = _put(top, above, call)
            if changed is not None:
                return [*tops[:place], changed, *tops[place + 1 :]]
        return None
    if above not in tops or (axis != whole(0) and below.option("keepdims") != Name("True")):
        return None
    place = tops.index(above)
    axes = order(argument)
    last = isinstance(axis, Number) and axes is not None and axis.value in (axes - 1, -1)
    call = Call("softmax", (argument,), () if last else (("axis", axis),))
    return [*tops[:place], call, *tops[place + 1 :]]


def _put(tree: Tree, old: Tree, new: Tree) -> Tree | None:
    """The tree with one factor replaced, where the tree is linear in it; None if it is not there."""
    if tree == old:
        return new
    match tree:
        case Binary(operator="*" | "@" | "/", left=left, right=right):
            if (changed := _put(left, old, new)) is not None:
                return replace(tree, left=changed)
            if tree.operator != "/" and (changed := _put(right, old, new)) is not None:
                return replace(tree, right=changed)
        case Negate(operand=inner):
            if (changed := _put(inner, old, new)) is not None:
                return Negate(changed)
        case Call(function="outer", arguments=(left, right)):
            if (changed := _put(left, old, new)) is not None:
                return replace(tree, arguments=(changed, right))
            if (changed := _put(right, old, new)) is not None:
                return replace(tree, arguments=(left, changed))
    return None


def negated(tree: Tree) -> Tree:
    """Minus a tree, the sign taken from its front where there is one."""
    match tree:
        case Negate(operand=inner):
            return inner
        case Number(value=value):
            return Number(-value) if value < 0 else Negate(tree)
        case Binary(operator="-", left=left, right=right):
            return Binary("-", right, left)
        case Binary(operator="*" | "/" | "@", left=left) if _is_negative(left):
            return replace(tree, left=negated(left))
        case _:
            return Negate(tree)
