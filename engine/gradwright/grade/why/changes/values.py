"""One value in place of another, or two exchanged."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from gradwright.grade.why.build import ONE, number
from gradwright.grade.why.rule import Change, Sight
from gradwright.language.tree import Binary, Call, Compare, Item, Name, Tree, substitute

_MOST = 12


def other_value(node: Tree, sight: Sight) -> Iterator[Change]:
    """Another value of the same shape, or one of the program's."""
    if not isinstance(node, Name) or node.name not in sight.shapes:
        return
    same = [
        name for name, shape in sight.shapes.items() if name != node.name and shape == sight.shapes[node.name]
    ]
    near = [name for name in same if name in sight.used or Name(name) in sight.donors.names]
    for name in near[:_MOST]:
        values = {"value": node.name, "other": name}
        function = _between(node.name, name, sight)
        if function:
            values["function"] = function
        yield Change(Name(name), node, values)


def _between(value: str, other: str, sight: Sight) -> str:
    """The function that makes a value of another one: ``softmax`` where ``P = softmax(Z)``."""
    for line in sight.lines:
        if line.name == value and isinstance(line.tree, Call) and line.tree.arguments:
            inside = line.tree.arguments[0]
            inside = inside.target if isinstance(inside, Item) else inside
            return line.tree.function if inside == Name(other) else ""
    return ""


def part_for_value(node: Tree, sight: Sight) -> Iterator[Change]:
    """A value of the same shape in place of a part."""
    if isinstance(node, Binary | Call | Item):
        value = sight.value(node)
        if value is not None:
            for name in sight.donors.names:
                if sight.shapes[name.name] == value.shape:
                    yield Change(name, node, {"other": name.name})


def one_for_value(node: Tree, sight: Sight) -> Iterator[Change]:
    """One in place of a value."""
    if isinstance(node, Name) and node.name in sight.shapes:
        yield Change(ONE, node, {"value": node.name})
        if node.name in sight.scope.values:
            yield Change(number(0), node, {"value": node.name})


def exchanged_values(node: Tree, sight: Sight) -> Iterator[Change]:
    """Two values of one shape exchanged in a part of the formula."""
    if not isinstance(node, Binary | Call | Compare):
        return
    names = sorted(sight.store.names[id(node)] & sight.shapes.keys())
    for one, other in combinations(names, 2):
        if sight.shapes[one] == sight.shapes[other]:
            swapped = substitute(node, {one: Name(other), other: Name(one)})
            yield Change(swapped, node, {"value": one, "other": other})
