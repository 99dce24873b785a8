"""What students with typical mistakes are told, word for word, in both languages."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from gradwright.grade import reason
from gradwright.grade.answer import judge_answer
from gradwright.grade.finding import Finding
from gradwright.messages import languages, messages
from gradwright.publish.sayings import say
from tests.grade.wrong_answers import QUESTIONS, Asked

GOLDEN = Path(__file__).parent / "golden"


@cache
def judged(title: str) -> dict[str, tuple[str, tuple[Finding, ...]]]:
    """The verdict on each wrong answer to a question; a slow machine gets the time that it needs."""
    question = next(one for one in QUESTIONS if one.title == title)
    expected = question.expected()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reason, "PATIENCE", (60.0, 60.0))
        return {did: judge_answer(expected, answer) for did, answer in question.wrong.items()}


def printed(question: Asked, language: str) -> str:
    """The answers and what is said of each."""
    sayer = say(messages(language))
    lines = [f"# {question.title}", ""]
    for did, (_, findings) in judged(question.title).items():
        lines += [f"## {did}", f"    {question.wrong[did]}"]
        for finding in findings:
            lines.append(f"{sayer(finding)}{': ' + finding.detail if finding.detail else ''}")
        lines.append("")
    return "\n".join(lines)


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.title)
def test_the_feedback_reads_as_it_did(question: Asked, language: str, rewrite: bool) -> None:
    path = GOLDEN / f"{question.title}.{language}.txt"
    text = printed(question, language)
    if rewrite:
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.title)
def test_every_wrong_answer_is_different_and_its_mistake_is_named(question: Asked) -> None:
    for did, (verdict, findings) in judged(question.title).items():
        assert verdict == "different", (did, verdict)
        assert any(finding.key.startswith("mistake.") for finding in findings), (did, findings)


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.title)
def test_no_feedback_holds_the_right_answer(question: Asked) -> None:
    right = question.expected().reference
    bodies = {right, right.split(" = ", 1)[-1]}
    for did, (_, findings) in judged(question.title).items():
        for language in languages():
            text = " ".join(say(messages(language))(finding) for finding in findings)
            assert not any(body in text for body in bodies), (did, text)
