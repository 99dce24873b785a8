"""Likely slips: what can be read but is probably not what was meant. Few, and none in what is often right.

A product entry by entry is doubtful only where it stands by itself: ``(X.T*w).T`` and ``X.T*w @ X`` scale
rows on purpose, while ``X.T*y`` alone was probably to be ``X.T @ y``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from gradwright.language.juxtaposed import Juxtaposition
from gradwright.language.said import Slip
from gradwright.language.scope import ReadError, Scope
from gradwright.language.shapes import infer
from gradwright.language.tree import Binary, Call, Name, Negate, Number, Tree, walk

_LOG = re.compile(r"\blog(10|2)\s*\(")
_INVERSES = frozenset({"inv", "pinv", "mpow"})


def doubtful_divisions(beside: Juxtaposition) -> tuple[Slip, ...]:
    """The places where ``1/2x`` was read as ``1/2*x``."""
    return tuple(Slip("slip.implicit_division", span) for span in beside.after_division)


def slips_of(tree: Tree, text: str, scope: Scope) -> tuple[Slip, ...]:
    """The likely slips of an answer."""
    found = [
        Slip("slip.log_base", match.span(), {"base": match[1]}) for match in _LOG.finditer(text)
    ]  # fmt: skip
    if not any(value.shape for value in scope.values.values()):
        return tuple(found)
    for node in walk(tree):
        if isinstance(node, Binary):
            if node.operator == "@" and _is_turned(node.right) and _order(_operand(node.right), scope) == 1:
                found.append(Slip("slip.turned_vector", node.right.span))
            elif node.operator == "**" and _is_minus_one(node.right) and _is_square(node.left, scope):
                found.append(Slip("slip.entrywise_inverse", node.span))
    found += _loose_products(tree, scope)
    return tuple(found)


def _loose_products(tree: Tree, scope: Scope) -> Iterator[Slip]:
    """Products entry by entry of a transpose or an inverse, among the answer's own terms and factors."""
    stack = [tree]
    while stack:
        node = stack.pop()
        if isinstance(node, Negate):
            stack.append(node.operand)
        if not isinstance(node, Binary) or node.operator not in "+-*/":
            continue
        stack += (node.left, node.right)
        if node.operator != "*":
            continue
        for one, other in ((node.left, node.right), (node.right, node.left)):
            if _is_suspect(one) and _order(other, scope) == 1 and _order(one, scope) == 2:
                yield Slip("slip.entrywise_product", node.span)
                break


def _is_suspect(tree: Tree) -> bool:
    return _is_turned(tree) or (isinstance(tree, Call) and tree.function in _INVERSES)


def _is_turned(tree: Tree) -> bool:
    return isinstance(tree, Call) and tree.function == "transpose" and len(tree.arguments) == 1


def _operand(tree: Tree) -> Tree:
    assert isinstance(tree, Call), tree
    return tree.arguments[0]


def _is_minus_one(tree: Tree) -> bool:
    return isinstance(tree, Negate) and isinstance(tree.operand, Number) and tree.operand.value == 1


def _is_square(tree: Tree, scope: Scope) -> bool:
    shape = _shape(tree, scope)
    return shape is not None and len(shape) == 2 and shape[0] == shape[1]


def _order(tree: Tree, scope: Scope) -> int:
    """The number of axes of a part; -1 where it has no shape by itself."""
    shape = _shape(tree, scope)
    return -1 if shape is None else len(shape)


def _shape(tree: Tree, scope: Scope) -> tuple[object, ...] | None:
    if isinstance(tree, Name):
        value = scope.values.get(tree.name)
        return None if value is None else value.shape
    try:
        return infer(tree, scope).shape
    except ReadError:
        return None
