"""Whole sums written with indices: ``sum(Y*log(P))`` as the sum over i, j of ``Y[i, j]*log(P[i, j])``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from gradwright.language.scope import ReadError
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
    Tree,
    children,
    names,
    rebuild,
    walk,
)
from gradwright.language.words import UNARY, listed

_WHOLE = listed(
    "trace det logdet inv pinv cholesky size array norm1 norm2 ravel diag diagonal ones_like zeros_like expm"
)
_ELEMENTWISE = (UNARY - _WHOLE) | listed("where maximum minimum clip astype logaddexp arctan2 heaviside")
_BIG = listed("sum prod max min")
_LETTERS = "ijklpqrsuvmn"
_TOO_DEEP = 100


@dataclass
class Spread:
    """Rewrites the sums of one tree, and remembers the orders of the new nodes.

    Args:
        shape_of: The order (number of axes) of a sub-tree, or None where it is not known.
    """

    shape_of: Callable[[Tree], int | None] | None
    made: dict[int, tuple[Tree, int | None]] = field(default_factory=dict)
    touched: set[int] = field(default_factory=set)

    def order(self, tree: Tree) -> int | None:
        """The number of axes of an old or a new node; None where it is not known."""
        if isinstance(tree, Number):
            return 0
        if id(tree) not in self.made:
            self._remember(tree, self._asked(tree))
        return self.made[id(tree)][1]

    def _asked(self, tree: Tree) -> int | None:
        try:
            return self.shape_of(tree) if self.shape_of is not None else None
        except ReadError:
            return None

    def _remember(self, tree: Tree, order: int | None) -> Tree:
        self.made[id(tree)] = tree, order
        return tree

    def _scalar(self, tree: Tree) -> Tree:
        return self._remember(tree, 0)

    def spread(self, tree: Tree) -> Tree:
        """The tree with every sum (product, maximum) over all entries of a known order given its indices."""
        if self.shape_of is None or self._mark(tree) > _TOO_DEEP:
            return tree
        return self._rewrite(tree, frozenset(names(tree)))

    def _mark(self, tree: Tree) -> int:
        """Note which nodes hold a whole sum, and return the tree's height."""
        heights: dict[int, int] = {}
        for node in reversed(list(walk(tree))):
            parts = children(node)
            heights[id(node)] = 1 + max((heights[id(part)] for part in parts), default=0)
            if _is_whole_sum(node) or any(id(part) in self.touched for part in parts):
                self.touched.add(id(node))
        return heights[id(tree)]

    def _rewrite(self, tree: Tree, used: frozenset[str]) -> Tree:
        if id(tree) not in self.touched:
            return tree
        if isinstance(tree, Call) and _is_whole_sum(tree):
            order = self.order(tree.arguments[0])
            if not order or order > 3:
                return tree
            letters = _free_letters(used)[:order]
            if len(letters) < order:
                return tree
            indices = tuple(Name(letter) for letter in letters)
            body = self._push(tree.arguments[0], indices, used | set(letters))
            return self._scalar(Call(tree.function, (indices[0] if order == 1 else Sequence(indices), body)))
        return self._remember(rebuild(tree, lambda part: self._rewrite(part, used)), self.order(tree))

    def _push(self, tree: Tree, place: tuple[Tree, ...], used: frozenset[str]) -> Tree:
        """The entry of ``tree`` at ``place``, the indices moved inwards through what works entry by entry."""
        order = self.order(tree)
        if order == 0:
            return self._rewrite(tree, used)
        place = place[len(place) - order :] if order is not None else place
        match tree:
            case Negate() | Compare():
                return self._scalar(rebuild(tree, lambda part: self._push(part, place, used)))
            case Binary(operator=operator) if operator != "@":
                return self._scalar(rebuild(tree, lambda part: self._push(part, place, used)))
            case Call(function=function) if function in _ELEMENTWISE and not tree.options:
                return self._scalar(rebuild(tree, lambda part: self._push(part, place, used)))
            case Call(function="transpose", arguments=(inner,)) if order == 2:
                return self._push(inner, place[::-1], used)
            case Call(function="sum", arguments=(inner,)) if (
                order is not None and self._axis(tree) is not None
            ):
                return self._along(tree, inner, place, used)
            case Item(target=target, selectors=selectors) if all(_is_whole(part) for part in selectors):
                kept = [
                    index for index, part in zip(place, selectors, strict=False) if isinstance(part, Slice)
                ]
                return self._push(target, (*kept, *place[len(selectors) :]), used)
            case _:
                return self._scalar(Item(tree, place))

    def _axis(self, call: Call) -> int | None:
        """The one axis of a sum, counted from 0, or None."""
        axis = call.option("axis")
        inner = self.order(call.arguments[0])
        if isinstance(axis, Negate) and isinstance(axis.operand, Number) and inner is not None:
            return inner - int(axis.operand.value)
        return int(axis.value) if isinstance(axis, Number) else None

    def _along(self, call: Call, inner: Tree, place: tuple[Tree, ...], used: frozenset[str]) -> Tree:
        axis = self._axis(call)
        letters = _free_letters(used)
        assert axis is not None, call
        if not letters:
            return self._scalar(Item(call, place))
        letter = letters[0]
        kept = place[:axis] + place[axis + 1 :] if call.option("keepdims") is not None else place
        body = self._push(inner, (*kept[:axis], Name(letter), *kept[axis:]), used | {letter})
        return self._scalar(Call("sum", (Name(letter), body)))


def _free_letters(used: frozenset[str]) -> list[str]:
    return [letter for letter in _LETTERS if letter not in used]


def _is_whole(selector: Tree) -> bool:
    return isinstance(selector, NewAxis) or selector == Slice()


def _is_whole_sum(tree: Tree) -> bool:
    """Whether the tree is a sum, product or maximum over all entries of its argument."""
    return isinstance(tree, Call) and tree.function in _BIG and len(tree.arguments) == 1 and not tree.options
