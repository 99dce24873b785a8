"""Is an answer equal to the reference? Read both, compare their shapes, then their values at random points.

*Different* is only said with a point at which ball arithmetic proves it; *equal* when both agree at every
point to many more digits than chance would give; anything else is *undecided* and goes to a person.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from numpy.random import Generator, default_rng
from sympy import Expr, Integer

from gradwright.errors import AnswerError, GradwrightError
from gradwright.execute.function import TooLargeError
from gradwright.execute.sample import shape_of
from gradwright.grade.compare import AGREE, DIFFER, LOST, OPEN, Comparison
from gradwright.grade.evidence import BITS, FEWEST, POINTS, Pair, certify, scan
from gradwright.grade.points import Plan, Point, plan
from gradwright.grade.verdict import Verdict
from gradwright.language.extents import spell
from gradwright.language.parse import parse
from gradwright.language.scope import Composite, ReadError, Scope, Value
from gradwright.language.shapes import Inference, infer
from gradwright.language.tree import Tree, names
from gradwright.language.words import canonical_name
from gradwright.model.functions import composites as catalogue
from gradwright.tensor.nodes import size

__all__ = ["Verdict", "check"]

_CONSTANTS = frozenset({"pi", "E", "inf", "True", "False", "None"})
_SECONDS = 8.0
_WORDS = {
    "": "",
    "pos": " (positive values)",
    "unit": " (values between 0 and 1)",
    "posint": " (positive whole numbers)",
}
_DEFECTS = (
    ArithmeticError,
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    RecursionError,
    MemoryError,
)


def check(
    reference: str | Tree,
    answer: str | Tree,
    vars: Mapping[str, str | Sequence[str]] | None = None,
    domain: Mapping[str, str] | None = None,
    composites: Mapping[str, Composite] | None = None,
    seed: int = 0,
    syntax: str = "text",
    seconds: float = _SECONDS,
) -> Verdict:
    """Judge an answer against a reference.

    Args:
        reference: The right expression.
        answer: The expression to judge.
        vars: The shapes of the names, such as ``{"X": "n d", "s": ""}``; without them the reference's names
            are scalars.
        domain: What is known of some names' entries, such as ``{"X": "pos"}``.
        composites: The functions that are formulas; the catalogue's unless given.
        seed: Fixes the random points.
        syntax: ``text``, the grammar's own.
        seconds: When to stop looking for more points.

    >>> check("x**2 - 1", "(x - 1)*(x + 1)").verdict
    'equal'
    """
    if syntax != "text":
        return Verdict("undecided", "", f"{syntax} can't be read yet; write the expression as in NumPy")
    known = catalogue() if composites is None else composites
    try:
        right = _read(reference, known)
        scope = _scope(right, vars, domain or {}, known)
        expected = infer(right, scope)
    except GradwrightError as error:
        return Verdict("undecided", "", f"the reference can't be read: {error}")
    try:
        got = _read(answer, known)
        shape = infer(got, scope)
    except ReadError as error:
        placed = error.placed(answer, AnswerError) if isinstance(answer, str) else error
        return Verdict("invalid", "", str(placed))
    except _DEFECTS as error:
        return Verdict("undecided", "", f"the answer's shape can't be found ({type(error).__name__})")
    case = _Case(Pair(right, got, known, time.monotonic() + seconds), scope, expected, shape)
    try:
        return _judge(case, default_rng(seed))
    except TooLargeError as error:
        return Verdict("undecided", "", f"the answer is too large to evaluate: {error.message}")
    except GradwrightError as error:
        return Verdict("undecided", "", str(error))
    except _DEFECTS as error:
        return Verdict("undecided", "", f"the answer can't be evaluated ({type(error).__name__}: {error})")


@dataclass(frozen=True)
class _Case:
    """One pair to judge, what its names mean, and both shapes."""

    pair: Pair
    scope: Scope
    expected: Inference
    got: Inference


def _read(text: str | Tree, composites: Mapping[str, Composite]) -> Tree:
    return parse(text, frozenset(composites)) if isinstance(text, str) else text


def _scope(
    reference: Tree,
    vars: Mapping[str, str | Sequence[str]] | None,
    domain: Mapping[str, str],
    composites: Mapping[str, Composite],
) -> Scope:
    if vars is None:
        vars = dict.fromkeys(sorted(names(reference) - _CONSTANTS), ())
    domains = {canonical_name(name): word for name, word in domain.items()}
    values = {}
    for name, axes in vars.items():
        spelled = canonical_name(name)
        extents = tuple(_extent(axis) for axis in (axes.split() if isinstance(axes, str) else axes))
        values[spelled] = Value(extents, domains.get(spelled, "real"))
    return Scope(values, composites)


def _extent(axis: str) -> Expr:
    return Integer(int(axis)) if str(axis).isdigit() else size(canonical_name(str(axis)))


def _judge(case: _Case, rng: Generator) -> Verdict:
    pair = case.pair
    equations = (*case.expected.equations, *case.got.equations)
    where = plan(case.scope.values, equations, (pair.reference, pair.answer))
    clash = _shape_clash(case, where, rng)
    if clash is not None:
        return clash
    if pair.reference == pair.answer:
        return Verdict("equal", "the same expression")
    narrower = list(_WORDS) if any(v.domain == "real" for v in where.values.values()) else [""]
    for word in narrower:
        verdict = _at_points(pair, where.narrowed(word) if word else where, rng, word)
        if verdict is not None:
            return verdict
    return Verdict("undecided", "", "no point was found at which the reference has a finite real value")


def _shape_clash(case: _Case, where: Plan, rng: Generator) -> Verdict | None:
    """The verdict on an answer of another shape than the reference's."""
    expected, got = case.expected.shape, case.got.shape
    if expected == got:
        return None
    for _ in range(2):
        sizes = where.sizes(rng)
        if shape_of(expected, sizes) != shape_of(got, sizes):
            words = f"the answer's shape is {spell(got)}, and {spell(expected)} is expected"
            return Verdict("different", f"shapes {spell(got)} and {spell(expected)}", words)
    return None


