"""Another size, a sum for a mean and back."""

from __future__ import annotations

from collections.abc import Iterator

from gradwright.grade.why.build import ONE, TWO, is_size_name, minus, number, over, times, with_options
from gradwright.grade.why.rule import Change, Sight
from gradwright.language.tree import Binary, Call, Name, Number, Tree


def other_size(node: Tree, sight: Sight) -> Iterator[Change]:
    """Another axis's size, or one less."""
    if not is_size_name(node, sight):
        return
    assert isinstance(node, Name)
    for size in sight.bench.sizes:
        if size != node.name:
            yield Change(Name(size), node, {"size": node.name, "other": size})


def size_less_one(node: Tree, sight: Sight) -> Iterator[Change]:
    """``n - 1`` for ``n``; the unbiased variance for the other."""
    if is_size_name(node, sight):
        yield Change(minus(node, ONE), node)
    if isinstance(node, Call) and node.function in ("var", "std", "cov"):
        if node.option("ddof") is None:
            yield Change(with_options(node, ddof=number(1)), node)
        yield Change(with_options(node, ddof=number(0)), node)


def sum_for_mean(node: Tree, _: Sight) -> Iterator[Change]:
    """A mean that is only a sum."""
    if isinstance(node, Call) and node.function in ("mean", "average"):
        yield Change(Call("sum", node.arguments[:1], node.options), node)


def mean_for_sum(node: Tree, sight: Sight) -> Iterator[Change]:
    """A sum that is a mean; a matrix product divided by the length of what is summed."""
    if isinstance(node, Call) and node.function == "sum":
        yield Change(Call("mean", node.arguments, node.options), node)
    if isinstance(node, Binary) and node.operator == "@":
        for size in sight.bench.sizes:
            yield Change(over(node, Name(size)), node, {"size": size})


def other_constant(node: Tree, sight: Sight) -> Iterator[Change]:
    """Twice or half of a term, or as much as a number of the answer says."""
    match node:
        case Number() if node.value not in (0, 1):
            yield from (Change(one, node) for one in sight.donors.numbers if one != node)
            yield Change(ONE, node)
            yield Change(number(2 * node.value), node)
            yield Change(number(node.value / 2), node)
        case Number():
            yield from (Change(one, node) for one in sight.donors.numbers if one != node)
        case Binary(operator="+" | "-"):
            for scale in (TWO, number(-1), Number(number(1).value / 2), *_small(sight)):
                yield Change(Binary(node.operator, times(scale, node.left), node.right), node.left)
                yield Change(Binary(node.operator, node.left, times(scale, node.right)), node.right)
        case Call() if node.arguments:
            for scale in (TWO, Number(number(1).value / 2), *_small(sight)):
                inside = (times(scale, node.arguments[0]), *node.arguments[1:])
                yield Change(Call(node.function, inside, node.options), node)
        case _:
            return


def _small(sight: Sight) -> list[Tree]:
    return [one for one in sight.donors.numbers if one.value not in (0, 1, 2)]
