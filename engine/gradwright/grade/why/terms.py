"""Term by term: which terms of a sum are right, and what the others lack."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gradwright.grade.finding import Finding
from gradwright.grade.why.bench import Array
from gradwright.grade.why.build import summands
from gradwright.grade.why.closeness import close, ratio
from gradwright.grade.why.linear import Multiple, multiple
from gradwright.grade.why.points import Place
from gradwright.grade.why.setting import Setting
from gradwright.language.tree import Binary, Negate, Tree

_MOST = 8


@dataclass(frozen=True)
class Fault:
    """A term that is wrong: its number in the answer, and how it is off."""

    number: int
    kind: str
    factor: Multiple | None = None


def term_findings(known: Setting, places: Sequence[Place], answer: Tree, sure: bool) -> tuple[Finding, ...]:
    """What is wrong with which term, where both are sums and at least one term is right.

    Args:
        known: The question.
        places: The points.
        answer: The student's tree.
        sure: Whether only to tell where it is known what each wrong term lacks.
    """
    line = known.program.line(known.program.result)
    if line.indices or any(place.answer.shape != place.reference.shape for place in places):
        return ()
    right, mine = _terms(known, _expanded(line.tree), places), _terms(known, answer, places)
    if right is None or mine is None or not 2 <= len(mine) <= _MOST or not 2 <= len(right) <= _MOST:
        return ()
    left = list(range(len(right)))
    wrong: list[int] = []
    for number, values in enumerate(mine):
        match = next((at for at in left if _all_close(values, right[at])), None)
        if match is None:
            wrong.append(number)
        else:
            left.remove(match)
    if not wrong or len(left) == len(right):
        return ()
    faults = [_fault(number, mine[number], [right[at] for at in left], places) for number in wrong]
    if sure and any(fault.kind == "wrong" for fault in faults):
        return ()
    told = {"step": line.step, "fine": str(len(mine) - len(wrong)), "total": str(len(mine))}
    for at, fault in enumerate(faults):
        inverse = fault.factor.inverse.written() if fault.factor is not None else ""
        told[f"term{at}"] = f"{fault.kind} {fault.number + 1} {inverse}"
    if len(left) > len(wrong):
        told[f"term{len(faults)}"] = "missing 0 "
    return (Finding("mistake.terms", told),)


def _fault(number: int, mine: list[Array], rest: list[list[Array]], places: Sequence[Place]) -> Fault:
    for values in rest:
        ratios = [ratio(np.asarray(one), np.asarray(other)) for one, other in zip(values, mine, strict=True)]
        known = [one for one in ratios if one is not None]
        if len(known) == len(ratios):
            found = multiple(known, [place.bench.sizes for place in places])
            if found is not None:
                return Fault(number, "sign" if found.number == -1 and not found.powers else "factor", found)
        if all(
            np.ndim(one) == 2 and close(np.asarray(one).T, np.asarray(v))
            for one, v in zip(mine, values, strict=True)
        ):
            return Fault(number, "transposed")
    return Fault(number, "wrong")


def _all_close(mine: list[Array], right: list[Array]) -> bool:
    return all(close(np.asarray(a), np.asarray(b)) for a, b in zip(mine, right, strict=True))


def _terms(known: Setting, tree: Tree, places: Sequence[Place]) -> list[list[Array]] | None:
    """The values of a sum's terms at each point."""
    found = []
    for sign, term in summands(tree):
        tree = known.store.intern(Negate(term) if sign < 0 else term)
        values = [place.bench.get(tree) for place in places]
        if any(
            value is None or value.shape != place.reference.shape
            for value, place in zip(values, places, strict=True)
        ):
            return None
        found.append([value for value in values if value is not None])
    return found


def _expanded(tree: Tree) -> Tree:
    """A product of a factor and a sum as the sum of the products."""
    if isinstance(tree, Negate):
        return Negate(_expanded(tree.operand))
    if not isinstance(tree, Binary):
        return tree
    left = _expanded(tree.left)
    if tree.operator in "+-":
        return Binary(tree.operator, left, _expanded(tree.right))
    if tree.operator in "*@/" and isinstance(left, Binary) and left.operator in "+-":
        one, other = (_expanded(Binary(tree.operator, side, tree.right)) for side in (left.left, left.right))
        return Binary(left.operator, one, other)
    right = _expanded(tree.right) if tree.operator in "*@" else tree.right
    if tree.operator in "*@" and isinstance(right, Binary) and right.operator in "+-":
        one, other = (_expanded(Binary(tree.operator, left, side)) for side in (right.left, right.right))
        return Binary(right.operator, one, other)
    return Binary(tree.operator, left, right)
