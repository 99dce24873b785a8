"""Is an answer equal to the reference? Read both, compare their shapes, then their values at random points.

*Different* is only said with a point at which ball arithmetic proves it; *equal* when both agree at every point to
many more digits than chance would give; anything else is *undecided* and goes to a person.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain

import numpy as np
from sympy import Expr, Integer

from gradwright.errors import AnswerError, GradwrightError
from gradwright.execute.evaluate import evaluate
from gradwright.execute.fields import FLOAT, ball
from gradwright.execute.function import TooLargeError
from gradwright.execute.sample import draw_sizes, shape_of
from gradwright.grade.compare import AGREE, DIFFER, LOST, OPEN, UNUSABLE, Comparison, compare, suspicious
from gradwright.grade.points import Plan, Point, coarse_points, plan, points
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
_BITS = (200, 400, 1000)
_POINTS = 8
_FEWEST = 3
_SCANNED = 16
_ATTEMPTS = 48
_COARSE = 120
_FLOAT_WORK, _BALL_WORK = 3_000_000, 300_000
_SECONDS = 8.0
_DEFECTS = (ArithmeticError, ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError, MemoryError)


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
        vars: The shapes of the names, such as ``{"X": "n d", "s": ""}``; without them the reference's names are
            scalars.
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
    case = _Case(right, got, scope, expected, shape, time.monotonic() + seconds)
    try:
        return _judge(case, np.random.default_rng(seed))
    except TooLargeError as error:
        return Verdict("undecided", "", f"the answer is too large to evaluate: {error.message}")
    except GradwrightError as error:
        return Verdict("undecided", "", str(error))
    except _DEFECTS as error:
        return Verdict("undecided", "", f"the answer can't be evaluated ({type(error).__name__}: {error})")


@dataclass(frozen=True)
class _Case:
    """One pair to judge: both trees, what their names mean, their shapes, and when time is up."""

    reference: Tree
    answer: Tree
    scope: Scope
    expected: Inference
    shape: Inference
    deadline: float

    @property
    def late(self) -> bool:
        return time.monotonic() > self.deadline


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


def _judge(case: _Case, rng: np.random.Generator) -> Verdict:
    equations = (*case.expected.equations, *case.shape.equations)
    where = plan(case.scope.values, equations, (case.reference, case.answer))
    clash = _shape_clash(case, where, rng)
    if clash is not None:
        return clash
    if case.reference == case.answer:
        return Verdict("equal", "the same expression")
    if not (names(case.reference) | names(case.answer)) - _CONSTANTS:
        where = replace(where, values={})
    narrower = ["", "pos", "unit"] if any(v.domain == "real" for v in where.values.values()) else [""]
    for word in narrower:
        verdict = _at_points(case, where.narrowed(word) if word else where, rng, word)
        if verdict is not None:
            return verdict
    return Verdict("undecided", "", "the reference has no finite real value at the points that were tried")


def _shape_clash(case: _Case, where: Plan, rng: np.random.Generator) -> Verdict | None:
    """The verdict on an answer of another shape than the reference's."""
    expected, got = case.expected.shape, case.shape.shape
    if expected == got:
        return None
    for _ in range(2):
        sizes = draw_sizes(where.values, where.equations, rng, "distinct", where.least)
        if shape_of(expected, sizes) != shape_of(got, sizes):
            words = f"the answer's shape is {spell(got)}, and {spell(expected)} is expected"
            return Verdict("different", f"shapes {spell(got)} and {spell(expected)}", words)
    return None


def _at_points(case: _Case, where: Plan, rng: np.random.Generator, word: str) -> Verdict | None:
    """The verdict from the values at random points, or None where the reference has none there."""
    found = list(_scan(case, where, rng))
    for point, _ in (pair for pair in found if pair[1]):
        result = _certify(case, point)
        if result.outcome == DIFFER or (result.outcome == LOST and not point.coarse):
            return _different(point, result)
        if case.late:
            return _out_of_time()
    calm = [point for point, doubtful in found if not point.coarse and not doubtful]
    doubtful = [point for point, doubt in found if doubt and not point.coarse]
    return _agreement(case, [*doubtful, *calm], word)


