"""Judge one answer of one student: blank, invalid, equal, different or undecided, and why."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from gradwright.errors import DEFECTS, GradwrightError
from gradwright.grade.anchor import anchored
from gradwright.grade.asked import formulas_for, given_shapes, scope_of, spellings
from gradwright.grade.credit import deductions
from gradwright.grade.finding import Finding
from gradwright.grade.judge import check
from gradwright.grade.key import Expected
from gradwright.grade.lines import judge_lines
from gradwright.grade.numbers import judge_numbers
from gradwright.grade.reason import reasons
from gradwright.grade.verdict import Verdict
from gradwright.language.reading import Reading, read
from gradwright.language.scope import ReadError, Value
from gradwright.language.tree import Item, Name, Tree, children, names, substitute
from gradwright.model.functions import composites

_LEFT_SIDE = re.compile(r"^\s*[\w∂∇/]+(\[[\w\s,]*\])?\s*:?=(?!=)\s*")
_PROMPTS = re.compile(r"[_\s.…-]*")
_COMMAND = re.compile(r"\\[A-Za-z]")
_SECONDS = 2.0
"""How long one comparison may take; there are two at the most, and the worker has 5 s."""


def judge_answer(expected: Expected, answer: str) -> tuple[str, tuple[Finding, ...]]:
    """The verdict and its findings. A left side such as ``dW =`` is ignored, as is a line break."""
    text = one_line(answer)
    bare = _LEFT_SIDE.sub("", text)
    if _PROMPTS.fullmatch(bare):
        return "blank", (Finding("blank"),)
    try:
        if expected.kind != "formula":
            verdict, found = judge_numbers(expected, bare)
            told = found[:1] if expected.level == "none" else found
            return verdict, (*told, *deductions(expected, told))
        if expected.steps and len(answer.strip().splitlines()) > 1:
            return judge_lines(expected, answer)
        return _judge_formula(expected, text)
    except (GradwrightError, *DEFECTS) as error:
        # The class must be graded to its end: what the judge could not cope with goes to a person.
        return "undecided", (Finding("undecided", detail=f"{type(error).__name__}: {error}"),)


def one_line(answer: str) -> str:
    """The answer on one line."""
    return " ".join(answer.split())


def syntax_of(text: str) -> str:
    """``latex`` for what holds a command of LaTeX, else ``text``."""
    return "latex" if _COMMAND.search(text) else "text"


def _judge_formula(expected: Expected, text: str) -> tuple[str, tuple[Finding, ...]]:
    scope, syntax = scope_of(expected), syntax_of(text)
    refused = _refused(expected)
    other = spellings(expected) if syntax == "latex" else {}
    spelled = {name: scope.values[adjoint] for name, adjoint in other.items()}
    every = replace(scope, values={**scope.values, **refused, **spelled})
    try:
        reading = read(text, every, syntax, spread=bool(expected.wrt))
        reading = replace(
            reading, tree=substitute(reading.tree, {name: Name(one) for name, one in other.items()})
        )
        right = read(expected.reference, every)
    except ReadError as error:
        return "invalid", (Finding("invalid", detail=str(error.placed(text, GradwrightError))),)
    forbidden = _forbidden(expected, reading, refused)
    if forbidden is not None:
        return "invalid", (forbidden,)
    reference = anchored(right, expected)
    mine = anchored(reading, expected, right)
    answer = text if syntax == "text" and mine is reading else mine.tree
    used = {*names(reference.tree), *names(mine.tree)}
    key = expected.reference if reference is right else reference.tree
    verdict = _checked(expected, key, answer, used)
    if verdict.verdict == "invalid" and syntax == "text" and not isinstance(answer, str):
        # The same said of the text as it was typed, with its place.
        plain = _checked(expected, key, text, used)
        verdict = plain if plain.verdict == "invalid" else verdict
    match verdict.verdict:
        case "equal":
            return "equal", (Finding("equal"),)
        case "undecided" | "invalid":
            return verdict.verdict, (Finding(verdict.verdict, detail=verdict.feedback),)
        case _:
            found = reasons(expected, mine)
            return "different", (Finding("different"), *found, *deductions(expected, found))


def _checked(expected: Expected, reference: str | Tree, answer: str | Tree, used: set[str]) -> Verdict:
    """The verdict: first with any values for the given adjoints, then with those that they have.

    What is right for any values is right. But an answer may also put in what a given adjoint is, such as
    ``(P - Y)/n`` for ``dZ``, and is right then too.
    """
    verdict = Verdict("undecided")
    for tied in (False, True) if expected.above else (False,):
        verdict = check(
            reference,
            answer,
            given_shapes(expected, tied),
            dict(expected.domain),
            composites(),
            seconds=_SECONDS,
            definitions=formulas_for(expected, used, tied),
        )
        if verdict.verdict in ("equal", "invalid"):
            break
    return verdict


def _refused(expected: Expected) -> Mapping[str, Value]:
    """The adjoints that the answer may not use: what is asked, and those that the question does not give."""
    if not expected.asked:
        return {}
    values = scope_of(expected).values
    return {f"d{name}": value for name, value in values.items() if f"d{name}" not in values}


def _forbidden(expected: Expected, reading: Reading, refused: Mapping[str, Value]) -> Finding | None:
    """Why an answer uses what it may not, or None."""
    used = names(reading.tree)
    if expected.asked in refused and expected.asked in used:
        return Finding("asked", {"name": expected.asked})
    if expected.asked in expected.given and _at_its_own_time(reading, expected.asked):
        return Finding("asked-later", {"name": expected.asked, "later": f"{expected.asked}[t+1]"})
    name = min(used & refused.keys(), default="")
    if not name:
        return None
    given = ", ".join(expected.given)
    return Finding("not-given" if given else "none-given", {"name": name, "given": given})


def _at_its_own_time(reading: Reading, name: str) -> bool:
    """Whether a recurrence's own value is named without a shift in time."""
    stack: list[Tree] = [reading.tree]
    while stack:
        node = stack.pop()
        if isinstance(node, Name) and node.name == name:
            return True
        parts = children(node)
        if isinstance(node, Item) and isinstance(node.target, Name) and node.target.name == name:
            first = node.selectors[0]
            if isinstance(first, Name) and first.name in reading.free:
                return True
            parts = node.selectors
        stack.extend(parts)
    return False
