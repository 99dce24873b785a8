"""What went wrong in a wrong line: the named mistake, found by changing the reference's own formulas."""

from __future__ import annotations

from collections.abc import Mapping

from gradwright.errors import GradwrightError
from gradwright.grade.chain.reference import RESULT, closure
from gradwright.grade.chain.same import DEFECTS
from gradwright.grade.chain.world import World
from gradwright.grade.finding import Finding
from gradwright.grade.why.explain import explain
from gradwright.grade.why.program import Line, Program
from gradwright.language.scope import Scope
from gradwright.language.tree import Formula, names

_SECONDS = 1.0


def reasons(formula: Formula, world: World, seconds: float = _SECONDS) -> tuple[Finding, ...]:
    """The mistakes that make the reference's step the student's form; empty if none is known to.

    First the step alone is looked at, whatever the values in it are, then with the steps that it rests on;
    the other way round where the form reads none of these steps, and so says what they are in its own way.

    Args:
        formula: A form that is wrong in itself.
        world: What the names mean before it.
        seconds: How long to look.
    """
    target = formula.target
    seconds = min(seconds, _SECONDS)
    expected = world.reference.formulas[target]
    helpers = tuple(world.helpers.values())
    alone = Program((_line(expected, world),), target)
    opaque = {name: value for name, value in world.reference.scope.values.items() if name != target}
    program, givens = _derivation(target, world)
    ways = [(alone, Scope(opaque, world.reference.composites), helpers)]
    if len(program.lines) > 1 or givens:
        ways.append((program, Scope(world.reference.values, world.reference.composites), (*givens, *helpers)))
    read = names(expected.body) & {line.name for line in program.lines}
    if read and read.isdisjoint(names(formula.body)):
        ways.reverse()
    found = (_explained(way, formula, scope, known, seconds) for way, scope, known in ways)
    return next(filter(None, found), ())


def _explained(
    program: Program, formula: Formula, scope: Scope, givens: tuple[Formula, ...], seconds: float
) -> tuple[Finding, ...]:
    try:
        return explain(program, formula.body, scope, free=formula.indices, givens=givens, seconds=seconds)
    except (GradwrightError, *DEFECTS):
        # A reason is a kindness, not the verdict: where it can't be found the line is only wrong.
        return ()


def _derivation(target: str, world: World) -> tuple[Program, tuple[Formula, ...]]:
    """The steps that a step rests on, as a program, and the other formulas that they use."""
    formulas: Mapping[str, Formula] = world.reference.formulas
    needed = closure({name: names(one.body) for name, one in formulas.items()}, {target})
    steps = {*world.reference.steps, target}
    used = [formulas[name] for name in formulas if name in needed]
    lines = tuple(_line(one, world) for one in used if one.target in steps)
    return Program(lines, target), tuple(one for one in used if one.target not in steps)


def _line(formula: Formula, world: World) -> Line:
    """A formula as a line of a derivation, and what it is there."""
    value = world.reference.differentiated(formula.target)
    step = (
        f"adjoint of {value}" if value else f"value of {formula.target}" if formula.target != RESULT else ""
    )
    return Line(formula.target, formula.indices, formula.body, step)
