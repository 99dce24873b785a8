"""How long a tree is to read: its nodes, or the tokens of its text."""

from __future__ import annotations

from gradwright.language.tree import (
    Binary,
    Call,
    Compare,
    Item,
    Name,
    Negate,
    NewAxis,
    Number,
    Sequence,
    Slice,
    Text,
    Tree,
    walk,
)

LEVELS = {"+": 1, "-": 1, "*": 2, "/": 2, "@": 2, "**": 4}


def weight(tree: Tree) -> int:
    """The number of nodes of a tree."""
    return sum(1 for _ in walk(tree))


def length(tree: Tree) -> int:
    """About how many tokens the tree's text has, brackets included."""
    match tree:
        case Number() | Name() | Text() | NewAxis():
            return 1
        case Negate():
            return 1 + _inside(tree.operand, 3)
        case Binary():
            level = LEVELS.get(tree.operator, 2)
            return 1 + _inside(tree.left, level) + _inside(tree.right, level + 1)
        case Compare():
            return 1 + length(tree.left) + length(tree.right)
        case Call(function="transpose", arguments=(inner,)):
            return 2 + _inside(inner, 5)
        case Call():
            parts = [*tree.arguments, *(value for _, value in tree.options)]
            return 3 + _listed(parts) + 2 * len(tree.options)
        case Item():
            return 2 + _inside(tree.target, 5) + _listed(list(tree.selectors))
        case Sequence():
            return 2 + _listed(list(tree.items))
        case Slice():
            return 1 + sum(length(part) for part in (tree.start, tree.stop, tree.step) if part is not None)


def _listed(parts: list[Tree]) -> int:
    return sum(length(part) for part in parts) + max(len(parts) - 1, 0)


def _inside(tree: Tree, level: int) -> int:
    """The length of an operand, in brackets where it binds less tightly than the level asks for."""
    own = LEVELS.get(tree.operator, 2) if isinstance(tree, Binary) else 3 if isinstance(tree, Negate) else 9
    own = 0 if isinstance(tree, Compare) else own
    return length(tree) + (2 if own < level else 0)
