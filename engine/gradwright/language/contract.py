"""Contractions: a sum of a product over shared indices as matrix products, traces, row and column sums."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import sympy
from sympy import Expr, Pow

from gradwright.language.elementwise import product, total
from gradwright.language.entries import Reading
from gradwright.language.named_sums import leading, summed_by_name
from gradwright.language.pieces import NoFormError, Order, Piece, einsum, matmul, reduce_call, whole
from gradwright.language.tree import Call, Name, Sequence, Tree, walk
from gradwright.language.weight import length
from gradwright.language.windows import correlation
from gradwright.tensor.nodes import Index, Sum

MakePiece = Callable[[Expr, Reading], Piece]


def contract(node: Sum, reading: Reading, piece: MakePiece) -> Piece:
    """The piece for a sum.

    Args:
        node: The sum.
        reading: Which indices are subscripts, not axes, and the shapes of values.
        piece: Makes the piece of a factor.
    """
    window = correlation(node, reading, piece)
    if window is not None:
        return window
    named = leading(node, reading)
    if named is not None:
        return _joined(summed_by_name(node, named, reading, piece), node, reading, piece)
    if (split := _term_by_term(node)) is not None:
        return _shorter(node, split, reading, piece)
    return _contracted(node, reading, piece)


def _joined(named: Piece, node: Sum, reading: Reading, piece: MakePiece) -> Piece:
    """A sum over a named index, but one contraction where its terms would be contractions by letters."""

    def build(order: Order) -> Tree:
        tree = named.build(order)
        if not any(isinstance(part, Call) and part.function == "einsum" for part in walk(tree)):
            return tree
        try:
            return min((_contracted(node, reading, piece).build(order), tree), key=length)
        except NoFormError:
            return tree

    return Piece(named.axes, build, named.natural)


def _contracted(node: Sum, reading: Reading, piece: MakePiece) -> Piece:
    number, factors = node.body.as_coeff_mul()
    pieces = _grouped(list(factors), set(node.bound), reading, piece)
    bound = set(node.bound)
    if any(all(index not in made.axes for made in pieces) for index in bound):
        raise NoFormError
    while bound:
        pieces, bound = _eliminate(pieces, bound)
    scalar = piece(number, reading) if not number.is_Rational else None
    factor = Fraction(1) if scalar else Fraction(int(number.p), int(number.q))
    return product(factor, ([scalar] if scalar else []) + pieces, [])


def _term_by_term(node: Sum) -> list[Expr] | None:
    """A sum term by term, where it is over a product with one factor whose terms each have fewer axes."""
    compound = [part for part in sympy.Mul.make_args(node.body) if isinstance(part, sympy.Add)]
    if len(compound) != 1:
        return None
    indices = [{s for s in term.free_symbols if isinstance(s, Index)} for term in compound[0].args]
    if max(map(len, indices)) == len(set().union(*indices)):
        return None
    rest = node.body / compound[0]
    return [Sum(rest * term, *node.bound) for term in compound[0].args]


def _shorter(node: Sum, split: list[Expr], reading: Reading, piece: MakePiece) -> Piece:
    """The sum as one contraction, or term by term if that is shorter to read."""
    try:
        joint = _contracted(node, reading, piece)
    except NoFormError:
        joint = None
    try:
        apart = total([_contracted(part, reading, piece) for part in split])
    except NoFormError:
        if joint is None:
            raise
        return joint
    if joint is None:
        return apart

    def build(order: Order) -> Tree:
        candidates = []
        for made in (joint, apart):
            try:
                candidates.append(made.build(order))
            except NoFormError:
                continue
        if not candidates:
            raise NoFormError
        return min(candidates, key=length)

    return Piece(joint.axes, build, joint.natural)


def _grouped(factors: list[Expr], bound: set[Index], reading: Reading, piece: MakePiece) -> list[Piece]:
    """The factors, those with the same axes taken together elementwise; a vector's square as two factors."""
    groups: dict[frozenset[Index], tuple[list[Piece], list[Piece]]] = {}
    for factor in factors:
        base, power = factor.as_base_exp()
        below = bool(power.is_Rational and power.is_negative) and not isinstance(factor, sympy.exp)
        made = piece(base**-power if below else factor, reading)
        group = groups.setdefault(made.axes, ([], []))[below]
        if (
            len(factors) == 1
            and isinstance(factor, Pow)
            and power == 2
            and made.axes <= bound
            and len(made.axes) == 1
        ):
            root = piece(base, reading)
            if isinstance(root.build(root.natural), Name):
                group.extend([root, root])
                continue
        group.append(made)
    return [_together(top, bottom) for top, bottom in groups.values()]


def _together(top: list[Piece], bottom: list[Piece]) -> Piece:
    if len(top) == 1 and not bottom:
        return top[0]
    made = product(Fraction(1), top, bottom)
    return Piece(made.axes, made.build, made.natural, tuple(top) if not bottom else (), made.spread)


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
        return _absorb(touching, others, index, bound)
    left, right = touching
    shared = (left.axes & right.axes) - {index}
    if (
        shared & bound
        or (min(len(left.axes), len(right.axes)) > 2 and len(left.axes | right.axes) > 3 + len(shared))
        or (shared and not _batched(left, right))
    ):
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


def _absorb(
    touching: list[Piece], others: list[Piece], index: Index, bound: set[Index]
) -> tuple[list[Piece], set[Index]]:
    """Three or more pieces share an index: a vector scales a neighbour, else all go into one ``einsum``."""
    vectors = [made for made in touching if made.axes == {index}]
    if not vectors:
        together = bound & frozenset().union(*(made.axes for made in touching))
        gone = {item for item in together if all(item not in made.axes for made in others)}
        return _merged(others, _general(touching, gone)), bound - gone
    rest = [made for made in touching if made is not vectors[0]]
    target = max(rest, key=lambda made: len(made.axes))
    scaled = product(Fraction(1), [vectors[0], target], [])
    return [*others, *(made for made in rest if made is not target), scaled], bound


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
            candidates = [
                matmul(a.build((index,)), b.build((index,))) for a, b in ((left, right), (right, left))
            ]
            return min(candidates, key=length)
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
    stacked = len(first.axes) > 2 or len(second.axes) > 2
    if batch and (len(rows) != 1 or len(columns) != 1):
        return einsum([first, second], order)
    if stacked and (len(first.axes) == 1 or len(second.axes) == 1):
        return einsum([first, second], order)  # a stack times a vector can't be regrouped as matrices can
    if rows + columns != order[len(batch) :]:
        return einsum([first, second], order)
    if not columns:
        return matmul(first.build((*batch, *rows, index)), second.build((index,)))
    if not rows:
        return matmul(second.build((columns[0], index)), first.build((index,)))
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
            ways = [matmul(parts[0].build(way), parts[1].build(way[::-1])) for way in (first, first[::-1])]
            return Call("trace", (min(ways, key=length),))
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
