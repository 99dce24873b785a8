"""One side of a comparison: an expression as it was read, and the shape that it has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gradwright.execute.sample import shape_of
from gradwright.execute.scalars import is_scalar
from gradwright.language.free import free_indices
from gradwright.language.reading import Reading, read
from gradwright.language.scope import Scope, Shape
from gradwright.language.shapes import Inference, infer, infer_free
from gradwright.language.tree import Tree


@dataclass(frozen=True)
class Side:
    """An expression that is compared.

    Args:
        tree: The expression.
        free: Its free indices, the leading axes of its value, in order.
        inference: Its shape, theirs included, and the sizes that follow from others.
        scalar: Whether it is one number made of numbers.
    """

    tree: Tree
    free: tuple[str, ...]
    inference: Inference
    scalar: bool = False

    def bound(self, sizes: Mapping[str, int]) -> dict[str, int] | None:
        """How far each free index runs."""
        if not self.free:
            return None
        return dict(zip(self.free, shape_of(self.inference.shape[: len(self.free)], sizes), strict=True))


def reading_of(text: str | Tree, scope: Scope, syntax: str, implicit: bool) -> Reading:
    """What a text says; a tree says itself.

    Raises:
        ReadError: The text can't be read.
    """
    if isinstance(text, str):
        return read(text, scope, syntax, implicit=implicit)
    return Reading(text, free=free_indices(text, scope))


def side(tree: Tree, free: tuple[str, ...], scope: Scope, expected: Shape | None = None) -> Side:
    """The side that a tree with free indices is; a fix of a clash gives the ``expected`` shape.

    Raises:
        ReadError: Shapes clash, or a name is not declared.
    """
    if is_scalar(tree, _Scalars(scope), scope.composites):
        return Side(tree, free, _NUMBER, scalar=True)
    inference = infer_free(tree, scope, free, expected) if free else infer(tree, scope, expected=expected)
    return Side(tree, free, inference)


class _Scalars:
    """The names of the scalars of a scope."""

    def __init__(self, scope: Scope) -> None:
        self._values = scope.values

    def __contains__(self, name: object) -> bool:
        value = self._values.get(str(name))
        return value is not None and not value.shape


_NUMBER = Inference(())