def _scan(case: _Case, where: Plan, rng: np.random.Generator) -> Iterator[tuple[Point, bool]]:
    """Points at which the reference has a value, and whether floats make the answer look different there."""
    wanted = _SCANNED if where.values else 1
    usable, spare = 0, []
    for point in chain(points(where, rng, _ATTEMPTS if where.values else 1), coarse_points(where, rng, _COARSE)):
        if case.late or (usable >= wanted and not point.coarse):
            continue
        right, got = _floats(case, point)
        if right is None or got is None:
            continue
        if not np.any(np.isfinite(right)):
            spare.append(point)
            continue
        usable += not point.coarse
        yield point, suspicious(right, got)
    if usable < _FEWEST:
        yield from ((point, False) for point in spare[:_POINTS] if not point.coarse)


def _floats(case: _Case, point: Point) -> tuple[np.ndarray | None, np.ndarray | None]:
    """Both values in floats; None where the sizes at this point make no such array (a window too wide)."""
    try:
        trees = (case.reference, case.answer)
        right, got = (
            evaluate(tree, point.arrays, point.sizes, case.scope.composites, FLOAT, _FLOAT_WORK) for tree in trees
        )
    except ReadError:
        return None, None
    return (right, got) if right.shape == got.shape else (None, None)


def _certify(case: _Case, point: Point) -> Comparison:
    """Compare in balls, with more and more bits while the precision does not tell."""
    result = Comparison(OPEN)
    for bits in _BITS:
        trees = (case.reference, case.answer)
        right, got = (
            evaluate(tree, point.arrays, point.sizes, case.scope.composites, ball(bits), _BALL_WORK) for tree in trees
        )
        result = compare(right, got)
        if result.outcome != OPEN or case.late:
            return result
    return result


def _agreement(case: _Case, candidates: Sequence[Point], word: str) -> Verdict | None:
    """Equal if balls agree at enough points; None if the reference has a value at none of them."""
    agreed: list[Point] = []
    wanted = _POINTS if any(point.arrays for point in candidates) else 1
    for point in candidates:
        if len(agreed) >= wanted or (case.late and len(agreed) >= _FEWEST):
            break
        if case.late:
            return _out_of_time()
        result = _certify(case, point)
        if result.outcome in (DIFFER, LOST):
            return _different(point, result)
        if result.outcome == OPEN:
            return Verdict("undecided", "", f"{_BITS[-1]} bits do not tell the two apart at {point.shown()}")
        if result.outcome == AGREE:
            agreed.append(point)
        assert result.outcome in (AGREE, UNUSABLE), result
    if not agreed:
        return None
    if len(agreed) < min(_FEWEST, wanted):
        return Verdict("undecided", "", f"the reference has a value at {len(agreed)} of the points only")
    return Verdict("equal", _certificate(agreed, word))


def _certificate(agreed: Sequence[Point], word: str) -> str:
    if not agreed[0].arrays:
        return f"agree to {_BITS[0]} bits"
    sizes = [", ".join(f"{name}={extent}" for name, extent in point.sizes.items()) for point in agreed]
    shown = list(dict.fromkeys(text for text in sizes if text))
    tail = f", sizes {'; '.join(shown[:3])}" if shown else ""
    where = {"": "", "pos": " (positive values)", "unit": " (values between 0 and 1)"}[word]
    return f"agree at {len(agreed)} random points{where} to {_BITS[0]} bits{tail}"


def _different(point: Point, result: Comparison) -> Verdict:
    at = f"at {point.shown()}" if point.shown() else "as numbers"
    entry = f", entry [{', '.join(map(str, result.place))}]," if result.place else ""
    if result.outcome == LOST:
        words = f"{at}{entry} the reference is {_number(result.reference)}, and the answer has no real value"
    else:
        digits = _digits(result)
        right, got = (_number(value, digits) for value in (result.reference, result.answer))
        words = f"{at}{entry} the reference is {right}, the answer {got}"
    return Verdict("different", f"certified by ball arithmetic {at}", words)


def _digits(result: Comparison) -> int:
    """As many digits as show the difference."""
    for digits in (6, 10, 17):
        if _number(result.reference, digits) != _number(result.answer, digits):
            return digits
    return 17


def _number(value: float, digits: int = 6) -> str:
    return f"{value:.{digits}g}"


def _out_of_time() -> Verdict:
    return Verdict("undecided", "", "it takes too long to evaluate")
