"""Shapes guessed from a text in matrix notation: by a course's conventions and by what must fit together."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import islice, product

from gradwright.language.scope import ReadError
from gradwright.language.tex.layout import read_node
from gradwright.language.tex.names import MATRIX, names_in
from gradwright.language.tex.nodes import Node, Relation
from gradwright.language.tex.pieces import Extent, Unknown, found
from gradwright.language.tex.prose import mathematics
from gradwright.language.tex.resolve import Resolver
from gradwright.language.tex.spelled import Declared
from gradwright.language.tex.target import sides_of

_BOUND = re.compile(
    r"\\(?:sum|prod)\s*(?:\\limits\s*)?_\s*\{?\s*[A-Za-z]\s*=\s*[01]\s*\}?\s*\^\s*\{?\s*([A-Za-z])\s*(?:-\s*1\s*)?(?:\}|(?![A-Za-z]))"
)
_KRONECKER = re.compile(r"\\delta_\{\s*([a-z])\s*,?\s*([a-z])\s*\}")
_LETTERS = "ndkmpqrstuvabcgh"
_VECTORS = frozenset({"delta", "beta", "theta", "mu"})
"""Greek letters that are vectors as a rule, where there is matrix notation."""
_TRIES = 600
_MOST_NAMES = 9

Ranks = tuple[int, ...]


def infer_vars(text: str, *also: str) -> dict[str, tuple[str, ...]] | None:
    r"""Shapes for the names of a text that declares none.

    Capital letters are matrices, small Latin letters vectors, Greek ones scalars, unless that does not fit;
    sizes follow from what is multiplied. An index that a sum binds makes an axis.

    Args:
        text: The LaTeX of an expression.
        also: Further expressions in the same names, which count where they fit too.

    Returns:
        The axes of each name, or None where the text has no matrix notation or does not settle.

    >>> infer_vars(r"X^\top(Xw-y)")
    {'X': ('n', 'd'), 'w': ('d',), 'y': ('n',)}
    """
    try:
        plain = mathematics(text)
        if MATRIX.search(plain) is None:
            return None
        names = names_in(text)
    except ReadError:
        return None
    others = [other for one in also for other in _formula(one)]
    names = _without_indices(plain, names)
    sizes = frozenset(_BOUND.findall(plain))
    sizes |= {size for other in others for size in _BOUND.findall(other) if size not in names}
    values = tuple(name for name in names if name not in sizes)
    if not values or len(values) > _MOST_NAMES:
        return None
    best: tuple[int, dict[str, tuple[str, ...]]] | None = None
    for cost, ranks in _assignments(values, sizes):
        if best is not None and cost >= best[0]:
            break
        found_here = _fit(plain, others, values, ranks, sizes)
        if found_here is not None and (best is None or cost + found_here[0] < best[0]):
            best = cost + found_here[0], found_here[1]
    return best[1] if best is not None and any(best[1].values()) else None


def _assignments(values: tuple[str, ...], sizes: frozenset[str]) -> Iterator[tuple[int, Ranks]]:
    """Ranks for all names, the usual ones first."""
    choices = [_usual(name) for name in values]
    tries = islice(product(*(range(len(choice)) for choice in choices)), _TRIES)
    ordered = sorted(tries, key=lambda picks: (sum(picks), picks[::-1]))
    for picks in ordered:
        yield sum(picks), tuple(choice[pick] for choice, pick in zip(choices, picks, strict=True))


def _formula(text: str) -> tuple[str, ...]:
    """The formula in a text, if there is one."""
    try:
        return (mathematics(text),)
    except ReadError:
        return ()


def _without_indices(text: str, names: tuple[str, ...]) -> tuple[str, ...]:
    r"""The names without the indices that ``\delta_{ij}`` shows to be such."""
    letters = {letter for pair in _KRONECKER.findall(text) for letter in pair}
    if not letters:
        return names
    kept = []
    for name in names:
        head, _, index = name.partition("_")
        is_indexed = bool(index) and set(index) <= letters
        if not (is_indexed and head == "delta") and name not in letters:
            kept.append(head if is_indexed else name)
    return tuple(dict.fromkeys(kept))


def _usual(name: str) -> tuple[int, ...]:
    head = name.split("_")[0]
    if len(head) == 1 and head in "NLKCJ":
        return (0, 2)
    if head[0].isupper():
        return (2, 0, 1)
    if len(head) == 1 and head.isascii():
        return (0, 1, 2) if head in "nmdkcp" and head == name else (1, 0, 2)
    return (1, 0, 2) if head in _VECTORS else (0, 1)


def _fit(
    text: str, others: list[str], values: tuple[str, ...], ranks: Ranks, sizes: frozenset[str]
) -> tuple[int, dict[str, tuple[str, ...]]] | None:
    """The strain of an assignment and the shapes that follow from it; None where it does not fit."""
    shapes: dict[str, tuple[Extent, ...]] = {
        name: tuple(Unknown(-1) for _ in range(rank)) for name, rank in zip(values, ranks, strict=True)
    }
    declared = Declared(values, sizes)
    strain = _strain(text, declared, shapes)
    if strain is None:
        return None
    for other in others:
        _strain(other, declared, shapes)
    return strain, _named(shapes, sizes)


def _strain(text: str, declared: Declared, shapes: Mapping[str, tuple[Extent, ...]]) -> int | None:
    try:
        node: Node = sides_of(read_node(text, declared))[1]
        if isinstance(node, Relation):
            return None
        resolver = Resolver(text, declared, shapes)
        resolver.piece(node)
    except ReadError:
        return None
    return resolver.strain + 3 * len(resolver.free)


def _named(shapes: Mapping[str, tuple[Extent, ...]], sizes: frozenset[str]) -> dict[str, tuple[str, ...]]:
    """Names for the axes: a scalar ``n`` that is no value otherwise is the size of the first axis."""
    scalars = {name for name, shape in shapes.items() if not shape}
    taken = set(shapes) - ({"n"} & scalars) | sizes
    letters = iter(
        [letter for letter in _LETTERS if letter not in taken] + [f"a{count}" for count in range(40)]
    )
    known: dict[Unknown, str] = {}
    result: dict[str, tuple[str, ...]] = {}
    for name, shape in shapes.items():
        axes = []
        for extent in shape:
            extent = found(extent)
            if isinstance(extent, Unknown):
                if extent not in known:
                    known[extent] = next(letters)
                axes.append(known[extent])
            else:
                axes.append(str(extent))
        result[name] = tuple(axes)
    if "n" in known.values() and "n" in scalars:
        result.pop("n")
    return result
