"""One answer to judge, as the command line asks about it, and what is replied."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from gradwright.cli.options import LEVELS
from gradwright.cli.rows import Row, domain_of, shapes_of, text_of
from gradwright.errors import GradwrightError, nearest
from gradwright.messages import languages, messages

if TYPE_CHECKING:
    from gradwright.grade.finding import Finding
    from gradwright.grade.why.derivation import Derived
    from gradwright.language.tree import Tree

SYNTAXES = ("text", "latex")
VERDICT = ("verdict", "certificate", "feedback")
"""The keys that every reply has."""
SOFT = 0.8
"""The part of its time after which the judge looks no further: what it found is worth more than nothing."""


@dataclass(frozen=True)
class Question:
    """One answer and all that is needed to judge it.

    Args:
        reference: The right answer; as a tree, it is none of the text that ``syntax`` is about.
        vars: The shapes of the names; None for scalars.
        domain: What is known of some names' entries; a word alone holds for every name.
        definitions: Formulas of further names, such as ``P = softmax(X @ W)``.
        implicit: Whether ``2x`` is a product.
        explain: How much to say of a mistake, one of ``LEVELS``.
        derivation: The right derivation, in whose steps a mistake is looked for.
    """

    reference: str | Tree = ""
    answer: str = ""
    vars: Mapping[str, tuple[str, ...]] | None = None
    domain: Mapping[str, str] | str = field(default_factory=dict)
    syntax: str = "text"
    definitions: tuple[str, ...] = ()
    implicit: bool = False
    explain: str = "none"
    language: str = "en"
    derivation: Derived | None = None


def from_row(row: Row, given: Question) -> Question:
    """The question of a row; what the row does not say is as in ``given``.

    Raises:
        GradwrightError: A key is missing, or is not what it should be.
    """
    shapes = shapes_of(row)
    return replace(
        given,
        reference=text_of(row, "reference"),
        answer=text_of(row, "answer"),
        vars=given.vars if shapes is None else shapes,
        domain=_domain(row, given.domain),
        syntax=_one_of(row, "syntax", SYNTAXES, given.syntax),
        definitions=given.definitions + _definitions(row),
        implicit=_truth(row, "implicit", given.implicit),
        explain=_level(row, given.explain),
        language=_one_of(row, "language", languages(), given.language),
    )


def _one_of(row: Row, key: str, known: tuple[str, ...], default: str) -> str:
    value = row.get(key)
    if value is None:
        return default
    if value not in known:
        hint = nearest(value, known) if isinstance(value, str) else ""
        raise GradwrightError(f'"{key}" is {_shown(value)}; it may be {", ".join(known)}', hint=hint)
    return str(value)


def _domain(row: Row, default: Mapping[str, str] | str) -> Mapping[str, str] | str:
    word = row.get("domain")
    if isinstance(word, str):
        return {} if word == "real" else word
    own = domain_of(row)
    return own if isinstance(default, str) else {**default, **own}


def _level(row: Row, default: str) -> str:
    match row.get("explain"):
        case True:
            return "rule"
        case False:
            return "none"
        case _:
            return _one_of(row, "explain", LEVELS, default)


def _truth(row: Row, key: str, default: bool) -> bool:
    value = row.get(key)
    if value is None:
        return default
    if not isinstance(value, bool):
        raise GradwrightError(f'"{key}" is {_shown(value)}; it may be true or false')
    return value


def _definitions(row: Row) -> tuple[str, ...]:
    value = row.get("definitions")
    match value:
        case None:
            return ()
        case dict() if all(isinstance(text, str) for text in value.values()):
            return tuple(f"{name} = {text}" for name, text in value.items())
        case list() if all(isinstance(text, str) for text in value):
            return tuple(value)
    raise GradwrightError('"definitions" is not a list of formulas such as ["P = softmax(X @ W)"]')


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 40 else text[:39] + "…"


def judged(question: Question, seconds: float) -> dict[str, Any]:
    """The reply to a question: its verdict, certificate and feedback, and what else there is to say.

    ``mistakes`` (their names) and ``warnings`` (sentences) are there if an explanation was asked for and
    there are some.
    """
    from gradwright.grade.judge import check

    verdict = check(
        question.reference,
        question.answer,
        vars=question.vars,
        domain=question.domain,
        syntax=question.syntax,
        seconds=SOFT * seconds,
        definitions=question.definitions,
        implicit=question.implicit,
        explain=question.explain,
        language=question.language,
        derivation=question.derivation,
    )
    reply: dict[str, Any] = {
        "verdict": verdict.verdict,
        "certificate": verdict.certificate,
        "feedback": verdict.feedback,
    }
    if question.explain not in ("none", "brief"):
        mistakes = [finding.key.removeprefix("mistake.") for finding in verdict.findings]
        reply |= {"mistakes": mistakes} if mistakes else {}
        warnings = [_said(slip, question.language) for slip in verdict.slips]
        reply |= {"warnings": warnings} if warnings else {}
    return reply


def undecided(why: str) -> dict[str, Any]:
    """The reply to a question that could not be judged: a person decides."""
    return {"verdict": "undecided", "certificate": "", "feedback": why}


def _said(finding: Finding, language: str) -> str:
    return messages(language).text(finding.key, **finding.values)
