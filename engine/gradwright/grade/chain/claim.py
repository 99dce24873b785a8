"""One form of one line: is it right, does it follow from an earlier error, or is it wrong in itself?"""

from __future__ import annotations

from dataclasses import dataclass

from gradwright.grade.chain.guard import trivial
from gradwright.grade.chain.reference import closure, now
from gradwright.grade.chain.result import FOLLOWS, RIGHT, UNDECIDED, WRONG
from gradwright.grade.chain.same import Judge
from gradwright.grade.chain.world import World
from gradwright.grade.finding import Finding
from gradwright.grade.judge import Verdict
from gradwright.language.tree import Formula, Name, names


@dataclass(frozen=True)
class Claim:
    """What is found of a form.

    Args:
        verdict: ``right``, ``follows``, ``wrong`` or ``undecided``.
        certificate: What it rests on.
        findings: What there is to say.
        since: The wrong lines that it follows from, or comes back from.
        earns: Whether follow-through is granted.
        leaves: The names that the form rests on in the end and that the student did not define.
        detail: What the judge said of a wrong form.
    """

    verdict: str
    certificate: str = ""
    findings: tuple[Finding, ...] = ()
    since: tuple[int, ...] = ()
    earns: bool = True
    leaves: frozenset[str] = frozenset()
    detail: str = ""


def claim_of(formula: Formula, world: World, judge: Judge) -> Claim:
    """Judge a form of a step.

    Args:
        formula: The form; its target is a name of the reference.
        world: What the names mean before it.
        judge: Tells whether two formulas have one value.
    """
    target = formula.target
    expected = world.reference.formulas[target]
    leaves = leaves_of(formula, world)
    carried = (names(formula.body) & world.affected) - {target}
    step = judge.local(expected, formula, world.helpers)
    if step.verdict != "equal":
        circle = _circle(formula, world)
        if circle:
            finding = Finding("chain.circular", {"name": target, "through": circle})
            return Claim(WRONG, findings=(finding,), leaves=leaves)
        step = judge.tied(_itself(expected), formula, world.formulas())
    if step.verdict == "equal" and not carried:
        return _right(step, _passed(formula, world), leaves)
    if step.verdict == "equal":
        return _followed(formula, world, step, world.roots(carried), leaves, method=True)
    if world.wrong:
        found = _from_own(formula, world, judge, bool(carried), leaves)
        if found is not None:
            return found
    # With a wrong value of another shape a line may have a meaning that it has not with the right value.
    if step.verdict != "different" and not (step.verdict == "invalid" and carried):
        return _undecided(step, leaves)
    return Claim(WRONG, step.certificate, leaves=leaves, detail=step.feedback)


def _itself(expected: Formula) -> Formula:
    return Formula(expected.target, (), Name(expected.target))


def _undecided(step: Verdict, leaves: frozenset[str]) -> Claim:
    finding = Finding("chain.undecided", detail=step.feedback)
    return Claim(UNDECIDED, findings=(finding,), leaves=leaves)


def _right(
    step: Verdict, passed: tuple[int, ...], leaves: frozenset[str], key: str = "chain.comes-back"
) -> Claim:
    findings = (Finding(key, {"lines": listed(passed)}),) if passed else ()
    return Claim(RIGHT, step.certificate, findings, passed, leaves=leaves)


def _followed(
    formula: Formula,
    world: World,
    step: Verdict,
    since: tuple[int, ...],
    leaves: frozenset[str],
    method: bool,
) -> Claim:
    """A form that is right but for the earlier errors that it carries; unless they made it trivial."""
    finding = Finding("chain.follows", {"lines": listed(since)})
    denied = trivial(formula, world, method)
    findings = (finding,) if denied is None else (finding, denied)
    return Claim(FOLLOWS, step.certificate, findings, since, denied is None, leaves)


def _from_own(
    formula: Formula, world: World, judge: Judge, carried: bool, leaves: frozenset[str]
) -> Claim | None:
    """Judge a form by the student's own values of the names before it; None if it is wrong there too."""
    definitions = world.definitions
    expected, mine = world.student_step(formula.target), world.student(formula)
    asked = []
    if carried:
        step = judge.tied(_itself(world.reference.formulas[formula.target]), mine, definitions)
        if step.verdict == "equal":
            return _right(step, world.roots(names(formula.body)), leaves, "chain.makes-good")
        asked.append(step)
    if expected is not None:
        step = judge.tied(expected, mine, definitions)
        if step.verdict == "equal":
            roots = world.roots(world.reads(formula.target))
            return _followed(formula, world, step, roots, leaves, method=False)
        asked.append(step)
    return next((_undecided(step, leaves) for step in asked if step.verdict == "undecided"), None)


def _passed(formula: Formula, world: World) -> tuple[int, ...]:
    """The wrong lines that a right form should have been led astray by."""
    target = formula.target
    lines = world.roots(world.reads(target) - {target})
    return tuple(sorted({*lines, *world.since.get(target, ())}))


def leaves_of(formula: Formula, world: World) -> frozenset[str]:
    """The reference's names that a form rests on in the end, through the student's own definitions."""
    direct = {name: names(one.body) for name, one in world.written.items() if name != formula.target}
    direct |= {name: names(one.body) for name, one in world.helpers.items()}
    reached = closure(direct, names(formula.body))
    return frozenset(name for name in reached if name in world.reference.formulas and name not in direct)


def _circle(formula: Formula, world: World) -> str:
    """A name by which a form only says again what it should show: itself, or a consequence of itself."""
    target = formula.target
    if target in now(formula):
        return target
    direct = {name: frozenset(now(one)) for name, one in world.written.items() if name != target}
    direct |= {name: frozenset(now(one)) for name, one in world.helpers.items()}
    used = closure(direct, frozenset(now(formula))) - direct.keys()
    formulas, reach = world.reference.formulas, world.reference.reach
    return next(
        (name for name in sorted(used & formulas.keys()) if name == target or target in reach[name]), ""
    )


def listed(lines: tuple[int, ...]) -> str:
    """Numbers of lines in a row."""
    return ", ".join(map(str, lines))
