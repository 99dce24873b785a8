"""Whatever is handed in: answered in a second and 300 MB, nothing run, and right only if it is right."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import pytest

from gradwright.cli.batch import warm
from gradwright.grade.judge import check
from gradwright.grade.pool import Limits, Outcome, run
from tests.grade.hostile import CANARY, REFERENCE, VARS, Hostile, every
from tests.grade.jobs import Judged, explain_hostile, judge_hostile, obey

SECONDS = 1.0
"""Of the process's own time: what its neighbours take from it says nothing of the judge."""
MEGABYTES = 300

KINDS = sorted({row.kind for row in every()})

Answered = dict[Hostile, Outcome[Judged]]


@pytest.fixture(scope="module")
def answered() -> Answered:
    """What became of each hostile answer, all in one process unless one of them ends it."""
    rows = every()
    outcomes = run(judge_hostile, rows, 1, Limits(20 * SECONDS, MEGABYTES), warm)
    return dict(zip(rows, outcomes, strict=True))


def _shown(row: Hostile) -> str:
    text = row.answer if len(row.answer) <= 60 else f"{row.answer[:40]}… ({len(row.answer)} characters)"
    return f"{row.kind} in {row.syntax}: {text!r}"


@pytest.mark.parametrize("kind", KINDS)
def test_each_is_answered_in_a_second(kind: str, answered: Answered) -> None:
    slow = {}
    for row, outcome in answered.items():
        if row.kind == kind and (outcome.value is None or outcome.value.seconds > SECONDS):
            slow[_shown(row)] = outcome
    assert not slow


@pytest.mark.parametrize("kind", KINDS)
def test_none_is_accepted_that_is_not_right(kind: str, answered: Answered) -> None:
    verdicts = {"equal", "different", "invalid", "undecided"}
    for row, outcome in answered.items():
        if row.kind == kind and outcome.value is not None:
            assert outcome.value.verdict in verdicts
            assert outcome.value.verdict != "equal" or row.may_be_equal, _shown(row)
            assert outcome.value.verdict == "equal" or outcome.value.feedback, _shown(row)


def test_no_process_is_lost_and_none_grows(answered: Answered) -> None:
    lost = {_shown(row): outcome for row, outcome in answered.items() if outcome.value is None}
    assert not lost
    assert max(outcome.value.megabytes for outcome in answered.values() if outcome.value) < MEGABYTES


def test_nothing_is_run(answered: Answered) -> None:
    assert answered
    (where,) = run(obey, ["where"])
    for folder in {os.getcwd(), str(where.value), str(Path.home()), "/tmp"}:
        assert not (Path(folder) / CANARY).exists()
    assert not any("uid=" in outcome.value.feedback for outcome in answered.values() if outcome.value)


def test_the_answers_are_of_every_kind_of_verdict(answered: Answered) -> None:
    """The generator is not one that everything in it is refused at the first letter."""
    counts = Counter(outcome.value.verdict for outcome in answered.values() if outcome.value)
    assert all(counts[verdict] >= 20 for verdict in ("equal", "different", "invalid")), counts
    assert counts["undecided"] < 0.03 * len(answered), counts


@pytest.mark.parametrize("answer", ["2*x", "x + x", "x*2", "4*x/2", "2*(x)", "(2)*(x)", "2*x + 0*y"])
def test_the_right_answer_is_right_among_all_that(answer: str) -> None:
    assert check(REFERENCE, answer, VARS).verdict == "equal"


def test_no_message_is_longer_than_a_screen(answered: Answered) -> None:
    """A megabyte of an answer is not handed back in the message about it."""
    longest = max((len(o.value.feedback), _shown(row)) for row, o in answered.items() if o.value)
    assert longest[0] < 2_000, longest


def test_a_message_holds_nothing_that_a_reader_can_not_see(answered: Answered) -> None:
    """No escape sequence reaches a terminal, and no sign that turns a line around reaches a page."""
    for row, outcome in answered.items():
        if outcome.value is not None:
            assert outcome.value.feedback.replace("\n", "").isprintable(), _shown(row)


def test_looking_for_the_mistake_is_bounded_too() -> None:
    """The search has a second of its own; what it keeps for the next answer must not grow with each."""
    rows = [row for row in every() if row.kind in ("array", "blow-up")]
    outcomes = run(explain_hostile, rows, 1, Limits(20 * SECONDS, MEGABYTES), warm)
    for row, outcome in zip(rows, outcomes, strict=True):
        assert outcome.value is not None, (_shown(row), outcome)
        assert outcome.value.seconds < 3 * SECONDS, _shown(row)
        assert outcome.value.verdict != "equal" or row.may_be_equal, _shown(row)
