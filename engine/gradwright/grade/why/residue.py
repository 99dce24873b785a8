"""What is left when the right value is taken off: a term, a constant, next to nothing."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gradwright.grade.finding import Finding
from gradwright.grade.why.bench import Array
from gradwright.grade.why.build import summands
from gradwright.grade.why.closeness import close, fraction
from gradwright.grade.why.points import Place
from gradwright.grade.why.program import Program
from gradwright.grade.why.setting import Setting
from gradwright.language.text import number_text, to_text
from gradwright.language.tree import Name, Tree

_LONGEST = 40


def nearly(program: Program, places: Sequence[Place], near: float) -> tuple[Finding, ...]:
    """Whether the answer is nearer than ``near``: a rounded constant, or a tiny number added."""
    for place in places:
        if place.answer.shape != place.reference.shape or not np.all(np.isfinite(place.answer)):
            return ()
        gap = float(np.max(np.abs(place.answer - place.reference), initial=0))
        if gap > near * float(np.max(np.abs(place.reference), initial=0)):
            return ()
    return (Finding("mistake.nearly", {"step": program.line(program.result).step}),)


def residue(known: Setting, places: Sequence[Place]) -> tuple[Finding, ...]:
    """An answer that is the right one plus a value, or scaled and shifted, or right where positive."""
    step = {"step": known.program.line(known.program.result).step}
    if any(place.answer.shape != place.reference.shape for place in places):
        return ()
    return _added(_names(known), places, step) or _shifted(places, step) or _positive(known, places, step)


def extra_term(known: Setting, places: Sequence[Place], answer: Tree) -> tuple[Finding, ...]:
    """An answer that is a sum of which one term is too many."""
    own = summands(answer)
    if len(own) < 2 or any(place.answer.shape != place.reference.shape for place in places):
        return ()
    step = {"step": known.program.line(known.program.result).step}
    return _added([(sign, known.store.intern(term)) for sign, term in own], places, step)


def _added(
    terms: Sequence[tuple[int, Tree]], places: Sequence[Place], step: dict[str, str]
) -> tuple[Finding, ...]:
    for sign, term in terms:
        values = [place.bench.get(term) for place in places]
        if all(
            value is not None and _same(place.answer, place.reference, sign, value)
            for place, value in zip(places, values, strict=True)
        ):
            shown = to_text(term)
            shown = f"-{shown}" if sign < 0 else shown
            return (
                Finding("mistake.value-added", {**step, "other": shown if len(shown) <= _LONGEST else "?"}),
            )
    return ()


def _names(known: Setting) -> list[tuple[int, Tree]]:
    return [(sign, known.store.intern(Name(name))) for name in known.scope.values for sign in (1, -1)]


def _same(answer: Array, reference: Array, sign: int, term: Array) -> bool:
    try:
        return close(answer, np.asarray(reference + sign * term))
    except ValueError:
        return False


def _shifted(places: Sequence[Place], step: dict[str, str]) -> tuple[Finding, ...]:
    """The right answer times a number plus a number."""
    found = set()
    for place in places:
        right, got = place.reference.ravel(), place.answer.ravel()
        if right.size < 3 or not np.all(np.isfinite(right)) or not np.all(np.isfinite(got)):
            return ()
        low, high = int(np.argmin(right)), int(np.argmax(right))
        if right[low] == right[high]:
            return ()
        scale = (got[high] - got[low]) / (right[high] - right[low])
        shift = got[low] - scale * right[low]
        if not close(got, scale * right + shift):
            return ()
        found.add((fraction(float(scale)), fraction(float(shift))))
    if len(found) != 1:
        return ()
    scale_, shift_ = found.pop()
    if scale_ is None or shift_ is None:
        return ()
    values = {**step, "factor": number_text(scale_), "other": number_text(shift_)}
    return (Finding("mistake.affine", values),)


def _positive(known: Setting, places: Sequence[Place], step: dict[str, str]) -> tuple[Finding, ...]:
    """Right exactly where a value is positive."""
    for name in known.scope.values:
        if all(_right_where_positive(place, name) for place in places):
            return (Finding("mistake.positive-only", {**step, "value": name}),)
    return ()


def _right_where_positive(place: Place, name: str) -> bool:
    value = np.asarray(place.bench.arrays[name])
    if value.shape != place.reference.shape or not value.shape:
        return False
    above = value > 0
    if np.all(above) or not np.any(above):
        return bool(np.all(above)) and close(place.answer, place.reference)
    return close(place.answer[above], place.reference[above]) and not close(
        place.answer[~above], place.reference[~above]
    )
