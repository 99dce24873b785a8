"""Errors for shapes that clash: both shapes in words; ``fixes`` looks for what was meant."""

from __future__ import annotations

from gradwright.language.extents import spell
from gradwright.language.fixes import ClashError
from gradwright.language.scope import Shape
from gradwright.language.text import to_text
from gradwright.language.tree import Binary, Compare, Name, Negate, Tree

_LONGEST = 30


def elementwise(tree: Tree, left: Shape, right: Shape) -> ClashError:
    """The error of an elementwise operation whose shapes do not broadcast."""
    operator = tree.operator if isinstance(tree, Binary | Compare) else getattr(tree, "function", "this")
    return ClashError(
        f"{operator}: shapes do not broadcast: {_facts(tree, left, right)}", tree, (len(left), len(right))
    )


def inner(tree: Tree, left: Shape, right: Shape) -> ClashError:
    """The error of a matrix product whose inner axes differ."""
    text = getattr(tree, "function", "@")
    if isinstance(tree, Binary):
        first, second = _spelled(tree.left), _spelled(tree.right)
        text = f"{first} @ {second}" if first and second else "@"
    return ClashError(
        f"{text} : inner axes differ: {_facts(tree, left, right)}", tree, (len(left), len(right))
    )


def _facts(tree: Tree, left: Shape, right: Shape) -> str:
    if isinstance(tree, Binary | Compare):
        first, second = _spelled(tree.left), _spelled(tree.right)
        return f"{first or 'the left side'} is {spell(left)}, {second or 'the right side'} is {spell(right)}"
    return f"{spell(left)} and {spell(right)}"


def _spelled(tree: Tree) -> str:
    """An operand as it is written, if that is short enough for a message; an operation stands in brackets."""
    if isinstance(tree, Name):
        return tree.name
    text = to_text(tree)
    if len(text) > _LONGEST:
        return ""
    return f"({text})" if isinstance(tree, Binary | Compare | Negate) else text
