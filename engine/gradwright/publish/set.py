"""A homework set: a TOML file that lists questions, from the catalogue or of one's own."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gradwright.ask.question import COMMON, question_type
from gradwright.catalog import content
from gradwright.errors import ModelError, UsageError, nearest
from gradwright.grade.chain.rubric import mistakes
from gradwright.grade.credit import FIGURES
from gradwright.grade.why.say import LEVELS

_KEYS = ("name", "title", "feedback", "questions")


@dataclass(frozen=True)
class Asking:
    """One question of a set: its type, the points, what the type is told, and what a known mistake leaves."""

    type: str
    points: float
    options: Mapping[str, Any]
    partial: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class HomeworkSet:
    """A set of questions with a title in each language, and how much a wrong answer is told."""

    name: str
    title: Mapping[str, str]
    questions: tuple[Asking, ...]
    feedback: str = "rule"


def sets() -> dict[str, Path]:
    """The sets of the catalogue by name."""
    return {path.stem: path for path in sorted((content("problems") / "sets").glob("*.toml"))}


def load_set(target: str) -> HomeworkSet:
    """A set by its name in the catalogue, or from a file.

    Raises:
        UsageError: There is no such set.
        ModelError: The file can't be read.
    """
    known = sets()
    path = Path(target) if target.endswith(".toml") else known.get(target)
    if path is None or not path.is_file():
        hint = nearest(target, known) or "a set is a name or a .toml file"
        raise UsageError(f"there is no homework set {target}; there are {', '.join(known)}", hint=hint)
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ModelError(f"{path}: not a TOML file: {error}") from error
    return _set(path, table)


def _set(path: Path, table: Mapping[str, Any]) -> HomeworkSet:
    _refuse_unknown(f"{path}", table, _KEYS)
    title = table.get("title", path.stem)
    titles = dict(title) if isinstance(title, Mapping) else {"en": str(title)}
    questions = table.get("questions", [])
    if not isinstance(questions, list) or not questions:
        raise ModelError(
            f"{path}: a set needs questions", hint="add [[questions]] with type, model and points"
        )
    asked = tuple(_asking(f"{path}, question {number}", one, path) for number, one in enumerate(questions, 1))
    level = table.get("feedback", "rule")
    if level not in LEVELS:
        raise ModelError(
            f"{path}: feedback is {level!r}; there are {', '.join(LEVELS)}", hint=nearest(str(level), LEVELS)
        )
    if level == "none" and any(one.partial for one in asked):
        raise ModelError(
            f"{path}: partial tells which mistake it is, and feedback = 'none' tells none",
            hint="choose feedback = 'hint', or leave partial out",
        )
    return HomeworkSet(str(table.get("name", path.stem)), titles, asked, level)


def _asking(place: str, table: Mapping[str, Any], path: Path) -> Asking:
    for key in ("type", "model"):
        if not isinstance(table.get(key), str):
            raise ModelError(f"{place}: {key} is missing or not a name")
    kind = question_type(table["type"])
    _refuse_unknown(place, table, (*COMMON, *kind.options))
    points = table.get("points", 1)
    if isinstance(points, bool) or not isinstance(points, int | float) or points <= 0:
        raise ModelError(f"{place}: points is {points!r}; a positive number is expected")
    options = {key: value for key, value in table.items() if key not in ("type", "points", "partial")}
    if table["model"].endswith(".toml"):
        options["model"] = str(path.parent / table["model"])
    return Asking(kind.name, float(points), options, _partial(place, table.get("partial", {})))


def _partial(place: str, table: Any) -> dict[str, float]:
    """The part of the points that is left after each mistake."""
    if not isinstance(table, Mapping):
        raise ModelError(f"{place}: partial is not a table", hint="write it as partial = { sign = 0.5 }")
    known = (*mistakes(), FIGURES)
    for kind, part in table.items():
        if kind not in known:
            hint = nearest(kind, known) or f"the kinds are {', '.join(known)}"
            raise ModelError(f"{place}: there is no kind of mistake {kind}", hint=hint)
        if isinstance(part, bool) or not isinstance(part, int | float) or not 0 <= part <= 1:
            raise ModelError(f"{place}: after {kind}, {part!r} of the points is left; 0 to 1 is expected")
    return {kind: float(part) for kind, part in table.items()}


def _refuse_unknown(place: str, table: Mapping[str, Any], known: tuple[str, ...]) -> None:
    for key in table:
        if key not in known:
            raise ModelError(
                f"{place}: there is no option {key}; there are {', '.join(known)}", hint=nearest(key, known)
            )
