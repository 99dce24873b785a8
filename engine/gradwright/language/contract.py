"""Contractions: a sum of a product over shared indices as products of matrices, traces, row and column sums."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import sympy
from sympy import Expr, preorder_traversal

from gradwright.language.elementwise import product
from gradwright.language.pieces import NoFormError, Order, Piece, einsum, matmul, reduce_call, weight, whole
from gradwright.language.tree import Call, Name, Sequence, Tree
from gradwright.language.windows import correlation
from gradwright.tensor.affine import coefficient
from gradwright.tensor.nodes import Apply, Entry, Index, Sum

MakePiece = Callable[[Expr, frozenset[Index]], Piece]


def contract(node: Sum, fixed: frozenset[Index], piece: MakePiece) -> Piece:
    """The piece for a sum.

    Args:
        node: The sum.
        fixed: Indices that are subscripts, not axes.
        piece: Makes the piece of a factor, given the fixed indices.
    """
    window = correlation(node, fixed)
    if window is not None:
        return window
    leading = _leading(node, fixed)
    if leading is not None:
        return _summed_by_name(node, leading, fixed, piece)
    number, factors = node.body.as_coeff_mul()
    pieces = _grouped([part for part in factors], fixed, piece)
    bound = set(node.bound)
    while bound:
        pieces, bound = _eliminate(pieces, bound)
    scalar = piece(number, fixed) if not number.is_Rational else None
    factor = Fraction(1) if scalar else Fraction(int(number.p), int(number.q))
    return product(factor, ([scalar] if scalar else []) + pieces, [])


def _grouped(factors: list[Expr], fixed: frozenset[Index], piece: MakePiece) -> list[Piece]:
    """The factors, those with the same axes taken together elementwise."""
    groups: dict[frozenset[Index], tuple[list[Piece], list[Piece]]] = {}
    for factor in factors:
        base, power = factor.as_base_exp()
        below = bool(power.is_Rational and power.is_negative) and not isinstance(factor, sympy.exp)
        made = piece(base**-power if below else factor, fixed)
        groups.setdefault(made.axes, ([], []))[below].append(made)
    return [_together(top, bottom) for top, bottom in groups.values()]


def _together(top: list[Piece], bottom: list[Piece]) -> Piece:
    if len(top) == 1 and not bottom:
        return top[0]
    made = product(Fraction(1), top, bottom)
    return Piece(made.axes, made.build, made.natural, tuple(top) if not bottom else ())


def _eliminate(pieces: list[Piece], bound: set[Index]) -> tuple[list[Piece], set[Index]]:
    """One step: the bound index that the fewest pieces hold is summed away."""
    index = min(bound, key=lambda item: (sum(item in made.axes for made in pieces), item.name))
    touching = [made for made in pieces if index in made.axes]
    others = [made for made in pieces if index not in made.axes]
    if len(touching) == 1:
        only = touching[0]
        gone = {item for item in bound & only.axes if all(item not in made.axes for made in others)}
        return _merged(others, _reduced(only, gone)), bound - gone
    if len(touching) > 2:
        return _absorb(touching, others, index), bound
    left, right = touching
    shared = (left.axes & right.axes) - {index}
    if shared & bound or (
        min(len(left.axes), len(right.axes)) > 2 and len(left.axes | right.axes) > 3 + len(shared)
    ) or (shared and not _batched(left, right)):
        together = bound & (left.axes | right.axes)
        gone = {item for item in together if all(item not in made.axes for made in others)}
        return _merged(others, _general([left, right], gone)), bound - gone
    return _merged(others, _product_over(left, right, index)), bound - {index}


def _merged(others: list[Piece], new: Piece) -> list[Piece]:
    """The new piece among the others, joined elementwise with one of the same axes."""
    for other in others:
        if other.axes == new.axes and new.axes:
            return [made for made in others if made is not other] + [_together([other, new], [])]
    return [*others, new]


def _absorb(touching: list[Piece], others: list[Piece], index: Index) -> list[Piece]:
    """Three or more pieces share an index: a vector among them scales a neighbour."""
    vectors = [made for made in touching if made.axes == {index}]
    if not vectors:
        raise NoFormError
    rest = [made for made in touching if made is not vectors[0]]
    target = max(rest, key=lambda made: len(made.axes))
    scaled = product(Fraction(1), [vectors[0], target], [])
    return [*others, *(made for made in rest if made is not target), scaled]


def _product_over(left: Piece, right: Piece, index: Index) -> Piece:
    """Two pieces that share an index: a product of matrices, a matrix and a vector, or an inner product."""
    axes = (left.axes | right.axes) - {index}
    shared = left.axes & right.axes - {index}
    mine, yours = left.axes - right.axes, right.axes - left.axes
    ends = tuple(left_index for left_index in left.natural if left_index in mine)
    ends += tuple(right_index for right_index in right.natural if right_index in yours)
    natural = tuple(item for item in left.natural if item in shared) + ends

    def build(order: Order) -> Tree:
        if not order:
            candidates = [matmul(a.build((index,)), b.build((index,))) for a, b in ((left, right), (right, left))]
            return min(candidates, key=weight)
        first, second = (left, right)
        if order[-1] in mine and (yours or len(order) > 1) and (not yours or order[-1] not in yours):
            first, second = right, left
        batch = tuple(item for item in order if item in shared)
        if order[: len(batch)] != batch:
            return einsum([left, right], order)
        return _matrices(first, second, index, order, batch)

    return Piece(axes, build, natural)


def _matrices(first: Piece, second: Piece, index: Index, order: Order, batch: Order) -> Tree:
    rows = tuple(item for item in order if item in first.axes and item not in batch)
    columns = tuple(item for item in order if item in second.axes and item not in batch)
    if batch and (len(rows) != 1 or len(columns) != 1):
        return einsum([first, second], order)
    if len(rows) > 1 and len(columns) == 0 and len(first.axes) == len(rows) + 1:
        return matmul(first.build((*rows, index)), second.build((index,)))
    if rows + columns != order[len(batch) :]:
        return einsum([first, second], order)
    if not columns:
        return matmul(first.build((*batch, *rows, index)), second.build((index,)))
    if not rows:
        if len(second.axes) == 2:
            turned = matmul(second.build((columns[0], index)), first.build((index,)))
            return turned
        return matmul(first.build((index,)), second.build((*columns[:-1], index, columns[-1])))
    if len(columns) > 1:
        return einsum([first, second], order)
    return matmul(first.build((*batch, *rows, index)), second.build((*batch, index, *columns)))


def _batched(left: Piece, right: Piece) -> bool:
    """Whether two pieces with shared free axes are stacks of matrices."""
    return len(left.axes) == 3 and len(right.axes) == 3 and len(left.axes & right.axes) == 2


def _general(operands: list[Piece], gone: set[Index]) -> Piece:
    """A contraction that only ``einsum`` writes."""
    axes = frozenset().union(*(made.axes for made in operands)) - gone
    natural = tuple(dict.fromkeys(item for made in operands for item in made.natural if item in axes))

    def build(order: Order) -> Tree:
        if not order and len(operands) == 1:
            return Call("sum", (operands[0].build(operands[0].natural),))
        return einsum(operands, order)

    return Piece(axes, build, natural)


def _reduced(only: Piece, gone: set[Index]) -> Piece:
    """One piece summed over some of its axes."""
    axes = only.axes - gone
    natural = tuple(item for item in only.natural if item in axes)
    parts = only.parts

    def build(order: Order) -> Tree:
        if not order and len(only.natural) == 1:
            inner = only.build(only.natural)
            if isinstance(inner, Call) and inner.function == "diagonal":
                return Call("trace", inner.arguments)
        if not order and len(parts) == 2 and len(gone) == 1:
            (index,) = gone
            return matmul(parts[0].build((index,)), parts[1].build((index,)))
        if not order and len(parts) == 2 and len(gone) == 2 and parts[0].natural == parts[1].natural[::-1]:
            first = parts[0].natural
            return Call("trace", (matmul(parts[0].build(first), parts[1].build(first[::-1])),))
        if len(gone) > 1 and order:
            return _over_axes(only, gone, order)
        return reduce_call("sum", only, order, tuple(gone))

    return Piece(axes, build, natural)


def _over_axes(only: Piece, gone: set[Index], order: Order) -> Tree:
    """``sum(A, axis=(0, 1))``, where the remaining axes keep their order."""
    full = only.natural
    if tuple(item for item in full if item not in gone) != order:
        full = tuple(item for item in full if item in gone) + order
    axes = tuple(whole(place) for place, item in enumerate(full) if item in gone)
    return Call("sum", (only.build(full),), (("axis", Sequence(axes)),))


def _leading(node: Sum, fixed: frozenset[Index]) -> Index | None:
    """A bound index over stacked matrices or shifted times: it only ever is the leading place of entries."""
    reads = [part for part in preorder_traversal(node.body) if isinstance(part, Entry | Apply)]
    if len({frozenset(_free_places(entry, fixed)) for entry in reads if entry.indices}) <= 1:
        return None
    for index in node.bound:
        touched = [entry for entry in reads if index in entry.free_symbols]
        if not touched or any(index in part.free_symbols for part in node.body.atoms(Sum) if index in part.bound):
            continue
        lead = all(
            coefficient(_lead(entry, fixed), index) == 1
            and all(index not in place.free_symbols for place in entry.indices if place != _lead(entry, fixed))
            for entry in touched
        )
        shifted = any(_lead(entry, fixed) != index for entry in touched)
        stacked = sum(len(_free_places(entry, fixed)) >= 3 for entry in touched) >= 2
        if lead and (shifted or stacked):
            return index
    return None


def _free_places(entry: Entry | Apply, fixed: frozenset[Index]) -> list[Expr]:
    return [place for place in entry.indices if not place.free_symbols <= fixed or not place.free_symbols]


def _lead(entry: Entry | Apply, fixed: frozenset[Index]) -> Expr:
    """The first place that is no fixed subscript."""
    places = _free_places(entry, fixed)
    return places[0] if places else sympy.S.NaN


def _summed_by_name(node: Sum, index: Index, fixed: frozenset[Index], piece: MakePiece) -> Piece:
    """``sum(t, ...)``: a sum of matrices over a named index."""
    taken = {str(symbol) for symbol in node.free_symbols} | {item.name for item in fixed}
    taken |= {part.name for part in preorder_traversal(node) if isinstance(part, Entry)}
    named = Index(letter_for(index, taken), index.extent)
    rest = [item for item in node.bound if item is not index]
    inner = piece(Sum.over(node.body.xreplace({index: named}), rest), fixed | {named})

    def build(order: Order) -> Tree:
        return Call("sum", (Name(named.name), inner.build(order)))

    return Piece(inner.axes, build, inner.natural)


def letter_for(index: Index, taken: set[str]) -> str:
    """A letter for an index: ``t`` on a time axis, else the usual ones, none that is taken."""
    extent = str(index.extent)
    usual = ["t", "s", "u"] if extent in ("T", "t", "L") else []
    for letter in [*usual, *"ijklpqrsuvabcdefgmotwxyz"]:
        if letter not in taken:
            return letter
    return index.name


