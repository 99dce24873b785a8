"""What grading found, in the student's language: lines for a page, bare text for other programs."""

from __future__ import annotations

import re
from dataclasses import replace

from gradwright.grade.finding import Finding
from gradwright.grade.results import Say
from gradwright.grade.why.say import say as say_mistakes
from gradwright.messages import Filling, Line, Math, Messages, Mono, plain

_MISTAKE = "mistake."
_CHAIN = "chain."
_TYPED = frozenset(
    {"place", "left", "right", "formula", "function", "value", "other", "got", "expected", "name", "through"}
)
"""What is shown as typed where it fills a sentence about a mistake or a line."""


def line_of(catalogue: Messages, finding: Finding) -> Line:
    """A finding in the student's language; formulas in it are shown as typed."""
    if finding.key.startswith(_MISTAKE):
        return _mistake(catalogue, finding)
    if finding.key.startswith(_CHAIN):
        values: dict[str, Filling] = {
            name: Mono(value) if name in _TYPED else value for name, value in finding.values.items()
        }
        return catalogue.line(finding.key, **values)
    values = {name: _shown(name, value) for name, value in finding.values.items()}
    if finding.key == "chain-line":
        values["verdict"] = catalogue.raw(f"chain.word.{finding.values['verdict']}")
        scored = finding.values["of"] not in ("", "0")
        return catalogue.line(f"feedback.{'line-scored' if scored else 'line-unscored'}", **values)
    if "mistake" in finding.values:
        values["mistake"] = _kind(catalogue, finding.values["mistake"])
    return catalogue.line(f"feedback.{finding.key}", **values)


def say(catalogue: Messages) -> Say:
    """Findings as bare text in one language."""
    return lambda finding: plain(line_of(catalogue, finding))


def _mistake(catalogue: Messages, finding: Finding) -> Line:
    """A mistake as the catalogue says it; what is typed in it stands between backticks until it is cut up."""
    values = {
        name: f"`{value}`" if name in _TYPED and value else value for name, value in finding.values.items()
    }
    values["step"] = re.sub(r" of (\S+)$", r" of `\1`", finding.values.get("step", ""))
    level = finding.values.get("level", "rule")
    text = say_mistakes([replace(finding, values=values)], level, catalogue.language)
    pieces = re.split(r"`+([^`]*)`+", text)
    return tuple(Mono(piece) if place % 2 else piece for place, piece in enumerate(pieces) if piece)


def _kind(catalogue: Messages, kind: str) -> str:
    key = f"mistake.{kind}.name"
    return catalogue.raw(key) if catalogue.has(key) else catalogue.raw(f"feedback.kind-{kind}")


def _shown(name: str, value: str) -> Filling:
    match name:
        case "factor" | "inverse":
            return Math(_latex(value), value)
        case "got" | "expected" | "wrt" | "file" | "label" | "near" | "name" | "given" | "later":
            return Mono(value)
        case _:
            return value


def _latex(product: str) -> str:
    r"""A product such as ``2*n/d`` in LaTeX.

    >>> _latex("1/n")
    '\\frac{1}{n}'
    """
    sign = "-" if product.startswith("-") else ""
    above, _, below = (
        product.removeprefix("-").replace("(", "").replace(")", "").replace("*", "\\,").partition("/")
    )
    return sign + (f"\\frac{{{above}}}{{{below}}}" if below else above)
