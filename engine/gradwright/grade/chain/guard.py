"""The guard on follow-through: did the wrong start make the rest trivial? Each condition has a name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from gradwright.errors import GradwrightError
from gradwright.execute.formulas import evaluate_formulas
from gradwright.execute.sample import draw, draw_sizes, shape_of
from gradwright.grade.chain.same import DEFECTS
from gradwright.grade.chain.world import PRIME, World, own, shape_in
from gradwright.grade.finding import Finding
from gradwright.language.scope import ReadError, Shape
from gradwright.language.tree import Formula, Name, Number, names

Values = Mapping[str, Any]
_SEEDS = (20240229, 7)
_SMALL = 1e-9
_WORK = 3_000_000


@dataclass(frozen=True)
class _Pair:
    """All values at two points of the same sizes."""

    first: Values
    second: Values
    sizes: Mapping[str, int]


def trivial(formula: Formula, world: World, method: bool = True) -> Finding | None:
    """The condition under which a form that follows from an error earns nothing, or None.

    Args:
        formula: The form.
        world: What the names mean before it.
        method: Whether the form is right with the right values; if not, it only repeats what the reference's
            step makes of the student's values.
    """
    expected = world.reference.formulas[formula.target]
    if not method and _copies(formula, expected, world):
        return Finding("chain.guard.copy")
    affected = world.affected - {formula.target}
    carriers = sorted((names(formula.body) & affected) or (names(expected.body) & affected))
    degenerate = _degenerate(formula, expected, world, carriers)
    if degenerate is not None:
        return degenerate
    try:
        pairs = list(_pairs(world))
    except (GradwrightError, *DEFECTS):
        return None
    operands = _operands(expected, world, affected, pairs)
    bound = [name for name in operands if any(_bound(expected, name, carriers, p, world) for p in pairs)]
    idle = _idle(carriers, pairs)
    if idle is not None and 2 * len(bound) >= len(operands):
        return idle
    return _dropped(expected, operands, world, pairs)


def nothing(formula: Formula, world: World) -> Finding | None:
    """The condition under which going on from a wrong expression earns nothing, or None."""
    start = own(formula.target)
    try:
        pairs = list(_pairs(world, {start: replace(formula, target=start, body=world.primed(formula.body))}))
    except (GradwrightError, *DEFECTS):
        return None
    found = _idle([formula.target], pairs)
    return Finding(f"{found.key}-start") if found is not None else None


def _copies(formula: Formula, expected: Formula, world: World) -> bool:
    """Whether a form only repeats an earlier line, although its step asks for more."""
    if isinstance(expected.body, Name):
        return False
    earlier = (one.body for name, one in world.written.items() if name != formula.target)
    bare = isinstance(formula.body, Number) or (
        isinstance(formula.body, Name) and formula.body.name not in world.helpers
    )
    return bare or formula.body in earlier


def _degenerate(formula: Formula, expected: Formula, world: World, carriers: Iterable[str]) -> Finding | None:
    """A wrong value that lost an axis, or on which the line or the step can't be carried out."""
    for name in carriers:
        got, right = world.shapes.get(own(name)), world.reference.shapes.get(name)
        if name in world.wrong and got is not None and right is not None and len(got) < len(right):
            return Finding(
                "chain.guard.axis", {"name": name, "got": _written(got), "expected": _written(right)}
            )
    for one in (formula, expected):
        try:
            shape_in(one, world.scope(students=True))
        except ReadError as error:
            return Finding("chain.guard.shape", {"why": error.message})
    return None


def _written(shape: Shape) -> str:
    """A shape as NumPy writes it."""
    return f"({shape[0]},)" if len(shape) == 1 else f"({', '.join(map(str, shape))})"