def _at_points(pair: Pair, where: Plan, rng: Generator, word: str) -> Verdict | None:
    """The verdict from the values at random points, or None where the reference has none there."""
    found = list(scan(pair, where, rng))
    for point in (point for point, doubtful in found if doubtful):
        result = certify(pair, point)
        if result.outcome == DIFFER or (result.outcome == LOST and point.typical):
            return _different(point, result)
        if pair.late:
            return _out_of_time()
    return _agreement(pair, [point for point, _ in found if point.typical], word)


def _agreement(pair: Pair, candidates: Sequence[Point], word: str) -> Verdict | None:
    """Equal if balls agree at enough points; None if the reference has a value at none of them."""
    agreed: list[Point] = []
    wanted = POINTS if any(point.arrays or point.sizes for point in candidates) else 1
    for point in candidates:
        if len(agreed) >= wanted or (pair.late and len(agreed) >= FEWEST):
            break
        if pair.late:
            return _out_of_time()
        result = certify(pair, point)
        if result.outcome in (DIFFER, LOST):
            return _different(point, result)
        if result.outcome == OPEN:
            return Verdict("undecided", "", f"{BITS[-1]} bits do not tell the two apart {point.shown()}")
        if result.outcome == AGREE:
            agreed.append(point)
    if not agreed:
        return None
    if len(agreed) < min(FEWEST, wanted):
        return Verdict("undecided", "", f"the reference has a value at {len(agreed)} of the points only")
    return Verdict("equal", _certificate(agreed, word))


def _certificate(agreed: Sequence[Point], word: str) -> str:
    if not (agreed[0].arrays or agreed[0].sizes):
        return f"agree to {BITS[0]} bits"
    sizes = [", ".join(f"{name}={extent}" for name, extent in point.sizes.items()) for point in agreed]
    shown = list(dict.fromkeys(text for text in sizes if text))
    tail = f", sizes {'; '.join(shown[:3])}" if shown else ""
    return f"agree at {len(agreed)} random points{_WORDS[word]} to {BITS[0]} bits{tail}"


def _different(point: Point, result: Comparison) -> Verdict:
    at = point.shown()
    entry = f", entry [{', '.join(map(str, result.place))}]," if result.place else ""
    if result.outcome == LOST:
        words = f"{at}{entry} the reference is {_number(result.reference)}, and the answer has no real value"
    else:
        right, got = _number(result.reference), _number(result.answer)
        words = f"{at}{entry} the reference is {right}, the answer {got}"
        if right == got:
            words = f"{at}{entry} the reference is {right}, the answer {_number(result.gap)} more"
    return Verdict("different", f"certified by ball arithmetic {at}", words)


def _number(value: float) -> str:
    return f"{value:.6g}"


def _out_of_time() -> Verdict:
    return Verdict("undecided", "", "it takes too long to evaluate")
