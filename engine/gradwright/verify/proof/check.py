"""A proof checked line by line; what fails is an error, what holds is counted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import flint
from flint import arb

from gradwright.derive.proof.line import Line, Proved, Side
from gradwright.derive.proof.prove import Proof
from gradwright.errors import ModelError
from gradwright.language.index_form import index_form
from gradwright.language.text import to_text
from gradwright.model.statement import Statement
from gradwright.tensor.moments import Mean, Variance
from gradwright.tensor.nodes import Tensor
from gradwright.verify.balls import NoBallsError, UndecidedError
from gradwright.verify.explicit import NotExplicitError
from gradwright.verify.proof.chance import TooManyOutcomesError
from gradwright.verify.proof.points import classes_hold
from gradwright.verify.proof.search import is_best
from gradwright.verify.proof.simulate import BOUND, DRAWS, Estimate, simulated
from gradwright.verify.proof.world import World
from gradwright.verify.proof.written import as_written

BITS = 200
_RADIUS = arb(10) ** -30
_HOLDS = {">": lambda x: x > 0, ">=": lambda x: x >= 0, "<": lambda x: x < 0, "<=": lambda x: x <= 0}


@dataclass
class Report:
    """What was checked.

    Args:
        lines: How many lines were computed at every point.
        points: At how many points each.
        with_chance: Whether expectations were among them.
        estimates: The simulations.
        searched: Whether an extremum was compared with other points, or weights were looked for.
        skipped: Lines that could not be computed, and why.
    """

    lines: int = 0
    points: int = 0
    with_chance: bool = False
    estimates: list[Estimate] = field(default_factory=list)
    searched: bool = False
    skipped: list[str] = field(default_factory=list)

    def said(self) -> dict[str, dict[str, str | int]]:
        """Keys of messages under ``proof``, and what they name."""
        said: dict[str, dict[str, str | int]] = {
            "checked": {"lines": self.lines, "points": self.points, "bits": BITS}
        }
        if self.with_chance:
            said["checked-outcomes"] = {}
        if self.estimates:
            largest = max(one.deviation for one in self.estimates)
            count = len(self.estimates)
            said["checked-simulated"] = {
                "draws": DRAWS, "count": count, "largest": f"{largest:.1f}", "bound": f"{BOUND:g}"
            }  # fmt: skip
        if self.skipped:
            said["checked-skipped"] = {"count": len(self.skipped)}
        if self.searched:
            said["checked-searched"] = {}
        return said


def check(proof: Proof, seed: int = 0) -> Report:
    """Compute both sides of every line at several points, and compare results with simulations and searches.

    Raises:
        ModelError: A line does not hold: what is declared contradicts itself, or a rule is wrong.
    """
    report = Report()
    with flint.ctx.workprec(BITS):
        for part in proof.parts:
            _part(report, proof.statement, part, seed)
    return report


def refuted(statement: Statement, line: Line, seed: int = 0) -> str:
    """What shows that a claim is false, in words: a point where it does not hold; empty if none is found."""
    with flint.ctx.workprec(BITS):
        for number, sizes in enumerate(_sizes(statement)):
            world = World(statement, {}, sizes, seed + number)
            try:
                found = next(_differences(world, line), None)
            except (TooManyOutcomesError, UndecidedError, NoBallsError, NotExplicitError):
                continue
            if found is not None:
                return f"{found}{world.told()}"
    return ""


def _part(report: Report, statement: Statement, part: Proved, seed: int) -> None:
    worlds = [World(statement, part.solution, sizes, seed + n) for n, sizes in enumerate(_sizes(statement))]
    report.points = len(worlds)
    claims = tuple(one for one in part.claim if isinstance(one, Line))
    for line in (*claims, *part.lines):
        if line.assumed and (line.relation != "=" or not part.solution):
            continue
        report.lines += _line(report, worlds, line)
    for line in (*claims, *(one for one in part.result if isinstance(one, Line))):
        found = None if line.assumed else simulated(worlds[0], line.left.tensor, line.right.tensor)
        if found is not None:
            report.estimates.append(found)
            if found.deviation > BOUND:
                message = f"a simulation gives {found.estimate:.6g} ± {found.error:.2g}"
                raise ModelError(f"{shown(line)} fails its check: {message}, not {found.claimed:.6g}")
    if statement.points is not None and part.kind in ("separable", "network"):
        classes_hold(statement.points, part)
        report.searched = True
    if part.kind in ("maximise", "minimise"):
        is_best(worlds[0], part)
        report.searched = True


def _line(report: Report, worlds: list[World], line: Line) -> bool:
    """Whether a line could be computed; it then holds at every point."""
    report.with_chance |= line.left.tensor.entry.has(Mean, Variance)
    try:
        for world in worlds:
            difference = next(_differences(world, line), None)
            if difference is not None:
                raise ModelError(f"{shown(line)} fails its check: {difference}")
    except (TooManyOutcomesError, UndecidedError, NoBallsError, NotExplicitError) as error:
        report.skipped.append(f"{shown(line)}: {error or type(error).__name__}")
        return False
    return True


def _differences(world: World, line: Line) -> Iterator[str]:
    """What is wrong with a line at each place of its indices; nothing where it holds."""
    for place in world.places(line.left.tensor):
        left, right = (_value(world, side, place) for side in (line.left, line.right))
        difference = left - right
        holds = difference.contains(0) if line.relation == "=" else _HOLDS[line.relation](difference)
        if not holds:
            yield f"the left side is {float(left.mid()):.6g}, the right one {float(right.mid()):.6g}"
        if not difference.rad() < _RADIUS:
            raise UndecidedError("the precision is not enough")
        for side in (line.left, line.right):
            typed = as_written(world, side, place)
            if typed is not None and not abs(typed - float(world.value(side.tensor, place).mid())) <= 1e-9 * (
                1 + abs(typed)
            ):
                yield f"as it is typed a side is {typed:.9g}"


def _value(world: World, side: Side, place: tuple[int, ...]) -> arb:
    return world.value(side.tensor, place)


def _sizes(statement: Statement) -> list[Mapping[str, int]]:
    """Small sizes: all axes of 2, and one or another of 3."""
    letters = list(statement.axes)
    some = [dict.fromkeys(letters, 2), {letter: 3 - n % 2 for n, letter in enumerate(letters)}]
    return [*some, {letter: 2 + n % 2 for n, letter in enumerate(letters)}]


def shown(line: Line) -> str:
    """A line as text, for a message."""
    left, right = (
        to_text(
            side.tree if side.tree is not None else index_form(Tensor((), side.tensor.entry), ranged=False)[1]
        )
        for side in (line.left, line.right)
    )
    return f"{left} {line.relation} {right}"
