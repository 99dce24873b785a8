"""Is an answer equal to the reference? Read both, compare their shapes, then decide, and say why.

*Different* is only said with a point at which exact or ball arithmetic proves it; *equal* with the strongest
certificate that holds; anything else is *undecided* and goes to a person.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import permutations
from typing import Any

from gradwright.errors import DEFECTS, AnswerError, GradwrightError
from gradwright.execute.function import TooLargeError
from gradwright.grade import words
from gradwright.grade.decide import decide
from gradwright.grade.evidence import Pair
from gradwright.grade.finding import Finding
from gradwright.grade.normal import same_form
from gradwright.grade.reference import Reference, Terms, Vars, reference_of
from gradwright.grade.side import Side, reading_of, side
from gradwright.grade.smooth import is_smooth
from gradwright.grade.translate import refusal
from gradwright.grade.verdict import Verdict
from gradwright.grade.why.derivation import Derived
from gradwright.grade.why.explain import explain as explained
from gradwright.grade.why.program import Program
from gradwright.grade.why.say import say
from gradwright.language.bounds import SECONDS
from gradwright.language.fixes import ClashError
from gradwright.language.reading import SYNTAXES, Reading
from gradwright.language.scope import Composite, ReadError
from gradwright.language.tree import Formula, Tree
from gradwright.model.functions import composites as catalogue

__all__ = ["Verdict", "check"]

_EXPLAINING = {"brief": (0.1, 1)}
"""How long to look for a mistake, and how many may come together; for other levels as below."""
_THOROUGH = (1.0, 2)
_MOST_ORDERS = 6


def check(
    reference: str | Tree,
    answer: str | Tree,
    vars: Vars | None = None,
    domain: Mapping[str, str] | str | None = None,
    composites: Mapping[str, Composite] | None = None,
    seed: int = 0,
    syntax: str = "text",
    seconds: float = SECONDS,
    *,
    definitions: Sequence[Formula] | Sequence[str] = (),
    implicit: bool = False,
    explain: str = "none",
    language: str = "en",
    derivation: Derived | None = None,
) -> Verdict:
    """Judge an answer against a reference.

    Args:
        reference: The right expression.
        answer: The expression to judge.
        vars: The shapes of the names, such as ``{"X": "n d", "s": ""}``; without them the reference's names
            are scalars.
        domain: What is known of some names' entries, such as ``{"X": "pos"}``, or of those of all: ``pos``.
        composites: The functions that are formulas; the catalogue's unless given.
        seed: Fixes the random points.
        syntax: ``text``, the grammar's own, or ``latex``.
        seconds: When to stop looking for more points.
        definitions: Formulas of further names that both may use; recurrences too.
        implicit: Whether ``2x`` is a product (text of scalars alone; LaTeX always is).
        explain: How much to say of a mistake: ``none``, ``hint``, ``rule`` or ``solution``; ``brief`` is the
            rule, if a short look for a single mistake finds one.
        language: The language of what is said.
        derivation: The right derivation: a mistake is looked for in its steps, and the step is named.

    >>> check("x**2 - 1", "(x - 1)*(x + 1)").verdict
    'equal'
    >>> check("h[T-1]", "x[T-1] + h[T-2]", {"x": "T"}, definitions=["h[t] = h[t-1] + x[t]"]).verdict
    'equal'
    """
    if syntax not in SYNTAXES:
        return words.undecided("syntax", language, syntax=syntax)
    deadline = time.monotonic() + seconds
    known = catalogue() if composites is None else composites
    try:
        terms = Terms(vars, domain or {}, known, syntax, definitions, implicit)
        right = reference_of(reference, terms, answer)
    except (GradwrightError, *DEFECTS) as error:
        return words.undecided("reference", language, error)
    try:
        right, reading = _read(answer, right, terms)
        shape = right.side.inference.shape
        orders = [side(reading.tree, free, right.scope, shape) for free in _orders(reading, right)]
    except ReadError as error:
        if isinstance(error, ClashError) and explain != "solution":
            _hide(error, right)
        placed = error.placed(answer, AnswerError) if isinstance(answer, str) else error
        return Verdict("invalid", "", refusal(placed, language))
    except DEFECTS as error:
        return words.undecided("shape", language, error)
    ask = _Asked(right, _salt(answer), seed, deadline, language)
    verdict = _judged(ask, orders)
    if verdict.verdict == "different" and explain != "none":
        verdict = _explained(verdict, ask, orders[0], explain, derivation)
    slips = tuple(Finding(slip.key, dict(slip.values)) for slip in reading.slips)
    return replace(verdict, slips=slips) if slips else verdict


def _read(answer: str | Tree, right: Reference, terms: Terms) -> tuple[Reference, Reading]:
    """The answer read in the reference's names, and the reference.

    LaTeX that declares nothing may have a further name, as in ``a x + y - y``; it is a scalar too.
    """
    try:
        return right, reading_of(answer, right.scope, terms.syntax, terms.implicit)
    except ReadError:
        wider = None
        if terms.vars is None and terms.syntax == "latex" and isinstance(answer, str):
            wider = right.with_names_of(answer)
        if wider is None:
            raise
        return wider, reading_of(answer, wider.scope, terms.syntax, terms.implicit)


def _hide(error: ClashError, right: Reference) -> None:
    """Take a fix back that is the reference itself."""
    if error.fixed is not None and same_form(error.fixed, right.side.tree):
        error.without_fix()


def _orders(reading: Reading, right: Reference) -> list[tuple[str, ...]]:
    """The orders in which an answer's free indices may be meant to be its axes."""
    free, expected = reading.free, right.side.free
    if len(free) < 2 or reading.ordered:
        return [free]
    if set(free) == set(expected):
        return [expected]
    return list(permutations(free))[:_MOST_ORDERS]


