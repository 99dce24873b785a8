"""Judge one answer of one student: blank, invalid, equal, different or undecided, and why."""

from __future__ import annotations

import re

from sympy import Expr

from gradwright.errors import GradwrightError
from gradwright.grade.feedback import causes
from gradwright.grade.finding import Finding
from gradwright.grade.judge import check
from gradwright.grade.key import Expected
from gradwright.grade.numbers import judge_numbers
from gradwright.language.lower import lower
from gradwright.language.parse import parse
from gradwright.language.scope import ReadError, Scope, Value
from gradwright.language.shapes import infer
from gradwright.language.text import to_text
from gradwright.language.tree import Tree, names, substitute
from gradwright.model.functions import composites
from gradwright.tensor.nodes import Entry, size

_LEFT_SIDE = re.compile(r"^\s*[\w∂∇/]+\s*:?=(?!=)\s*")
_PROMPTS = re.compile(r"[_\s.…-]*")


def judge_answer(expected: Expected, answer: str) -> tuple[str, tuple[Finding, ...]]:
    """The verdict and its findings. A left side such as ``dW =`` is ignored, as is a line break."""
    text = cleaned(answer)
    if _PROMPTS.fullmatch(text):
        return "blank", (Finding("blank"),)
    if expected.kind != "formula":
        return judge_numbers(expected, text)
    try:
        return _judge_formula(expected, text)
    except (
        ArithmeticError,
        ValueError,
        TypeError,
        KeyError,
        AttributeError,
        IndexError,
        RecursionError,
    ) as error:
        # The class must be graded to its end: what the judge could not cope with goes to a person.
        return "undecided", (Finding("undecided", detail=f"{type(error).__name__}: {error}"),)


def cleaned(answer: str) -> str:
    """The answer on one line, without a left side."""
    return _LEFT_SIDE.sub("", " ".join(answer.split()))


def _judge_formula(expected: Expected, text: str) -> tuple[str, tuple[Finding, ...]]:
    try:
        tree = parse(text, frozenset(composites()))
        infer(tree, scope_of(expected, opened=False))
        answer = _opened(tree, expected)
        reference = _opened(parse(expected.reference), expected)
    except ReadError as error:
        return "invalid", (Finding("invalid", detail=str(error.placed(text, GradwrightError))),)
    shapes = {name: list(shape) for name, shape in expected.vars.items() if name not in expected.definitions}
    verdict = check(to_text(reference), to_text(answer), shapes, dict(expected.domain), composites())
    match verdict.verdict:
        case "equal" | "undecided":
            return verdict.verdict, (Finding(verdict.verdict),)
        case "invalid":
            return "invalid", (Finding("invalid", detail=verdict.feedback),)
        case _:
            found = causes(reference, answer, scope_of(expected, opened=True), expected.wrt)
            return "different", (Finding("different"), *found)


def _opened(tree: Tree, expected: Expected) -> Tree:
    """The tree in declared values alone: names of computed values are replaced by their formulas."""
    opened: dict[str, Tree] = {}
    for name, formula in expected.definitions.items():
        opened[name] = substitute(parse(formula), opened)
    return substitute(tree, opened)


def scope_of(expected: Expected, opened: bool) -> Scope:
    """The values that an answer may name; ``opened`` leaves out those that are computed from others."""
    values = {
        name: Value(tuple(map(_extent, shape)), expected.domain.get(name, "real"))
        for name, shape in expected.vars.items()
        if not (opened and name in expected.definitions)
    }
    return Scope(values, composites())


def _extent(axis: str) -> Expr:
    """The number of places on an axis: a letter, a number, or a formula of letters such as ``H - kh + 1``."""
    tree = parse(axis)
    letters = {name: Value(()) for name in names(tree)}
    entry = lower(tree, Scope(letters)).entry
    return entry.xreplace({Entry(name): size(name) for name in letters})
