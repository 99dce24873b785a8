"""The decision: the strongest proof that two expressions are equal or different, cheap ones first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

from numpy.random import default_rng

from gradwright.execute.function import TooLargeError
from gradwright.execute.sample import shape_of
from gradwright.grade import words
from gradwright.grade.compare import AGREE, DIFFER, LOST, OPEN
from gradwright.grade.evidence import BITS, FEWEST, ArrayEvidence, Evidence, Pair
from gradwright.grade.normal import same_form
from gradwright.grade.points import Plan, Point, plan
from gradwright.grade.proof import prove
from gradwright.grade.scalars import ScalarEvidence, are_scalar
from gradwright.grade.verdict import Verdict

_NARROWED = ("", "pos", "unit", "posint")
"""What values may be narrowed to where the reference has no value otherwise."""
_SHALLOW, _DEEPEST = 150, 8000
"""Binary zeros behind the point: what an ordinary precision sees, and what any will be tried for."""


def decide(pair: Pair, seed: int, language: str) -> Verdict:
    """The verdict on a pair; at small sizes where it is too large with a size of its own for each axis.

    Raises:
        GradwrightError: A side can't be evaluated.
    """
    where = plan(pair.reference, (pair.right, pair.got), pair.smooth)
    try:
        return _decided(pair, where, seed, language)
    except TooLargeError:
        return _decided(pair, replace(where, compact=True), seed, language)


def _decided(pair: Pair, where: Plan, seed: int, language: str) -> Verdict:
    if pair.right.inference.shape != pair.got.inference.shape:
        clash = _clash(pair, where, seed, language)
        if clash is not None:
            return clash
    if pair.right.tree == pair.got.tree and pair.right.free == pair.got.free:
        return words.equal("same", (), "", language)
    scalar = are_scalar(pair, where)
    narrower = any(value.domain == "real" for value in where.values.values())
    for domain in _NARROWED if narrower else ("",):
        there = where.narrowed(domain) if domain else where
        evidence: Any = (ScalarEvidence if scalar else ArrayEvidence)(pair, there, seed)
        verdict = _by_points(_Case(pair, there, evidence, domain, seed, language))
        if verdict is not None:
            return verdict
    return words.undecided("nowhere", language)


def _clash(pair: Pair, where: Plan, seed: int, language: str) -> Verdict | None:
    """The verdict on an answer of another shape than the reference's."""
    expected, got = pair.right.inference.shape, pair.got.inference.shape
    rng = default_rng(seed)
    for _ in range(2):
        sizes = where.sizes(rng)
        if shape_of(expected, sizes) != shape_of(got, sizes):
            return words.other_shape(got, expected, language)
    return None


@dataclass(frozen=True)
class _Case:
    """A pair with the points at which it is compared."""

    pair: Pair
    where: Plan
    evidence: Evidence
    domain: str
    seed: int
    language: str


def _by_points(case: _Case) -> Verdict | None:
    """The verdict from the values at random points, or None where the reference has none there."""
    candidates: list[Point] = []
    for point, is_doubtful in case.evidence.looks():
        if is_doubtful:
            result = case.evidence.certify(point)
            if result.outcome == DIFFER or (result.outcome == LOST and point.typical):
                return words.different(point, result, case.language)
            if case.pair.late:
                return words.undecided("late", case.language)
        elif not candidates and _same_form(case.pair):
            return words.equal("normal", (), "", case.language)
        if point.typical:
            candidates.append(point)
    proof = prove(case.pair, case.where, case.seed) if candidates else None
    if proof is not None and not proof.is_equal:
        return _apart(case, candidates)
    if proof is not None:
        key = "polynomial" if proof.is_polynomial else "rational"
        if not case.where.varies:
            return words.equal("number", (), "", case.language)
        return words.equal(key, proof.points, "", case.language, degree=proof.degree, chance=proof.chance)
    return _agreement(case, candidates)


def _is_enough(agreed: Sequence[Point], count: int) -> bool:
    """Whether there are so many points, and one at which the axes are not all of one size."""
    return len(agreed) >= count and any(
        len(point.sizes) < 2 or len(set(point.sizes.values())) > 1 for point in agreed
    )


def _apart(case: _Case, candidates: Sequence[Point]) -> Verdict:
    """The verdict on expressions that are known to differ at nearly every point."""
    for exact in (False, True):
        for point in candidates:
            result = case.evidence.certify(point, exact=exact)
            if result.outcome in (DIFFER, LOST):
                return words.different(point, result, case.language)
            if case.pair.late:
                break
    return words.undecided("bits", case.language, bits=BITS[-1], at=words.shown(candidates[0], case.language))


def _too_deep(case: _Case, point: Point) -> Verdict | None:
    """The verdict where numbers smaller than the precision matter; None where there are none that differ."""
    deep = case.evidence.depth(point)
    if deep < _SHALLOW:
        return None
    if deep <= _DEEPEST:
        result = case.evidence.certify(point, bits=deep + BITS[0])
        if result.outcome in (DIFFER, LOST):
            return words.different(point, result, case.language)
        if result.outcome == AGREE:
            return None
    return words.undecided("bits", case.language, bits=_DEEPEST, at=words.shown(point, case.language))


def _same_form(pair: Pair) -> bool:
    right, got = pair.right, pair.got
    return same_form(right.tree, got.tree, right.free, got.free)


def _agreement(case: _Case, candidates: Sequence[Point]) -> Verdict | None:
    """Equal if balls agree at enough points; None if the reference has a value at none of them."""
    evidence, language = case.evidence, case.language
    most = evidence.enough - 1
    agreed: list[Point] = []
    for point in chain(candidates[:most], evidence.fresh(), candidates[most:], evidence.more(candidates)):
        if _is_enough(agreed, evidence.enough) or (case.pair.late and _is_enough(agreed, FEWEST)):
            break
        if case.pair.late:
            return words.undecided("late", language)
        result = evidence.certify(point)
        if result.outcome in (DIFFER, LOST):
            return words.different(point, result, language)
        if result.outcome == OPEN:
            return words.undecided("bits", language, bits=BITS[-1], at=words.shown(point, language))
        if result.outcome == AGREE:
            agreed.append(point)
    if not agreed:
        return None
    if not _is_enough(agreed, min(FEWEST, evidence.enough)):
        return words.undecided("few", language, count=len(agreed))
    missed = _too_deep(case, agreed[-1])
    if missed is not None:
        return missed
    if not (agreed[0].arrays or agreed[0].sizes):
        return words.equal("constant", (), "", language, bits=BITS[0])
    return words.equal("points", agreed, case.domain, language, count=len(agreed), bits=BITS[0])
