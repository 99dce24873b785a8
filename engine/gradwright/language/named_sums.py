"""Sums over a named index of stacked matrices or shifted times: ``sum(t, H[t-1].T @ dA[t])``."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace

import sympy
from sympy import Expr, preorder_traversal

from gradwright.language.entries import Reading
from gradwright.language.pieces import Order, Piece
from gradwright.language.tree import Call, Name, Tree
from gradwright.tensor.affine import coefficient
from gradwright.tensor.bounds import same_length
from gradwright.tensor.nodes import Apply, Entry, Index, Sum


def leading(node: Sum, reading: Reading) -> Index | None:
    """A bound index over stacked matrices or shifted times: it only ever is the leading place of entries."""
    fixed = reading.fixed
    reads = [part for part in preorder_traversal(node.body) if isinstance(part, Entry | Apply)]
    if len({frozenset(_free_places(entry, fixed)) for entry in reads if entry.indices}) <= 1:
        return None
    for index in node.bound:
        touched = [entry for entry in reads if index in entry.free_symbols]
        if not touched or any(
            index in part.free_symbols for part in node.body.atoms(Sum) if index in part.bound
        ):
            continue
        lead = all(
            coefficient(_lead(entry, fixed), index) == 1
            and all(
                index not in place.free_symbols for place in entry.indices if place != _lead(entry, fixed)
            )
            for entry in touched
        )
        shifted = any(_lead(entry, fixed) != index for entry in touched)
        plain = any(_lead(entry, fixed) == index for entry in touched)
        plain = plain and all(_runs_through(entry, index, reading) for entry in touched)
        stacked = sum(len(_free_places(entry, fixed)) >= 3 for entry in touched) >= 2
        if lead and plain and (shifted or stacked):
            return index
    return None


def _runs_through(entry: Entry | Apply, index: Index, reading: Reading) -> bool:
    """Whether the index, where it stands alone, runs through the whole axis."""
    shape = reading.shapes.get(entry.name) if isinstance(entry, Entry) else None
    if shape is None or index not in entry.indices:
        return True
    return same_length(shape[entry.indices.index(index)], index.extent)


def _free_places(entry: Entry | Apply, fixed: frozenset[Index]) -> list[Expr]:
    return [place for place in entry.indices if not place.free_symbols <= fixed or not place.free_symbols]


def _lead(entry: Entry | Apply, fixed: frozenset[Index]) -> Expr:
    """The first place that is no fixed subscript."""
    places = _free_places(entry, fixed)
    return places[0] if places else sympy.S.NaN


def summed_by_name(
    node: Sum, index: Index, reading: Reading, piece: Callable[[Expr, Reading], Piece]
) -> Piece:
    """``sum(t, ...)``: a sum of matrices over a named index."""
    taken = {str(symbol) for symbol in node.free_symbols} | {item.name for item in reading.fixed}
    taken |= {part.name for part in preorder_traversal(node) if isinstance(part, Entry)}
    named = Index(letter_for(index, taken), index.extent)
    rest = [item for item in node.bound if item is not index]
    inner = piece(
        Sum.over(node.body.xreplace({index: named}), rest), replace(reading, fixed=reading.fixed | {named})
    )

    def build(order: Order) -> Tree:
        return Call("sum", (Name(named.name), inner.build(order)))

    return Piece(inner.axes, build, inner.natural)


def letter_for(index: Index, taken: set[str]) -> str:
    """A letter for an index: ``t`` on a time axis ``T``, ``s`` on a second one, else the usual ones.

    It is none that is taken.
    """
    extent = str(index.extent)
    usual = {"T": "tsu", "t": "tsu", "L": "tsu", "S": "srq"}.get(extent, "")
    for letter in [*usual, *"ijklpqrsuvabcdefgmotwxyz"]:
        if letter not in taken:
            return letter
    return next(name for count in itertools.count(1) if (name := f"i{count}") not in taken)
