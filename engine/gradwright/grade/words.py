"""The judge's sentences: certificates, counterexamples, and why there is no verdict."""

from __future__ import annotations

from collections.abc import Sequence

from gradwright.errors import GradwrightError
from gradwright.grade.compare import LOST, Comparison
from gradwright.grade.points import Point
from gradwright.grade.verdict import Verdict
from gradwright.language.extents import spell
from gradwright.language.scope import Shape
from gradwright.messages import messages

_SHOWN = 3


def undecided(key: str, language: str, error: Exception | str = "", **values: str | int) -> Verdict:
    """The verdict where there is none, with the reason."""
    words = str(error) if isinstance(error, GradwrightError | str) else f"{type(error).__name__}: {error}"
    return Verdict("undecided", "", messages(language).text(f"judge.open.{key}", error=words, **values))


def other_shape(got: Shape, expected: Shape, language: str) -> Verdict:
    """The verdict on an answer of another shape."""
    say = messages(language).text
    scalar = say("judge.scalar")
    shapes = {"got": spell(got) if got else scalar, "expected": spell(expected) if expected else scalar}
    return Verdict("different", say("judge.shapes", **shapes), say("judge.say.shape", **shapes))


def different(point: Point, result: Comparison, language: str) -> Verdict:
    """The verdict with the point that proves it.

    Args:
        point: The point.
        result: The comparison there.
        language: The reader's language.
    """
    say = messages(language).text
    at = shown(point, language)
    right, got = number(result.reference), number(result.answer)
    kind = "lost" if result.outcome == LOST else "gap" if right == got else "values"
    values = {"reference": right, "answer": got, "gap": result.gap}
    if result.place:
        kind = "entry" if kind == "values" else f"{kind}-entry"
        values["place"] = ", ".join(map(str, result.place))
    return Verdict(
        "different", say(f"judge.{result.proof}", at=at), say(f"judge.say.{kind}", at=at, **values)
    )


def equal(key: str, points: Sequence[Point], domain: str, language: str, **values: str | int) -> Verdict:
    """The verdict with what it rests on.

    Args:
        key: The kind of certificate.
        points: The points at which the two were compared.
        domain: What the values were narrowed to; empty if to nothing.
        language: The reader's language.
        values: What fills the certificate.
    """
    say = messages(language).text
    parts = [say(f"judge.{key}", **values)]
    if domain:
        parts.append(say(f"judge.domain.{domain}"))
    sizes = [", ".join(f"{name}={size}" for name, size in point.sizes.items()) for point in points]
    different_ones = list(dict.fromkeys(text for text in sizes if text))
    if different_ones:
        parts.append(say("judge.sizes", sizes="; ".join(different_ones[:_SHOWN])))
    return Verdict("equal", ", ".join(parts))


def assuming(certificate: str, names: Sequence[str], language: str) -> str:
    """The certificate with the names that were taken as scalars."""
    return f"{certificate}, {messages(language).text('judge.assumed', names=', '.join(names))}"


def shown(point: Point, language: str) -> str:
    """The point in a few words."""
    numbers = point.numbers()
    key = "point" if numbers else "somewhere" if point.arrays else "numbers"
    return messages(language).text(f"judge.at.{key}", numbers=", ".join(numbers))


def number(value: float) -> str:
    """A number as it is shown."""
    return f"{value:.6g}"
