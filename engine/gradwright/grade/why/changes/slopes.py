"""Local derivatives: missing, one too many, of another argument, or the function in its place."""

from __future__ import annotations

from collections.abc import Iterator

from gradwright.grade.why.bench import SLOPE
from gradwright.grade.why.build import call, is_mask, number, over, plus, times
from gradwright.grade.why.kinds import derivative_of
from gradwright.grade.why.outputs import functions, masked, output_of, slope_at
from gradwright.grade.why.rule import Change, Sight
from gradwright.language.tree import Binary, Call, Item, Name, Number, Tree, walk


def extra_slope(node: Tree, sight: Sight) -> Iterator[Change]:
    """A factor ``f'(u)`` where a part of ``f(u)``'s shape stands."""
    if not isinstance(node, Binary | Name | Call | Item):
        return
    value = sight.value(node)
    if value is None or not value.ndim or (sight.repair and not _differentiated(sight)):
        return
    for one in sight.calls:
        slope = sight.value(call(SLOPE, one))
        if slope is not None and slope.shape == value.shape:
            yield Change(times(node, call(SLOPE, one)), node, {"function": one.function})


def _differentiated(sight: Sight) -> bool:
    """Whether the right formula has a derivative in it, which an answer may lack."""
    if "differentiated" not in sight.notes:
        sight.notes["differentiated"] = any(
            is_mask(node) or _derived(node, sight) is not None or output_of(node, sight) is not None
            for node in walk(sight.answer)
        )
    return sight.notes["differentiated"]


def function_for_slope(node: Tree, sight: Sight) -> Iterator[Change]:
    """``f(u)`` for ``f'(u)``."""
    one = _derived(node, sight)
    if one is not None:
        yield Change(one, node, {"function": one.function})
    found = output_of(node, sight)
    if found is not None:
        function, output = found
        yield Change(output, node, {"function": function})


def other_derivative(node: Tree, sight: Sight) -> Iterator[Change]:
    """The derivative of another function: in the value that the right one gives, or at its argument."""
    found = output_of(node, sight)
    if found is not None:
        function, output = found
        for other in functions(sight):
            tree = slope_at(other, output) if other != function else None
            if tree is not None:
                yield Change(tree, node, {"function": function, "other": other})
    one = _derived(node, sight)
    if one is None:
        return
    given = sorted(sight.donors.functions | ({"relu"} if masked(sight) else frozenset()))
    for other in given:
        if other != one.function and sight.entrywise(other):
            slope = call(SLOPE, Call(other, one.arguments[:1]))
            yield Change(slope, node, {"function": one.function, "other": other})


def other_argument(node: Tree, sight: Sight) -> Iterator[Change]:
    """``f'`` at the function's value or at another value of that shape; its formula at the argument."""
    one = _derived(node, sight)
    if one is None:
        return
    values = {"function": one.function}
    rest = one.arguments[1:]
    yield Change(call(SLOPE, Call(one.function, (one, *rest), one.options)), node, values)
    shape = sight.value(one.arguments[0])
    for name, other in sight.shapes.items():
        if (
            shape is not None
            and other == shape.shape
            and (name in sight.used or Name(name) in sight.donors.names)
        ):
            yield Change(call(SLOPE, Call(one.function, (Name(name), *rest), one.options)), node, values)
    yield Change(sight.store.replaced(node, one, one.arguments[0]), node, values)


def scaled_slope(node: Tree, sight: Sight) -> Iterator[Change]:
    """A local derivative with a sign or a constant wrong inside: ``1 + s**2`` for ``1 - s**2``."""
    one = _derived(node, sight)
    if one is not None and isinstance(node, Binary) and node.operator == "-":
        yield Change(plus(node.left, node.right), node, {"function": one.function})
        if isinstance(node.left, Number):
            yield Change(
                Binary("-", node.left, times(number(2), node.right)), node, {"function": one.function}
            )


def inner_missing(node: Tree, sight: Sight) -> Iterator[Change]:
    """A factor that a derivative has from inside a function, left out: divided by it."""
    one = _derived(node, sight)
    if one is not None:
        yield Change(over(number(1), node), node, {"function": one.function})


def _derived(node: Tree, sight: Sight) -> Call | None:
    if not isinstance(node, Binary | Call):
        return None
    return derivative_of(node, sight)
