"""What the two values show by themselves: a sign, a factor, a transpose, zero everywhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

import numpy as np

from gradwright.grade.finding import Finding
from gradwright.grade.why.closeness import close, ratio
from gradwright.grade.why.linear import Multiple, multiple
from gradwright.grade.why.points import Place
from gradwright.grade.why.program import Program
from gradwright.language.tree import Binary, Call, Item, Name, Tree, names, walk

_NOTHING = 1e-13


def facts(program: Program, places: Sequence[Place], answer: Tree) -> tuple[Finding, ...]:
    """The findings of an answer that is an adjoint, zero, a multiple of the right one, or its transpose."""
    step = program.line(program.result).step
    values = {"step": step}
    early = _stopped_early(program, places, answer)
    if early:
        return (Finding("mistake.stopped-early", values),)
    if all(_is_zero(place) for place in places):
        return (Finding("mistake.zero", values),)
    times = multiple_of(places)
    if times is not None:
        return (factor_finding(times, program, values),)
    turned = [
        Place(place.bench, place.lines, place.reference.T, place.answer)
        for place in places
        if place.reference.ndim == 2
    ]
    if not turned:
        return ()
    if all(close(place.reference, place.answer) for place in turned):
        return (Finding("mistake.transposed", values),)
    times = multiple_of(turned)
    if times is not None:
        return (Finding("mistake.transposed", values), factor_finding(times, program, values))
    return ()


def _stopped_early(program: Program, places: Sequence[Place], answer: Tree) -> bool:
    """Whether the answer names another value that the right formula reads: a later layer's adjoint."""
    name = answer.target if isinstance(answer, Item) else answer
    line = program.line(program.result)
    if not (isinstance(name, Name) and line.step and not line.step.startswith("value")):
        return False
    return name.name in names(line.tree) and all(p.answer.shape == p.reference.shape for p in places)


def _is_zero(place: Place) -> bool:
    """Whether the answer is zero but for rounding."""
    largest = float(np.max(np.abs(place.answer), initial=0))
    return largest <= _NOTHING * float(np.max(np.abs(place.reference), initial=0))


def multiple_of(places: Sequence[Place]) -> Multiple | None:
    """What the answer is times the right one, as a number times sizes."""
    ratios = [ratio(place.reference, place.answer) for place in places]
    known = [value for value in ratios if value is not None]
    if len(known) < len(ratios):
        return None
    found = multiple(known, [place.bench.sizes for place in places])
    return None if found is not None and found.number == 1 and not found.powers else found


def factor_finding(times: Multiple, program: Program, values: dict[str, str]) -> Finding:
    """What to call an answer that is a multiple of the right one."""
    values = {**values, "factor": times.written(), "inverse": times.inverse.written()}
    if not times.powers or _is_compound(times):
        key = "sign" if times.number == -1 and not times.powers else "factor"
        return Finding(f"mistake.{key}", values)
    return Finding(f"mistake.{_size_mistake(times, _divisors(program))}", values)


def _is_compound(times: Multiple) -> bool:
    """Whether more than sizes is wrong: a number besides, or a size more than once."""
    return times.number != 1 or any(power > 1 or power < -1 for power in times.powers.values())


def _size_mistake(times: Multiple, averaged: Mapping[str, set[str]]) -> str:
    up = {name for name, power in times.powers.items() if power > 0}
    down = {name for name, power in times.powers.items() if power < 0}
    if any(isinstance(power, Fraction) and power.denominator > 1 for power in times.powers.values()):
        return "scaling-missing" if up and up <= averaged["root"] else "root-size"
    if any(" " in name for name in up | down):
        return "size-less-one"
    if up and down:
        return "wrong-size"
    if up:
        return "mean-missing"
    return "mean-twice" if down & averaged["whole"] else "mean-extra"


def _divisors(program: Program) -> Mapping[str, set[str]]:
    """The sizes that the right formula divides by, whole or under a root."""
    found: dict[str, set[str]] = {"whole": set(), "root": set()}
    for node in (part for line in program.lines for part in walk(line.tree)):
        if isinstance(node, Binary) and node.operator == "/":
            found["whole"] |= names(node.right)
        if isinstance(node, Call) and node.function == "sqrt":
            found["root"] |= names(node.arguments[0])
    return found
