"""What a part of a formula is: a penalty, a mask, a local derivative, a size, a scaling."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from gradwright.grade.why.bench import SLOPE
from gradwright.grade.why.build import call, is_call, is_mask
from gradwright.grade.why.closeness import close
from gradwright.grade.why.outputs import output_of
from gradwright.grade.why.rule import Context, Sight
from gradwright.language.tree import Binary, Call, Name, Negate, Number, Tree, names, walk

_TINY = Fraction(1, 1000)


def is_scalar(tree: Tree, context: Context) -> bool:
    """Whether a tree has no axes."""
    return context.order(tree) == 0


def is_size(tree: Tree, sight: Sight) -> bool:
    """Whether a tree is made of sizes of axes and numbers, and holds a size."""
    if not all(isinstance(node, Name | Number | Binary | Negate) for node in walk(tree)):
        return False
    found = names(tree)
    sizes = sight.bench.sizes.keys() - sight.bench.arrays.keys()
    return bool(found) and found <= sizes


def is_constant(tree: Tree) -> bool:
    """Whether a tree is made of numbers alone."""
    return names(tree) <= {"pi", "E"} and not is_call(tree, "einsum")


def is_epsilon(tree: Tree) -> bool:
    """Whether a tree is a small number that keeps a divisor from zero."""
    if isinstance(tree, Name):
        return tree.name.startswith("eps") or tree.name == "delta"
    return isinstance(tree, Number) and 0 < tree.value <= _TINY


def is_penalty(tree: Tree, context: Context) -> bool:
    """Whether a tree is a declared scalar times a value that the line uses elsewhere, or the identity."""
    scalars = {
        name
        for name, value in context.sight.scope.values.items()
        if value.shape == () and not is_epsilon(Name(name))
    }
    found = names(tree) & scalars
    rest = names(tree) - found - context.sight.bench.sizes.keys()
    calls = {node.function for node in walk(tree) if isinstance(node, Call)}
    if any(isinstance(node, Binary) and node.operator in "+-" for node in walk(tree)):
        return False
    if not found or calls - {"eye", "sum", "norm"} or len(rest) > 1:
        return False
    if "eye" in calls:
        return not rest
    uses = [node for node in walk(context.line.tree) if isinstance(node, Name) and node.name in rest]
    own = [node for node in walk(tree) if isinstance(node, Name) and node.name in rest]
    return bool(rest) and len(uses) > len(own)


def is_indicator(tree: Tree, sight: Sight) -> bool:
    """Whether every entry is 0 or 1, by what the tree is."""
    if is_mask(tree):
        return True
    if isinstance(tree, Name):
        value = sight.scope.values.get(tree.name)
        return value is not None and value.domain in ("mask", "binary")
    return False


def is_root_of_size(tree: Tree, sight: Sight) -> bool:
    """Whether a tree is the root of a size."""
    if is_call(tree, "sqrt") and isinstance(tree, Call):
        return is_size(tree.arguments[0], sight)
    if isinstance(tree, Binary) and tree.operator == "**":
        return is_size(tree.left, sight)
    return isinstance(tree, Binary) and any(is_root_of_size(side, sight) for side in (tree.left, tree.right))


def is_correction(tree: Tree) -> bool:
    """Whether a tree is ``1 - b**t``."""
    return (
        isinstance(tree, Binary)
        and tree.operator == "-"
        and isinstance(tree.left, Number)
        and isinstance(tree.right, Binary)
        and tree.right.operator == "**"
        and isinstance(tree.right.left, Name)
        and not isinstance(tree.right.right, Number)
    )


def derivative_of(tree: Tree, sight: Sight) -> Call | None:
    """The call ``f(u)`` of which a tree is the derivative at ``u``, or None."""
    value = sight.value(tree)
    if value is None or not np.ndim(value):
        return None
    for one in sight.calls:
        if one is tree:
            continue
        slope = sight.value(call(SLOPE, one))
        if slope is not None and close(np.asarray(slope), np.asarray(value)):
            return one
    return None


def is_local(tree: Tree, context: Context) -> bool:
    """Whether a tree is a local derivative: one of a function here, or what is made of a function's value."""
    if derivative_of(tree, context.sight) is not None or output_of(tree, context.sight) is not None:
        return True
    if context.order(tree) < 1:
        return False
    match tree:
        case Binary(operator="-", left=Number(value=one)) if one == 1:
            return True
        case Call():
            return context.sight.entrywise(tree.function)
        case _:
            return False


def is_inner_derivative(tree: Tree, context: Context) -> bool:
    """Whether a tree is the derivative of some function's argument in the line by a name in it."""
    sight = context.sight
    value = sight.value(tree)
    if value is None or (is_constant(tree) and isinstance(tree, Number) and tree.value == 1):
        return False
    for node in walk(context.line.tree):
        if isinstance(node, Call) and sight.entrywise(node.function):
            inside = sight.store.intern(node.arguments[0])
            for name in sight.store.names[id(inside)] & sight.scope.values.keys():
                slope = sight.bench.slope_by(inside, name)
                if slope is not None and close(np.asarray(slope), np.asarray(value)):
                    return True
    return False
