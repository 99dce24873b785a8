"""The record of one function of arrays, and the measure of how much may be computed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from gradwright.errors import GradwrightError
from gradwright.language.scope import ReadError
from gradwright.language.tree import Call, Name, Number, Sequence, Tree
from gradwright.registry import collect

if TYPE_CHECKING:
    from gradwright.execute.evaluate import Evaluation

Array = Any


class TooLargeError(GradwrightError):
    """An expression needs more numbers than may be computed."""


class Work:
    """How many entries may still be computed."""

    def __init__(self, limit: float) -> None:
        self.left = limit

    def check(self, count: int) -> None:
        """Raise TooLargeError if so many entries are too many, before they are computed."""
        if count > self.left:
            raise TooLargeError(f"this computes {count} numbers or more at once, which is too many")

    def spend(self, count: int) -> None:
        """Take so many entries off what is left."""
        self.check(count)
        self.left -= count


@dataclass(frozen=True)
class Function:
    """A function that is more than elementwise.

    Args:
        name: Its one spelling in the grammar.
        apply: From a call and the evaluation under way to the value.
    """

    name: str
    apply: Callable[[Call, Evaluation], Array]


@cache
def functions() -> Mapping[str, Function]:
    """The functions that are more than elementwise, by name: the records of ``execute/functions``."""
    return collect("gradwright.execute.functions", Function)


def option(call: Call, name: str, position: int | None = None) -> Tree | None:
    """An option's tree, by name or by position; None where it is left out or is ``None``."""
    tree = next((value for key, value in call.options if key == name), None) if call.options else None
    if tree is None and position is not None and len(call.arguments) > position:
        tree = call.arguments[position]
    return None if isinstance(tree, Name) and tree.name == "None" else tree


def flag(call: Call, name: str, default: bool = False) -> bool:
    """Whether an option such as ``keepdims`` is on."""
    tree = option(call, name)
    if tree is None:
        return default
    if isinstance(tree, Name) and tree.name in ("True", "False"):
        return tree.name == "True"
    if isinstance(tree, Number) and tree.value in (0, 1):
        return bool(tree.value)
    raise ReadError(f"{name} is True or False", tree.span)


def axes_of(tree: Tree | None, array: Array, run: Evaluation) -> tuple[int, ...]:
    """The axes that an option names, counted from the front; all where it is left out."""
    if tree is None:
        return tuple(range(array.ndim))
    return tuple(sorted({axis_of(number, array.ndim, tree) for number in run.wholes(tree)}))


def axis_of(number: int, order: int, tree: Tree) -> int:
    """One axis of an array with so many axes, counted from the front."""
    if not -order <= number < order:
        raise ReadError(f"there is no axis {number} in an array of {order} axes", tree.span)
    return number % order


def extents_of(tree: Tree, run: Evaluation) -> tuple[int, ...]:
    """The shape that a tree stands for: a size, a sequence of sizes, or ``X.shape``."""
    if isinstance(tree, Call) and tree.function == "shape" and len(tree.arguments) == 1:
        return tuple(run.value(tree.arguments[0]).shape)
    return run.wholes(tree)


def pair(tree: Tree | None, default: int, run: Evaluation) -> tuple[int, int]:
    """One size for two axes, or a size for each."""
    if tree is None:
        return default, default
    sizes = run.wholes(tree)
    if isinstance(tree, Sequence) and len(sizes) != 2:
        raise ReadError("one size or two are expected here", tree.span)
    return sizes[0], sizes[-1]