def _pairs(world: World, more: Mapping[str, Formula] | None = None) -> Iterator[_Pair]:
    """The values of all names, the student's own among them, at pairs of points."""
    formulas = {**world.definitions, **(more or {})}
    for seed in _SEEDS:
        rng = np.random.default_rng(seed)
        sizes = draw_sizes(world.reference.values, world.reference.equations, rng)
        shapes = {name: value.shape for name, value in world.scope(primes=True).values.items()}
        shapes |= {name: shapes[name.removesuffix(PRIME)] for name in more or {}}
        extents = {name: shape_of(shapes[name], sizes) for name in formulas}
        points = []
        for _ in range(2):
            arrays = draw(world.reference.values, sizes, rng)
            found = evaluate_formulas(
                tuple(formulas.values()),
                arrays,
                sizes,
                world.reference.composites,
                work=_WORK,
                extents=extents,
            )
            points.append({**arrays, **found})
        yield _Pair(points[0], points[1], sizes)


def _idle(carriers: Iterable[str], pairs: list[_Pair]) -> Finding | None:
    """The wrong values that a line goes on with are all zero, or the same whatever the data are."""
    found: dict[str, str] = {}
    for name in carriers:
        values = [(np.asarray(pair.first[own(name)]), np.asarray(pair.second[own(name)])) for pair in pairs]
        if all(_close(first, 0 * second) for first, second in values):
            found[name] = "zero"
        elif all(_close(first, second) for first, second in values):
            found[name] = "constant"
        else:
            return None
    return next((Finding(f"chain.guard.{kind}", {"name": name}) for name, kind in found.items()), None)


def _operands(expected: Formula, world: World, affected: frozenset[str], pairs: list[_Pair]) -> list[str]:
    """The step's own operands: what it needs besides the wrong values, and what matters in it."""
    used = names(expected.body) - affected - {expected.target} - {*expected.indices}
    known = sorted(name for name in used if name in world.reference.known)
    return [name for name in known if any(_matters(expected, name, pair, world) for pair in pairs)]


def _bound(expected: Formula, name: str, carriers: list[str], pair: _Pair, world: World) -> bool:
    """Whether the operand works on the wrong values, as a factor does and a summand does not."""
    other = {one: pair.second[one] for one in carriers if one in names(expected.body)}
    moved = {name: pair.second[name]}
    values = [_value(expected, change, pair, world) for change in ({}, moved, other, {**moved, **other})]
    if any(value is None for value in values):
        return True
    base, left, right, both = values
    return not _close(both - right, left - base)


def _dropped(expected: Formula, operands: list[str], world: World, pairs: list[_Pair]) -> Finding | None:
    """Half of the step's own operands or more no longer matter, with the student's values in it."""
    mine = replace(expected, body=world.primed(expected.body))
    gone = [name for name in operands if not any(_matters(mine, name, pair, world) for pair in pairs)]
    if gone and 2 * len(gone) >= len(operands):
        return Finding("chain.guard.operand", {"name": gone[0]})
    return None


def _matters(formula: Formula, name: str, pair: _Pair, world: World) -> bool:
    """Whether a formula's value changes when one of the names in it changes."""
    values = [_value(formula, change, pair, world) for change in ({}, {name: pair.second[name]})]
    return any(value is None for value in values) or not _close(*values)


def _value(formula: Formula, change: Values, pair: _Pair, world: World) -> Any:
    """A formula's value at the pair's first point with some names changed; None where it has none."""
    body = names(formula.body) - {formula.target}
    arrays = {one: pair.first[one] for one in body if one in pair.first} | dict(change)
    try:
        found = evaluate_formulas((formula,), arrays, pair.sizes, world.reference.composites, work=_WORK)
    except (GradwrightError, *DEFECTS):
        return None
    return np.asarray(found[formula.target])


def _close(left: Any, right: Any) -> bool:
    """Whether two arrays are the same to rounding; a value that is not finite is not told apart."""
    if left.shape != right.shape or not (np.all(np.isfinite(left)) and np.all(np.isfinite(right))):
        return False
    scale = max(1.0, float(np.max(np.abs(left), initial=0)), float(np.max(np.abs(right), initial=0)))
    return bool(np.max(np.abs(left - right), initial=0) <= _SMALL * scale)
