"""The key of a homework: what each student was asked, and what the right answer is."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from gradwright.errors import UsageError

KEY = Path("instructor") / "key.json"


@dataclass(frozen=True)
class Written:
    """A line of a derivation as text, such as ``df[t] = c[t-1]*dc[t]``, and what it is: ``adjoint of f``."""

    formula: str
    step: str = ""


@dataclass(frozen=True)
class Expected:
    """The right answer and what is needed to judge one.

    Args:
        kind: ``formula``, ``number`` or ``array``.
        reference: The right formula in the grammar, or the numbers as nested lists.
        vars: Shapes of the values that an answer may name, such as ``{"X": ("n", "d")}``.
        domain: Domains of some of them.
        definitions: Formulas of values that are computed from others, by their left sides (``Z``, ``h[t]``);
            an answer may name them.
        wrt: The value whose gradient it is.
        tolerance: How far a decimal may be off.
        digits: The significant figures that were asked for; 0 where none were.
        asked: The name of what is asked, such as ``dW``, which the answer may not be.
        given: The adjoints that the question gives.
        lines: The derivation from what is given down to what is asked.
        above: What the given adjoints are themselves, such as ``dZ = (P - Y)/n``; an answer may put that in.
        level: How much a wrong answer is told: ``none``, ``hint``, ``rule`` or ``solution``.
        partial: The part of the points that is kept after a mistake, by the mistake's name.
        steps: Whether the answer may be a chain of lines, each with its own marks.
    """

    kind: str
    reference: str
    vars: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    domain: Mapping[str, str] = field(default_factory=dict)
    definitions: Mapping[str, str] = field(default_factory=dict)
    wrt: str = ""
    tolerance: float = 0.0
    digits: int = 0
    asked: str = ""
    given: tuple[str, ...] = ()
    lines: tuple[Written, ...] = ()
    above: tuple[str, ...] = ()
    level: str = "rule"
    partial: Mapping[str, float] = field(default_factory=dict)
    steps: bool = False


@dataclass(frozen=True)
class Asked:
    """One question as one student was asked it; ``label`` is what stands before the answer (``q1``)."""

    label: str
    type: str
    points: float
    expected: Expected


@dataclass(frozen=True)
class Paper:
    """All that one student was asked."""

    student: str
    name: str
    email: str
    language: str
    questions: tuple[Asked, ...]


@dataclass(frozen=True)
class Key:
    """The key of one homework."""

    set: str
    title: Mapping[str, str]
    papers: tuple[Paper, ...]


def to_json(key: Key) -> str:
    """The key as JSON."""
    return json.dumps(asdict(key), ensure_ascii=False, indent=1) + "\n"


def read_key(directory: Path) -> Key:
    """The key of a published homework's directory.

    Raises:
        UsageError: The directory is no homework, or its key is damaged.
    """
    path = directory / KEY
    if not path.is_file():
        raise UsageError(
            f"{directory} is not a homework: it has no {KEY}",
            hint="make one with: gradwright homework SET --roster FILE -o DIR",
        )
    try:
        return _key(json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageError(f"{path}: the key is damaged ({error}); publish the homework again") from error


def _key(data: Mapping[str, Any]) -> Key:
    return Key(str(data["set"]), dict(data["title"]), tuple(_paper(paper) for paper in data["papers"]))


def _paper(data: Mapping[str, Any]) -> Paper:
    questions = tuple(
        Asked(asked["label"], asked["type"], float(asked["points"]), _expected(asked["expected"]))
        for asked in data["questions"]
    )
    return Paper(data["student"], data["name"], data["email"], data["language"], questions)


def _expected(data: Mapping[str, Any]) -> Expected:
    vars = {name: tuple(shape) for name, shape in data["vars"].items()}
    lines = tuple(Written(**line) for line in data.get("lines", ()))
    given, above = tuple(data.get("given", ())), tuple(data.get("above", ()))
    return Expected(**{**data, "vars": vars, "lines": lines, "given": given, "above": above})
