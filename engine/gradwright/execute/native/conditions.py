"""Conditions between counters: each a whole number, at least 0 where it holds (``i - j`` for ``i >= j``)."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from gradwright.execute.native.index import Place, Var
from gradwright.execute.native.tree import Expr, Op, Test


def counters(places: Sequence[Place], shape: Sequence[int]) -> tuple[Var, ...] | None:
    """The counters that run along all axes of a value, one for an axis of one place too; else None."""
    found = [place.terms[0][0] if place.terms else Var("one", 1) for place in places if place.const == 0]
    plain = len(found) == len(shape) and all(len(place.terms) < 2 for place in places)
    if not plain or any(place.terms and place.terms[0][1] != 1 for place in places):
        return None
    runs = all(
        isinstance(var, Var) and var.extent == extent for var, extent in zip(found, shape, strict=True)
    )
    return tuple(found) if runs and len(set(found)) == len(found) else None


def opposite(condition: Place) -> Place:
    """What is at least 0 where a condition does not hold."""
    return (condition + Place(1)).times(-1)


def same(condition: Place) -> object:
    """What equal conditions share, in whatever order their counters stand."""
    return condition.const, frozenset(condition.terms)


def conjuncts(test: Test) -> list[Place]:
    """The conditions that all hold where a test does."""
    place, less = test.place, test.place.times(-1)
    both = {
        "ge": [place],
        "gt": [place + Place(-1)],
        "le": [less],
        "lt": [less + Place(-1)],
        "eq": [place, less],
    }
    return both.get(test.relation, [])


def ends(expr: Expr) -> list[Place]:
    """The conditions beyond which a value may be another, which is less work."""
    if not isinstance(expr, Op) or expr.name != "within":
        return []
    truth = expr.args[0]
    return [
        test.place for test in (truth.args if isinstance(truth, Op) else (truth,)) if isinstance(test, Test)
    ]


def holding(condition: Place, held: Sequence[Place]) -> bool | None:
    """Whether a condition holds wherever others do; False if it never does."""
    if _follows(condition, held):
        return True
    return False if _follows(opposite(condition), held) else None


def _follows(condition: Place, held: Sequence[Place]) -> bool:
    """Whether a condition's number is at least 0, or at least that of one that holds."""
    ranges = (condition.range(), *((condition + one.times(-1)).range() for one in held))
    return any(bounds is not None and bounds[0] >= 0 for bounds in ranges)


def meet(conditions: Sequence[Place], over: Sequence[Var]) -> bool:
    """Whether all conditions hold at some places of loops, whatever the counters around are."""
    inside = [one for one in conditions if one.vars & set(over)]
    if not inside or len(inside) < len(conditions):
        return False
    vars_ = set().union(*(one.vars & set(over) for one in inside))
    if len(vars_) > 1:
        return False
    (var,) = vars_
    rest = [(one.factor(var), one + Place(0, ((var, -one.factor(var)),))) for one in inside]
    if any(factor not in (1, -1) for factor, _ in rest):
        return False
    lows = [Place(0), *(place.times(-1) for factor, place in rest if factor > 0)]
    highs = [Place(var.extent - 1), *(place for factor, place in rest if factor < 0)]
    gaps = [(high + low.times(-1)).range() for low, high in itertools.product(lows, highs)]
    return all(gap is not None and gap[0] >= 0 for gap in gaps)
