"""From line to line: each form is judged by what stands before it, and kept for what comes after."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from gradwright.errors import AnswerError
from gradwright.grade.chain.claim import Claim, claim_of, listed
from gradwright.grade.chain.form import Reader
from gradwright.grade.chain.guard import nothing
from gradwright.grade.chain.judged import Judged
from gradwright.grade.chain.lines import Statement
from gradwright.grade.chain.reasons import reasons
from gradwright.grade.chain.reference import RESULT
from gradwright.grade.chain.result import FOLLOWS, INVALID, NOTE, RIGHT, UNDECIDED, WRONG
from gradwright.grade.chain.same import DEFECTS, Judge
from gradwright.grade.chain.world import World
from gradwright.grade.finding import Finding
from gradwright.grade.translate import refusal
from gradwright.language.tree import Formula

_CALL = re.compile(r"[^\W\d][\w.]*\(.*\)[\w.()]*;?$")
"""A call that stands alone, as a program's line does that shows or stores something."""


def _is_word(text: str) -> bool:
    """Whether a line is one word."""
    return re.fullmatch(r"(?:[^\W\d_]{3,}|[가-힣]+)[.:,!]?", text) is not None


class Walk:
    """One pass over the lines of a chain.

    Args:
        world: What the names mean before the first line.
        judge: Tells whether two formulas have one value.
        reader: Reads forms.
        explain: Whether mistakes are looked for.
    """

    def __init__(self, world: World, judge: Judge, reader: Reader, explain: bool) -> None:
        self.world = world
        self.judge = judge
        self.reader = reader
        self.explain = explain
        self.judged: list[Judged] = []
        self.left = self.step = self.unnamed = ""
        self.chained = self.stated = False
        self.before: dict[str, Formula] = {}
        self.lines: dict[str, int] = {}

    def run(self, statements: Sequence[Statement]) -> tuple[Judged, ...]:
        """Judge all lines."""
        self.unnamed = self._result_name(statements)
        for place, statement in enumerate(statements):
            if statement.aside:
                self._note(place, f"chain.aside.{statement.aside}")
            else:
                self._statement(place, statement)
        return tuple(self.judged)

    def _result_name(self, statements: Sequence[Statement]) -> str:
        """The student's name for the reference expression, where it has one: the last unknown name."""
        if not self.world.reference.has_result:
            return ""
        unnamed, last = True, ""
        for statement in statements:
            name = self._name(statement)
            if not statement.aside and unnamed and not name:
                return ""
            unnamed = unnamed and not name
            last = name if name and name not in self.world.reference.known else last
        return last

    def _statement(self, place: int, statement: Statement) -> None:
        forms, left = statement.forms, statement.left
        name = self._name(statement)
        if left and not name and not self._reads(left):
            self._no_name(place, left)
            return
        if left and not name:
            # Two expressions with a sign of equality between them: both are forms of what stands before.
            forms = (left, *forms)
        if name:
            self.left, self.step = left, RESULT if name == self.unnamed else name
        elif not self.step:
            self.step = RESULT if self.world.reference.has_result else self.world.reference.steps[-1]
        if self.step in self.world.reference.values:
            self._note(place, "chain.aside.given", self.step)
            return
        self.stated = bool(left) or "=" in statement.text
        for number, form in enumerate(forms):
            self.chained = number > 0 or not name
            self._form(place, statement.number, form)

    def _name(self, statement: Statement) -> str:
        """The name on a line's left side, if it has one."""
        left = statement.left
        return self.reader.name_of(left, self.world, statement.forms) if left else ""

    def _reads(self, left: str) -> bool:
        """Whether what stands before a sign of equality is an expression, as it is no name."""
        try:
            self.reader.formula("", left, "", self.world)
        except (AnswerError, *DEFECTS):
            return False
        return True

    def _no_name(self, place: int, left: str) -> None:
        finding = Finding("chain.no-name", {"left": left})
        self._add(Judged(place, left, "", INVALID, findings=(finding,)))

    def _form(self, place: int, number: int, text: str) -> None:
        step, known = self.step, self.world.reference.formulas
        try:
            form = self.reader.formula(self.left, text, step, self.world)
        except AnswerError as error:
            aside = "" if self.stated else "statement" if _CALL.match(text) else "prose" * _is_word(text)
            if aside:
                self._note(place, f"chain.aside.{aside}")
                return
            finding = Finding("chain.invalid", detail=refusal(error, self.judge.language))
            self._add(Judged(place, text, step, INVALID, findings=(finding,), counts=step in known))
            return
        except DEFECTS as error:
            finding = Finding("chain.undecided", detail=type(error).__name__)
            self._add(Judged(place, text, step, UNDECIDED, findings=(finding,), counts=step in known))
            return
        formula = self._ordered(form.formulas)
        if form.update:
            self._start_again(step)
        before = self.before.get(step)
        same = before is not None and (before.body, before.indices) == (formula.body, formula.indices)
        if same or (before is not None and not self.stated and text.strip() == self.left.strip()):
            self._note(place, "chain.repeat", step)
        elif step in known:
            self._of_reference(place, number, formula, before, form.slips)
        else:
            self._helper(place, formula, before)
        self.before[step] = formula
        self.lines[step] = number

    def _ordered(self, formulas: tuple[Formula, ...]) -> Formula:
        """Of the orders of free indices the one in which the form is right, else the first."""
        expected = self.world.reference.formulas.get(formulas[0].target)
        if expected is None or len(formulas) == 1:
            return formulas[0]
        shape = self.world.reference.shapes[expected.target]
        fitting = [one for one in formulas if self.world.shape(one) == shape]
        for one in fitting:
            if self.judge.local(expected, one, self.world.helpers).verdict == "equal":
                return one
        return fitting[0] if fitting else formulas[0]

    def _of_reference(
        self,
        place: int,
        number: int,
        formula: Formula,
        before: Formula | None,
        slips: tuple[Finding, ...],
    ) -> None:
        claim = claim_of(formula, self.world, self.judge)
        if claim.verdict == WRONG:
            claim = self._wrong(formula, claim, before)
        findings = claim.findings
        if claim.verdict == WRONG and self.explain and claim.detail:
            findings = (*findings, *reasons(formula, self.world, self.judge.left / 4), *slips)
        if claim.verdict == RIGHT:
            self.world = self.world.with_right(formula)
        elif claim.verdict in (FOLLOWS, WRONG):
            self.world = self.world.with_wrong(formula, claim.since or (number,))
        self._add(
            Judged(
                place, formula.text, formula.target, claim.verdict, claim.certificate, findings, claim.since,
                True, claim.earns, claim.leaves,
            )
        )  # fmt: skip

    def _wrong(self, formula: Formula, claim: Claim, before: Formula | None) -> Claim:
        """A form that is not the reference's value: does it go on from the form before it?"""
        step = formula.target
        if claim.findings:
            return claim
        if before is None:
            key = "chain.wrong-result" if step == RESULT else "chain.wrong"
            return replace(claim, findings=(Finding(key, {"name": step}, claim.detail),))
        same = self._compared(before, formula)
        if step in self.world.wrong and same == "equal":
            since = self.world.since[step]
            if step != RESULT:
                finding = Finding("chain.goes-on", {"line": listed(since)})
                return replace(claim, verdict=FOLLOWS, findings=(finding,), since=since, earns=False)
            denied = nothing(before, self.world)
            findings = (Finding("chain.follows", {"lines": listed(since)}), *((denied,) if denied else ()))
            return replace(claim, verdict=FOLLOWS, findings=findings, since=since, earns=denied is None)
        if same == "equal":
            return replace(claim, verdict=UNDECIDED, findings=(Finding("chain.undecided"),))
        key, values = "chain.breaks", {"line": str(self.lines[step])}
        if same != "different":
            key, values = "chain.wrong", {"name": step}
        return replace(claim, findings=(Finding(key, values, claim.detail),))

    def _compared(self, left: Formula, right: Formula) -> str:
        """Are two forms one value, with the right values or with the student's own? As the judge says it."""
        world = self.world
        found = [self.judge.tied(left, right, world.formulas()).verdict]
        if found[0] != "equal" and world.wrong:
            pair = (world.student(left), world.student(right))
            found.append(self.judge.tied(*pair, world.definitions).verdict)
        return next((one for one in ("equal", "undecided", "invalid") if one in found), "different")

    def _helper(self, place: int, formula: Formula, before: Formula | None) -> None:
        """A definition of the student's own: its first form is what it is, and further ones must equal it."""
        step, verdict = formula.target, NOTE
        findings = (Finding("chain.helper", {"name": step}),)
        if before is not None and step in self.world.helpers and self.chained:
            same = self._compared(before, formula)
            if same == "different":
                verdict = WRONG
                findings = (Finding("chain.breaks", {"line": str(self.lines[step])}),)
            elif same != "equal":
                verdict = UNDECIDED
                findings = (Finding("chain.undecided"),)
        self.world = self.world.with_helper(formula)
        self._add(Judged(place, formula.text, step, verdict, findings=findings))

    def _start_again(self, step: str) -> None:
        """What a step was before ``dZ = dZ/n`` is on the way to it, and is not judged."""
        finding = Finding("chain.intermediate", {"name": step})
        self.judged = [
            replace(one, verdict=NOTE, findings=(finding,), counts=False)
            if one.step == step and one.verdict not in (INVALID, NOTE)
            else one
            for one in self.judged
        ]
        self.world = self.world.without(step)
        self.before.pop(step, None)

    def _note(self, place: int, key: str, name: str = "") -> None:
        self._add(Judged(place, findings=(Finding(key, {"name": name} if name else {}),)))

    def _add(self, judged: Judged) -> None:
        self.judged.append(judged)
