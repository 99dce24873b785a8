"""The points at which formulas are compared: few, seeded, of different sizes, the same for all candidates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.random import default_rng

from gradwright.execute.sample import Equation, draw, draw_sizes
from gradwright.grade.why.bench import Array, Bench
from gradwright.grade.why.lines import Lines
from gradwright.grade.why.store import Store
from gradwright.language.scope import Scope, Value
from gradwright.language.tree import Item, Number, Slice, Tree, walk

LEAST = (3, 4, 6, 3, 5)
"""The smallest axis at each point: the sizes differ within a point and between points."""
ENOUGH = 3
"""At so many points an explanation must hold; the others serve where the answer has no value at these."""
_MANY = 6
"""With more axes than this the sizes are spread anyway, and larger ones cost time."""
_WILD = 1e6
_ATTEMPTS = 30
_WIDEST = 12


@dataclass(frozen=True)
class Place:
    """One point: its bench, the program's lines there, and both values.

    Args:
        bench: The values of trees.
        lines: The program there.
        reference: The right value.
        answer: The student's value.
    """

    bench: Bench
    lines: Lines
    reference: Array
    answer: Array


def least_size(trees: Sequence[Tree]) -> int:
    """The smallest size at which numbers that subscript an axis stay on it."""
    widest = 0
    for tree in trees:
        for node in walk(tree):
            if isinstance(node, Item | Slice):
                numbers = [part.value for part in walk(node) if isinstance(part, Number)]
                widest = max([widest, *(int(abs(number)) + 2 for number in numbers)])
    return min(max(widest, LEAST[0]), _WIDEST)


def benches(
    store: Store, scope: Scope, equations: Sequence[Equation], least: int, seed: int, domain: str = ""
) -> list[Bench]:
    """A bench at each of the seeded points."""
    values = narrowed(scope.values, domain)
    axes = {symbol for one in values.values() for extent in one.shape for symbol in extent.free_symbols}
    found: list[Bench] = []
    for number, size in enumerate(LEAST):
        wider = size - LEAST[0] if len(axes) <= _MANY else 0
        for attempt in range(_ATTEMPTS):
            rng = default_rng([seed, number, attempt])
            sizes = draw_sizes(values, equations, rng, "distinct", least + wider)
            arrays = draw(values, sizes, rng)
            told = number + 1 < ENOUGH or _telling([*(one.sizes for one in found), sizes])
            if _mixed(values, arrays) and told:
                break
        found.append(Bench(store, arrays, sizes, scope.composites))
    return found


def _mixed(values: Mapping[str, Value], arrays: Mapping[str, Array]) -> bool:
    """Whether values that may have either sign have both."""
    free = [np.asarray(arrays[name]) for name, one in values.items() if one.domain == "real" and one.shape]
    return all(array.size < 2 or (np.any(array > 0) and np.any(array < 0)) for array in free)


def _telling(sizes: Sequence[Mapping[str, int]]) -> bool:
    """Whether no size is the same at every point, or another one plus a number, as ``n - 1``."""
    pairs = [(one, other) for one in sizes[0] for other in sizes[0] if one < other]
    return all(len({at[one] for at in sizes}) > 1 for one in sizes[0]) and all(
        len({at[one] - at[other] for at in sizes}) > 1 for one, other in pairs
    )


def narrowed(values: Mapping[str, Value], domain: str) -> Mapping[str, Value]:
    """The same with values that may be anything drawn from a narrower domain."""
    if not domain:
        return values
    return {
        name: replace(one, domain=domain) if one.domain == "real" else one for name, one in values.items()
    }


def chosen(places: Sequence[Place]) -> list[Place]:
    """The first points at which the answer has a value that is no rounding error blown up."""
    tame = [place for place in places if _is_tame(place)]
    return tame[:ENOUGH] if len(tame) > 1 else list(places[:ENOUGH])


def _is_tame(place: Place) -> bool:
    answer, reference = np.abs(place.answer), np.abs(place.reference)
    if not np.any(np.isfinite(answer)):
        return False
    right = float(np.max(reference[np.isfinite(reference)], initial=0))
    return float(np.max(answer[np.isfinite(answer)], initial=0)) <= _WILD * right


def usable(reference: Array) -> bool:
    """Whether a value tells anything: some entry is finite, and not all are zero."""
    finite = np.isfinite(reference)
    return bool(np.any(finite)) and bool(np.any(reference[finite]))
