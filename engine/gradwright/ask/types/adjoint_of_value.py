"""The adjoint of a value: some adjoints are given, the one that the backward pass finds next is asked."""

from __future__ import annotations

from gradwright.ask.question import Question, QuestionType, Request
from gradwright.ask.readable import readable
from gradwright.ask.subject import subject
from gradwright.ask.target import answers, target
from gradwright.ask.wording import asked_of, asking_words, steps_note, worked
from gradwright.document.blocks import Text
from gradwright.messages import Math


def make(request: Request) -> Question:
    """A question for one student."""
    about = subject(request)
    shown = {formula.target for formula in about.model.formulas}
    possible = [adjoint.of for adjoint in about.derivation.adjoints if adjoint.of in shown]
    goal = target(request, about, request.choice("value", possible, readable(answers(about, possible))))
    say = request.messages
    words = asking_words(goal, say)
    time = "".join(about.formula(goal.value).indices[:1])
    key = "at-a-time" if time else "prompt"
    words["time"] = Math(time, time)
    sentence = say.line(f"question.adjoint_of_value.{key}", **words)
    solution = worked(goal, say, "question.adjoint_of_value.solution")
    prompt = (*asked_of(goal, say), Text(sentence), *steps_note(goal, say))
    return Question(request.label, TYPE.name, request.points, prompt, goal.expected(), solution)


TYPE = QuestionType(
    "adjoint_of_value",
    {
        "value": "a value of the forward pass, or several to draw from",
        "given": "values whose adjoints the answer may use; unless told, those that one step needs",
        "steps": "true lets the answer be a chain of lines, each of which earns points",
        "scale": "numbers to multiply the loss by, to draw from",
        "rename": "false keeps the model's own letters",
    },
    make,
)
