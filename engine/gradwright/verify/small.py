"""The smallest sizes at which a model's shapes agree, for what is written out entry by entry."""

from __future__ import annotations

import itertools
from collections.abc import Mapping

from gradwright.model.model import Model

LARGEST = 6
PLAIN = 2


def small_sizes(model: Model) -> dict[str, int] | None:
    """Two places for each free axis; where sizes follow from others, the least with all 2 (or 1) or more.

    Returns:
        None if no sizes up to ``LARGEST`` satisfy the model's equations.
    """
    extents = [extent for value in model.shapes.values() for extent in value.shape]
    names = {str(symbol) for extent in extents for symbol in extent.free_symbols}
    names |= {str(symbol) for _, right in model.equations for symbol in right.free_symbols}
    derived = {str(left) for left, _ in model.equations}
    bound = {str(symbol) for _, right in model.equations for symbol in right.free_symbols} - derived
    free = dict.fromkeys(sorted(names - derived - bound), PLAIN)
    fallback = None
    choices = itertools.product(range(PLAIN, LARGEST + 1), repeat=len(bound))
    for choice in sorted(choices, key=lambda sizes: (sum(sizes), sizes)):
        sizes = _completed({**free, **dict(zip(sorted(bound), choice, strict=True))}, model)
        if sizes is None:
            continue
        if min(sizes.values(), default=PLAIN) >= PLAIN:
            return sizes
        fallback = fallback or sizes
    return fallback


def _completed(known: Mapping[str, int], model: Model) -> dict[str, int] | None:
    """The sizes with those that follow from them, or None where one is not positive or two disagree."""
    sizes = dict(known)
    waiting = list(model.equations)
    while waiting:
        ready = [
            (left, right) for left, right in waiting if {str(s) for s in right.free_symbols} <= sizes.keys()
        ]
        if not ready:
            return None
        for left, right in ready:
            value = int(right.subs({symbol: sizes[str(symbol)] for symbol in right.free_symbols}))
            if value < 1 or sizes.setdefault(str(left), value) != value:
                return None
        waiting = [pair for pair in waiting if pair not in ready]
    return sizes
