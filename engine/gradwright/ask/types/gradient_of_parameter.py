"""The gradient of a parameter: a model is given, and some adjoints perhaps; the closed form is asked."""

from __future__ import annotations

from gradwright.ask.question import Question, QuestionType, Request
from gradwright.ask.readable import readable
from gradwright.ask.subject import subject
from gradwright.ask.target import answers, target
from gradwright.ask.wording import asked_of, asking_words, steps_note, worked
from gradwright.document.blocks import Text
from gradwright.language.tree import Item


def make(request: Request) -> Question:
    """A question for one student."""
    about = subject(request)
    possible = list(about.derivation.gradients)
    parameter = request.choice("parameter", possible, readable(answers(about, possible)))
    goal = target(request, about, parameter)
    say = request.messages
    key = "in-entries" if isinstance(goal.result[0], Item) else "prompt"
    sentence = say.line(f"question.gradient_of_parameter.{key}", **asking_words(goal, say))
    solution = worked(goal, say, "question.gradient_of_parameter.solution")
    prompt = (*asked_of(goal, say), Text(sentence), *steps_note(goal, say))
    return Question(request.label, TYPE.name, request.points, prompt, goal.expected(), solution)


TYPE = QuestionType(
    "gradient_of_parameter",
    {
        "parameter": "a parameter, or several to draw from",
        "given": "values whose adjoints the answer may use; where no answer does without, those it needs",
        "steps": "true lets the answer be a chain of lines, each of which earns points",
        "scale": "numbers to multiply the loss by, to draw from",
        "rename": "false keeps the model's own letters",
    },
    make,
)
