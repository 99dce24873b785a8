"""Pieces: sub-expressions that know their axes and build their matrix notation in any order of these."""

from __future__ import annotations

from collections import abc
from collections.abc import Callable
from dataclasses import dataclass

from gradwright.language.arithmetic import matmul, quotient, scale, take_number, transpose, whole
from gradwright.language.tree import (
    Binary,
    Call,
    Item,
    Name,
    Negate,
    NewAxis,
    Number,
    Sequence,
    Slice,
    Text,
    Tree,
)
from gradwright.language.weight import length, weight
from gradwright.tensor.nodes import Index

__all__ = [
    "NoFormError",
    "Order",
    "Piece",
    "einsum",
    "fit",
    "matmul",
    "quotient",
    "reduce_call",
    "scale",
    "take_number",
    "transpose",
    "weight",
    "whole",
]

Order = tuple[Index, ...]

_LETTERS = "ijklmnopqrstuvwxyzabcdefgh"

REDUCTIONS = frozenset({"sum", "mean", "max", "min", "prod", "logsumexp"})


class NoFormError(Exception):
    """There is no matrix notation for this expression."""


@dataclass(frozen=True)
class Piece:
    """A sub-expression: the axes it has, and how to write it with its axes in a given order.

    Args:
        axes: Its axes.
        build: Writes it with exactly its axes, in the order given.
        natural: The order in which it is shortest.
        parts: The pieces whose elementwise product it is, if it is one.
        spread: Writes it so that it broadcasts against an array with more axes, where it can do that better
            than by new axes around the whole.
    """

    axes: frozenset[Index]
    build: Callable[[Order], Tree]
    natural: Order
    parts: tuple[Piece, ...] = ()
    spread: Callable[[Order], Tree] | None = None


def fit(piece: Piece, order: Order) -> Tree:
    """The piece written so that it broadcasts against an array with the axes ``order``."""
    own = tuple(index for index in order if index in piece.axes)
    if not own:
        return piece.build(own)
    suffix = order[order.index(own[0]) :]
    if suffix == own:
        return piece.build(own)
    whole_tree = _broadcast(piece.build(own), piece, suffix, order)
    if piece.spread is None:
        return whole_tree
    return min((whole_tree, piece.spread(suffix)), key=length)


def _broadcast(tree: Tree, piece: Piece, suffix: Order, order: Order) -> Tree:
    """The tree with new axes where the piece lacks some of those from its first on."""
    if isinstance(tree, Negate):
        return Negate(_broadcast(tree.operand, piece, suffix, order))
    if isinstance(tree, Binary) and tree.operator in "*/" and isinstance(tree.left, Number):
        return Binary(tree.operator, tree.left, _broadcast(tree.right, piece, suffix, order))
    for frame in dict.fromkeys((suffix, order)):
        gaps = tuple(position for position, index in enumerate(frame) if index not in piece.axes)
        if (kept := _kept(tree, gaps, len(frame))) is not None:
            return kept
    return Item(tree, tuple(Slice() if index in piece.axes else NewAxis() for index in suffix))


def _kept(tree: Tree, gaps: tuple[int, ...], order: int) -> Tree | None:
    """The same values with the axes of one place that all were read from (``N[:, 0]`` as ``N``)."""
    match tree:
        case Number():
            return tree
        case Item(target=target, selectors=selectors) if len(selectors) == order:
            read = all(part == (whole(0) if at in gaps else Slice()) for at, part in enumerate(selectors))
            return target if read else None
        case Call(function=function) if function in REDUCTIONS and tree.option("axis") == _axes(gaps):
            return Call(tree.function, tree.arguments, (*tree.options, ("keepdims", Name("True"))))
        case Call(function="sqrt" | "exp" | "log" | "abs", arguments=(inner,)):
            kept = _kept(inner, gaps, order)
            return None if kept is None else Call(tree.function, (kept,))
        case Binary(operator=operator, left=left, right=right) if operator != "@":
            one, two = _kept(left, gaps, order), _kept(right, gaps, order)
            return None if one is None or two is None else Binary(operator, one, two)
        case _:
            return None


def _axes(gaps: tuple[int, ...]) -> Tree:
    """Axes as a reduction's option has them."""
    return whole(gaps[0]) if len(gaps) == 1 else Sequence(tuple(map(whole, gaps)))


def einsum(operands: abc.Sequence[Piece], order: Order) -> Tree:
    """The general contraction, by letters: those of the axes' names where they can be told apart."""
    letters: dict[Index, str] = {}
    for operand in operands:
        for index in operand.natural:
            if index not in letters:
                letters[index] = _letter(index, frozenset(letters.values()))
    if any(index not in letters for index in order):
        raise NoFormError
    inputs = ",".join("".join(letters[index] for index in operand.natural) for operand in operands)
    pattern = f"{inputs}->{''.join(letters[index] for index in order)}"
    return Call("einsum", (Text(pattern), *(operand.build(operand.natural) for operand in operands)))


def _letter(index: Index, taken: frozenset[str]) -> str:
    name = str(index.extent).lower()
    own = name if len(name) == 1 and name in _LETTERS else ""
    return next(letter for letter in own + _LETTERS if letter not in taken)


def reduce_call(function: str, inner: Piece, order: Order, bound: tuple[Index, ...]) -> Tree:
    """A reduction of a piece over ``bound``, its other axes in ``order``."""
    assert function in REDUCTIONS
    if not order:
        best = min((inner.build(inner.natural), inner.build(inner.natural[::-1])), key=length)
        return Call(function, (best,))
    if len(bound) != 1:
        raise NoFormError
    candidates = []
    for position in range(len(order) + 1):
        full = (*order[:position], bound[0], *order[position:])
        candidates.append((length(tree := inner.build(full)), -position, tree, position))
    _, _, tree, position = min(candidates, key=lambda item: item[:2])
    return Call(function, (tree,), (("axis", whole(position)),))
