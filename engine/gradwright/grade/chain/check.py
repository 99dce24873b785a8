"""Judge a chain of steps: every line against what stands before it and against the reference."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace

from gradwright.errors import UsageError, nearest
from gradwright.grade.chain.form import Reader
from gradwright.grade.chain.judged import Judged
from gradwright.grade.chain.lines import Statement, text_statements
from gradwright.grade.chain.marks import Share, shares, step_marks
from gradwright.grade.chain.reference import RESULT, Reference, reference_of
from gradwright.grade.chain.result import (
    FOLLOWS,
    INVALID,
    NOTE,
    RIGHT,
    UNDECIDED,
    WRONG,
    ChainLine,
    ChainResult,
    rounded,
)
from gradwright.grade.chain.rows import latex_statements
from gradwright.grade.chain.rubric import Rubric
from gradwright.grade.chain.same import Judge
from gradwright.grade.chain.say import sentences
from gradwright.grade.chain.walk import Walk
from gradwright.grade.chain.world import World
from gradwright.grade.finding import Finding
from gradwright.grade.why.say import LEVELS
from gradwright.language.bounds import FORMULAS_LENGTH
from gradwright.language.reading import SYNTAXES
from gradwright.language.scope import Composite
from gradwright.language.text import to_text
from gradwright.language.tree import Formula, Name
from gradwright.model.functions import composites as catalogue

LINES = 200
"""How many lines a chain may have."""
_SECONDS = 60.0
_WORST = (WRONG, UNDECIDED, INVALID, FOLLOWS, RIGHT, NOTE)


def check_chain(
    text: str,
    *,
    reference: str = "",
    vars: Mapping[str, str | Sequence[str]] | None = None,
    domain: Mapping[str, str] | None = None,
    definitions: Sequence[Formula] | Sequence[str] = (),
    syntax: str = "text",
    rubric: Rubric | None = None,
    explain: str = "rule",
    language: str = "en",
    composites: Mapping[str, Composite] | None = None,
    seed: int = 0,
    seconds: float = _SECONDS,
) -> ChainResult:
    r"""Judge a chain of steps.

    Args:
        text: The chain: a step a line, as ``dW = X.T @ dZ``; ``= ...`` goes on with the line before.
        reference: The final expression, where one is asked for.
        vars: The shapes of the declared values, as for ``gradwright.check``.
        domain: What is known of some values' entries.
        definitions: The reference's formulas by name: forward ones, then the steps. Where some are adjoints
            of known values, the first of these begins the steps that earn points, unless the rubric says so.
        syntax: ``text`` or ``latex``.
        rubric: Points of the steps; one point each unless given.
        explain: ``none``, ``hint``, ``rule`` or ``solution``: how much a wrong line is told.
        language: The language of the feedback.
        composites: The functions that are formulas; the catalogue's unless given.
        seed: Fixes the random points.
        seconds: When to stop; lines that are left then are undecided.

    Raises:
        UsageError: The reference or the rubric can't be read, or the chain is too long.

    >>> steps = ["dZ = (P - Y)/n", "dW = X.T @ dZ"]
    >>> shapes = {"X": "n d", "P": "n k", "Y": "n k", "Z": "n k", "W": "d k"}
    >>> result = check_chain("dZ = P - Y\ndW = X.T @ dZ", vars=shapes, definitions=steps)
    >>> result.first_wrong, [line.verdict for line in result.lines], result.score
    (1, ['wrong', 'follows'], 1.0)
    """
    if len(text) > FORMULAS_LENGTH:
        raise UsageError(f"the chain has {len(text)} characters; at most {FORMULAS_LENGTH} are read")
    for name, value, words in (("explain", explain, LEVELS), ("syntax", syntax, SYNTAXES)):
        if value not in words:
            raise UsageError(f"{name} is one of {', '.join(words)}, not {value}", hint=nearest(value, words))
    known = catalogue() if composites is None else composites
    rubric = rubric or Rubric()
    right = reference_of(reference, definitions, vars, domain or {}, known, syntax)
    judge = Judge(right, dict(domain or {}), language, seed, time.monotonic() + seconds)
    right, twin = _without_twin(right, judge)
    rubric = _renamed(rubric, twin)
    points = rubric.shares([*right.formulas] if rubric.points else right.steps)
    statements = latex_statements(text) if syntax == "latex" else text_statements(text)
    if len(statements) > LINES:
        raise UsageError(f"the chain has {len(statements)} lines; at most {LINES} are read")
    walk = Walk(World(right), replace(judge, reference=right), Reader(syntax), explain != "none")
    judged = walk.run(statements)
    given = shares(judged, points, rubric)
    numbers = [statement.number for statement in statements]
    steps = step_marks(judged, given, numbers, points, rubric, right)
    lines = tuple(
        _line(place, statement, judged, given, right, explain, language)
        for place, statement in enumerate(statements)
    )
    return ChainResult(
        lines,
        steps,
        min((line.number for line in lines if line.verdict == WRONG), default=None),
        rounded(sum(step.points for step in steps)),
        rounded(sum(points.values())),
        rounded(sum(step.open for step in steps)),
    )


def _without_twin(reference: Reference, judge: Judge) -> tuple[Reference, str]:
    """The reference without its final expression where one of its steps is that expression, and that step."""
    if not reference.has_result:
        return reference, ""
    result = reference.formulas[RESULT]
    for name in reversed([name for name in reference.steps if name != RESULT]):
        same = reference.shapes[name] == reference.shapes[RESULT]
        if same and judge.tied(Formula(name, (), Name(name)), result, reference.formulas).verdict == "equal":
            kept = {one: formula for one, formula in reference.formulas.items() if one != RESULT}
            steps = tuple(one for one in reference.steps if one not in (RESULT, name))
            return replace(reference, formulas=kept, steps=(*steps, name)), name
    return reference, ""


def _renamed(rubric: Rubric, twin: str) -> Rubric:
    """The rubric with the final expression's points on the step that it is."""
    if not twin or RESULT not in rubric.points or twin in rubric.points:
        return rubric
    return replace(
        rubric, points={twin if name == RESULT else name: of for name, of in rubric.points.items()}
    )