@dataclass(frozen=True)
class _Asked:
    """What an answer is judged against, and how."""

    right: Reference
    salt: int
    seed: int
    deadline: float
    language: str


def _salt(answer: str | Tree) -> int:
    """A number that hangs on every letter of an answer."""
    return int.from_bytes(sha256(answer.encode()).digest()[:8]) if isinstance(answer, str) else 0


def _judged(ask: _Asked, orders: Sequence[Side]) -> Verdict:
    """The verdict that holds for every order of the free indices that gives the reference's shape."""
    shape = ask.right.side.inference.shape
    fitting = [got for got in orders if got.inference.shape == shape] or orders
    verdicts = [_decided(ask, got) for got in fitting]
    if any(one.verdict != verdicts[0].verdict for one in verdicts):
        indices = ", ".join(orders[0].free)
        return words.undecided("order", ask.language, indices=indices, example=f"G[{indices}] = ...")
    first = verdicts[0]
    if ask.right.assumed and first.verdict == "equal":
        return replace(first, certificate=words.assuming(first.certificate, ask.right.assumed, ask.language))
    return first


def _decided(ask: _Asked, got: Side) -> Verdict:
    smooth = ask.right.smooth and is_smooth(got.tree)
    pair = Pair(ask.right, ask.right.side, got, smooth, ask.deadline, ask.salt)
    try:
        return decide(pair, ask.seed, ask.language)
    except TooLargeError as error:
        return words.undecided("large", ask.language, error.message)
    except GradwrightError as error:
        return Verdict("undecided", "", str(error))
    except DEFECTS as error:
        return words.undecided("defect", ask.language, error)


def _explained(verdict: Verdict, ask: _Asked, got: Side, level: str, derivation: Derived | None) -> Verdict:
    """The verdict with the mistake that explains it said before the counterexample."""
    most, depth = _EXPLAINING.get(level, _THOROUGH)
    seconds = min(most, ask.deadline - time.monotonic())
    if seconds <= 0:
        return verdict
    right = ask.right
    steps = derivation or Derived(Program.of(right.side.tree, right.side.free), right.givens, right.scope)
    options: dict[str, Any] = {"givens": steps.givens, "seconds": seconds, "seed": ask.seed}
    options |= {"solution": level == "solution", "depth": depth}
    try:
        found = explained(steps.program, got.tree, steps.scope, free=got.free, **options)
        said = say(found, "rule" if level == "brief" else level, ask.language)
    except (GradwrightError, *DEFECTS):
        # The verdict stands whether or not the mistake has a name.
        return verdict
    feedback = f"{said}\n{verdict.feedback}" if said else verdict.feedback
    return replace(verdict, feedback=feedback, findings=tuple(found))
