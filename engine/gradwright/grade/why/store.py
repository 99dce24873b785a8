"""Trees that share their parts: equal trees are one object, so that what is known of one is known of all."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from gradwright.language.tree import (
    NOWHERE,
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
    children,
    rebuild,
)


class Store:
    """Every tree once. A tree's identity then stands for its meaning, and its names are known."""

    def __init__(self) -> None:
        self._trees: dict[Any, Tree] = {}
        self.names: dict[int, frozenset[str]] = {}

    def intern(self, tree: Tree) -> Tree:
        """The one tree that is equal to this."""
        if id(tree) in self.names:
            return tree
        match tree:
            case Binary():
                return self.binary(tree.operator, self.intern(tree.left), self.intern(tree.right))
            case Negate():
                operand = self.intern(tree.operand)
                return self._one(("-", id(operand)), Negate(operand))
            case Compare():
                left, right = self.intern(tree.left), self.intern(tree.right)
                return self._one(
                    ("?", tree.operator, id(left), id(right)), Compare(tree.operator, left, right)
                )
            case Call():
                arguments = tuple(map(self.intern, tree.arguments))
                options = tuple((name, self.intern(value)) for name, value in tree.options)
                key = (
                    tree.function,
                    *map(id, arguments),
                    *((name, id(value)) for name, value in options),
                )
                return self._one(("()", *key), Call(tree.function, arguments, options))
            case _:
                return self._other(tree)

    def _other(self, tree: Tree) -> Tree:
        match tree:
            case Item():
                target, selectors = self.intern(tree.target), tuple(map(self.intern, tree.selectors))
                return self._one(("[]", id(target), *map(id, selectors)), Item(target, selectors))
            case Sequence():
                items = tuple(map(self.intern, tree.items))
                return self._one((",", *map(id, items)), Sequence(items))
            case Slice():
                parts = tuple(
                    None if part is None else self.intern(part) for part in (tree.start, tree.stop, tree.step)
                )
                return self._one((":", *map(id, parts)), Slice(parts[0], parts[1], parts[2]))
            case Name():
                return self._one(("name", tree.name), Name(tree.name))
            case Number():
                return self._one(("number", tree.value), Number(tree.value, tree.text))
            case Text():
                return self._one(("text", tree.value), Text(tree.value))
            case _:
                return self._one(("None",), NewAxis())

    def binary(self, operator: str, left: Tree, right: Tree) -> Tree:
        """``left operator right`` of trees of the store."""
        key = (operator, id(left), id(right))
        found = self._trees.get(key)
        return found if found is not None else self._one(key, Binary(operator, left, right))

    def plug(self, ancestors: tuple[tuple[Tree, int], ...], new: Tree) -> Tree:
        """The whole tree with one part replaced.

        Args:
            ancestors: The nodes above the part from the root down, each with the child that leads on.
            new: What stands there now.
        """
        for parent, place in reversed(ancestors):
            new = self._with_child(parent, place, new)
        return self.intern(new)

    def replaced(self, tree: Tree, old: Tree, new: Tree) -> Tree:
        """The tree with every occurrence of a part replaced."""
        if tree is old:
            return self.intern(new)
        if not self.names[id(old)] <= self.names[id(tree)]:
            return tree
        return self.intern(rebuild(tree, lambda part: self.replaced(part, old, new)))

    def _with_child(self, parent: Tree, place: int, new: Tree) -> Tree:
        new = self.intern(new)
        if isinstance(parent, Binary):
            if place == 0:
                return self.binary(parent.operator, new, parent.right)
            return self.binary(parent.operator, parent.left, new)
        return self.intern(with_child(parent, place, new))

    def _one(self, key: Any, tree: Tree) -> Tree:
        found = self._trees.setdefault(key, tree)
        if found is tree:
            names = frozenset().union(*(self.names[id(part)] for part in children(tree)))
            self.names[id(tree)] = names | {tree.name} if isinstance(tree, Name) else names
        return found


def with_child(parent: Tree, place: int, new: Tree) -> Tree:
    """The node with one of its direct sub-trees replaced, counted as ``children`` counts them."""
    match parent:
        case Binary() | Compare():
            return replace(parent, left=new) if place == 0 else replace(parent, right=new)
        case Negate():
            return replace(parent, operand=new)
        case Call():
            count = len(parent.arguments)
            if place < count:
                return replace(parent, arguments=_replaced(parent.arguments, place, new))
            options = [value for _, value in parent.options]
            options[place - count] = new
            named = zip((name for name, _ in parent.options), options, strict=True)
            return replace(parent, options=tuple(named))
        case Item():
            if place == 0:
                return replace(parent, target=new)
            return replace(parent, selectors=_replaced(parent.selectors, place - 1, new))
        case Sequence():
            return replace(parent, items=_replaced(parent.items, place, new))
        case Slice():
            fields = [name for name in ("start", "stop", "step") if getattr(parent, name) is not None]
            parts = {name: getattr(parent, name) for name in fields} | {fields[place]: new}
            return Slice(parts.get("start"), parts.get("stop"), parts.get("step"), NOWHERE)
        case _:
            raise AssertionError(parent)


def _replaced(items: tuple[Tree, ...], place: int, new: Tree) -> tuple[Tree, ...]:
    return (*items[:place], new, *items[place + 1 :])
