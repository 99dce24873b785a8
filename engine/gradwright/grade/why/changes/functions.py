"""A function left out, another in its place, one too many."""

from __future__ import annotations

from collections.abc import Iterator

from gradwright.grade.why.build import TWO, call, is_number, over, square
from gradwright.grade.why.rule import Change, Sight
from gradwright.language.tree import Binary, Call, Name, Tree

_KEEPING = frozenset(
    {"softmax", "log_softmax", "inv", "pinv", "layer_norm", "batch_norm", "rms_norm", "cumsum", "logsumexp"}
)
_FOLDING = frozenset({"norm", "var", "std", "trace", "det", "logdet", "diag"})

_REDUCING = frozenset(
    {"sum", "max", "min", "prod", "logsumexp", "std", "var", "trace", "det", "logdet", "norm", "norm1"}
)


def dropped_function(node: Tree, sight: Sight) -> Iterator[Change]:
    """The argument in place of the call; the base in place of the power."""
    if isinstance(node, Call) and node.arguments and _maps(node, sight):
        yield Change(node.arguments[0], node, {"function": node.function})
    if isinstance(node, Call) and node.function in _FOLDING and len(node.arguments) == 1:
        yield Change(node.arguments[0], node, {"function": node.function})


def _maps(node: Call, sight: Sight) -> bool:
    if node.function in _KEEPING:
        return True
    return len(node.arguments) == 1 and sight.entrywise(node.function)


def other_function(node: Tree, sight: Sight) -> Iterator[Change]:
    """A call of another function, one that the answer calls."""
    if isinstance(node, Call) and node.function in _REDUCING and len(node.arguments) == 1:
        for function in sorted((sight.donors.functions & _REDUCING) - {node.function}):
            yield Change(Call(function, node.arguments, node.options), node, {"function": function})
    if not isinstance(node, Call) or not _maps(node, sight):
        return
    for function in sorted(sight.donors.functions - {node.function}):
        other = Call(function, node.arguments)
        if sight.entrywise(function) or function in _KEEPING or function in _FOLDING:
            yield Change(other, node, {"function": function})


def added_function(node: Tree, sight: Sight) -> Iterator[Change]:
    """A call around a value that has none."""
    if not isinstance(node, Name | Binary | Call) or sight.value(node) is None:
        return
    for function in sorted(sight.donors.functions):
        if sight.entrywise(function) and not (isinstance(node, Call) and node.function == function):
            yield Change(call(function, node), node, {"function": function})


def other_power(node: Tree, sight: Sight) -> Iterator[Change]:
    """A square lost or gained; a root lost."""
    if isinstance(node, Binary) and node.operator == "**" and is_number(node.right, 2):
        yield Change(node.left, node, {"power": "lost"})
        yield Change(call("abs", node.left), node, {"power": "lost"})
    elif isinstance(node, Name | Call) and sight.value(node) is not None:
        yield Change(square(node), node, {"power": "gained"})
    if isinstance(node, Binary) and node.operator == "/":
        yield Change(over(node.left, Binary("**", node.right, TWO)), node.right, {"power": "gained"})