def _line(
    place: int,
    statement: Statement,
    judged: Sequence[Judged],
    given: Sequence[Share],
    reference: Reference,
    explain: str,
    language: str,
) -> ChainLine:
    """One line: the worst of its forms' verdicts, and the sum of their points."""
    own = [(one, share) for one, share in zip(judged, given, strict=True) if one.line == place]
    worst = min((one for one, _ in own), key=lambda one: _WORST.index(one.verdict))
    several = any(one.findings != worst.findings for one, _ in own if one.form)
    findings: list[Finding] = []
    for one, _ in own:
        if one.findings and several and one.verdict != NOTE:
            findings.append(Finding("chain.form", {"form": one.form}))
        if one.verdict != NOTE or worst.verdict == NOTE:
            findings += [finding for finding in one.findings if several or finding not in findings]
        if one.verdict == WRONG and explain == "solution" and one.step in reference.formulas:
            shown = to_text(reference.formulas[one.step].body)
            key = "chain.solution-result" if one.step == RESULT else "chain.solution"
            findings.append(Finding(key, {"name": one.step}, shown))
    findings = findings or [Finding("chain.right")]
    return ChainLine(
        statement.number,
        statement.text,
        next((one.step for one, _ in own if one.step), ""),
        worst.verdict,
        worst.certificate,
        sentences(findings, language, explain),
        tuple(findings) if findings[0].key != "chain.right" else (),
        rounded(sum(share.points for _, share in own)),
        rounded(sum(share.of for _, share in own)),
        any(one.verdict == FOLLOWS and one.earns and share.points > 0 for one, share in own),
        tuple(sorted({line for one, _ in own for line in one.since})),
        tuple(deduction for _, share in own for deduction in share.deductions),
    )
