"""Errors for shapes that clash: both shapes in words, and the likely fix."""

from __future__ import annotations

from gradwright.language.extents import spell
from gradwright.language.scope import ReadError, Shape
from gradwright.language.text import to_text
from gradwright.language.tree import Binary, Compare, Name, Negate, Tree

_LONGEST = 30


def elementwise(tree: Tree, left: Shape, right: Shape) -> ReadError:
    """The error of an elementwise operation whose shapes do not broadcast."""
    first, second = _operands(tree)
    operator = tree.operator if isinstance(tree, Binary | Compare) else getattr(tree, "function", "this")
    hint = ""
    if isinstance(tree, Binary | Compare):
        hint = _fix(first, second, left, right, operator)
    facts = _facts(tree, first, second, left, right)
    return ReadError(f"{operator}: shapes do not broadcast: {facts}", tree.span, hint)


def inner(tree: Tree, left: Shape, right: Shape) -> ReadError:
    """The error of a matrix product whose inner axes differ."""
    first, second = _operands(tree)
    text = f"{first} @ {second}" if isinstance(tree, Binary) and _short(first, second) else "@"
    facts = _facts(tree, first, second, left, right)
    return ReadError(
        f"{text} : inner axes differ: {facts}", tree.span, _product_fix(first, second, left, right)
    )


def _facts(tree: Tree, first: str, second: str, left: Shape, right: Shape) -> str:
    if isinstance(tree, Binary | Compare):
        return f"{first or 'the left side'} is {spell(left)}, {second or 'the right side'} is {spell(right)}"
    return f"{spell(left)} and {spell(right)}"


def _operands(tree: Tree) -> tuple[str, str]:
    if isinstance(tree, Binary | Compare):
        return _spelled(tree.left), _spelled(tree.right)
    return "", ""


def _spelled(tree: Tree) -> str:
    """An operand as it is written, if that is short enough for a message; an operation stands in brackets."""
    if isinstance(tree, Name):
        return tree.name
    text = to_text(tree)
    if len(text) > _LONGEST:
        return ""
    return f"({text})" if isinstance(tree, Binary | Compare | Negate) else text


def _turned(text: str) -> str:
    return text[:-2] if text.endswith(".T") else f"{text}.T"


def _short(first: str, second: str) -> bool:
    return bool(first and second)


def _agree(left: Shape, right: Shape) -> bool:
    """Whether a matrix product of these shapes is one."""
    if not left or not right:
        return False
    return bool(left[-1] == (right[0] if len(right) == 1 else right[-2]))


def _product_fix(first: str, second: str, left: Shape, right: Shape) -> str:
    first, second = first or "the left side", second or "the right side"
    flipped = (left[::-1] if len(left) == 2 else left), (right[::-1] if len(right) == 2 else right)
    if len(left) == 2 and _agree(flipped[0], right):
        return f"did you mean {_turned(first)} @ {second}?"
    if _agree(right, left):
        return f"did you mean {second} @ {first}?"
    if len(right) == 2 and _agree(left, flipped[1]):
        return f"did you mean {first} @ {_turned(second)}?"
    if len(left) == len(right) == 2 and _agree(*flipped):
        return f"did you mean {_turned(first)} @ {_turned(second)}?"
    if left == right and len(left) >= 1:
        return f"did you mean {first}*{second}?"
    return ""


def _fix(first: str, second: str, left: Shape, right: Shape, operator: str) -> str:
    first, second = first or "the left side", second or "the right side"
    if len(left) == len(right) == 2 and left == right[::-1]:
        return f"did you mean {first} {operator} {_turned(second)}?"
    if operator == "*" and _agree(left, right):
        return f"did you mean {first} @ {second}?"
    if len(left) == 2 and len(right) == 1 and left[0] == right[0]:
        return f"did you mean {second}[:, None]?"
    if len(right) == 2 and len(left) == 1 and right[0] == left[0]:
        return f"did you mean {first}[:, None]?"
    return ""
