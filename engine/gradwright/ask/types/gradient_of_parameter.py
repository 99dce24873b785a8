"""The gradient of a parameter: a model is given, the closed form is asked."""

from __future__ import annotations

from gradwright.ask.question import Question, QuestionType, Request
from gradwright.ask.subject import Subject, shape_line, subject
from gradwright.document.blocks import Block, Equation, Row, Text
from gradwright.errors import ModelError
from gradwright.grade.key import Expected
from gradwright.language.text import to_text
from gradwright.language.tree import Name
from gradwright.messages import Filling, Math


def make(request: Request) -> Question:
    """A question for one student."""
    about = subject(request)
    possible = [name for name, gradient in about.derivation.gradients.items() if gradient.matrix is not None]
    parameter = request.choice("parameter", possible)
    gradient = about.derivation.gradients[parameter].matrix
    if gradient is None:
        raise ModelError(f"{request.label}: the gradient by {parameter} has no matrix form")
    answer = about.tree(gradient)
    expected = Expected(
        "formula", to_text(answer), about.vars(), about.domain(), about.definitions(), about.name(parameter)
    )
    prompt = _prompt(request, about, parameter)
    return Question(
        request.label, TYPE.name, request.points, prompt, expected, _solution(request, about, parameter)
    )


def _prompt(request: Request, about: Subject, parameter: str) -> tuple[Block, ...]:
    say, notation = request.messages, about.notation()
    value = notation.value(about.name(parameter))
    loss = notation.value(about.model.minimise)
    words: dict[str, Filling] = {"loss": loss, "lossname": loss, "letter": value, "parameter": value}
    words["shape"] = shape_line(say, about.model.shapes[parameter].shape)
    return (
        Text(say.line("homework.model")),
        about.given(say),
        *about.forward(say),
        Text(say.line("question.gradient_of_parameter.prompt", **words)),
    )


def _solution(request: Request, about: Subject, parameter: str) -> tuple[Block, ...]:
    """The adjoints on the way to the parameter, and the closed form."""
    say, notation = request.messages, about.notation()
    rows: list[Row] = []
    for adjoint in about.derivation.adjoints:
        wanted = adjoint.of == parameter or adjoint.of not in about.derivation.gradients
        if adjoint.matrix is not None and wanted:
            left = notation.math(Name(about.name(adjoint.name)))
            rows.append(Row(left, notation.math(about.tree(adjoint.matrix))))
    gradient = about.derivation.gradients[parameter].matrix
    assert gradient is not None, parameter
    fraction = notation.derivative(about.model.minimise, about.name(parameter))
    result = Row(Math(fraction.latex, fraction.text), notation.math(about.tree(gradient)))
    return (
        Equation(tuple(rows)),
        Text(say.line("question.gradient_of_parameter.solution")),
        Equation((result,), boxed=True),
    )


TYPE = QuestionType(
    "gradient_of_parameter",
    {
        "parameter": "a parameter, or several to draw from",
        "scale": "numbers to multiply the loss by, to draw from",
        "rename": "false keeps the model's own letters",
    },
    make,
)
