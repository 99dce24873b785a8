"""Number by hand: a tiny instance of a model, and the gradient as numbers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from gradwright.ask.instance import Instance, draw_instance
from gradwright.ask.question import Question, QuestionType, Request
from gradwright.ask.subject import Subject, shape_line, subject
from gradwright.document.blocks import Block, Equation, Row, Text
from gradwright.document.notation import size_math
from gradwright.errors import ModelError
from gradwright.grade.key import Expected
from gradwright.language.tree import Item, Name, Number, names
from gradwright.messages import Filling, Math

Array = NDArray[np.float64]
TOLERANCE = 0.01
_SLICED = 3
"""An array of so many axes is shown by its matrices."""
_MOST_FIGURES = 10


def make(request: Request) -> Question:
    """A question for one student."""
    about = subject(request)
    possible = [name for name, gradient in about.derivation.gradients.items() if gradient.matrix is not None]
    parameter = request.choice("parameter", possible)
    sizes: Mapping[str, int] = request.options.get("sizes", {})
    instance = draw_instance(about.derivation, parameter, sizes, request.rng)
    kind = "array" if instance.gradient.ndim else "number"
    reference = json.dumps(instance.gradient.tolist())
    digits = _figures(request)
    tolerance = float(request.options.get("tolerance", 0.0 if digits else TOLERANCE))
    expected = Expected(kind, reference, wrt=about.name(parameter), tolerance=tolerance, digits=digits)
    prompt = _prompt(request, about, parameter, instance, expected)
    solution = _solution(request, about, parameter, instance)
    return Question(request.label, TYPE.name, request.points, prompt, expected, solution, blank=3)


def _figures(request: Request) -> int:
    """How many significant figures are asked for; 0 for none."""
    digits = request.options.get("figures", 0)
    if isinstance(digits, bool) or not isinstance(digits, int) or not 0 <= digits <= _MOST_FIGURES:
        raise ModelError(f"{request.label}: figures is {digits!r}; a number from 1 to 10 is expected")
    return digits


def _prompt(
    request: Request, about: Subject, parameter: str, instance: Instance, expected: Expected
) -> tuple[Block, ...]:
    say, notation = request.messages, about.notation()
    value, loss = notation.value(about.name(parameter)), notation.value(about.model.minimise)
    shape = shape_line(say, instance.gradient.shape)
    words: dict[str, Filling] = {
        "loss": loss,
        "lossname": loss,
        "letter": value,
        "parameter": value,
        "shape": shape,
    }
    rows = _rows(about, instance.given)
    return (
        Text(say.line("homework.forward")),
        *about.forward(say),
        Text(say.line("question.number_by_hand.prompt", **words)),
        Text(say.line("question.number_by_hand.values", sizes=_sizes(instance))),
        Equation(rows),
        Text(
            say.line(
                f"question.number_by_hand.{'figures' if expected.digits else 'tolerance'}",
                tolerance=f"{expected.tolerance:g}",
                digits=expected.digits,
            )
        ),
    )


def _sizes(instance: Instance) -> Math:
    sizes = [(size_math(name), size) for name, size in instance.sizes.items()]
    latex = ",\\ ".join(f"{letter.latex} = {size}" for letter, size in sizes)
    return Math(latex, ", ".join(f"{letter.text} = {size}" for letter, size in sizes))


def _solution(request: Request, about: Subject, parameter: str, instance: Instance) -> tuple[Block, ...]:
    say, notation = request.messages, about.notation()
    rows = _rows(about, instance.computed)
    gradient = about.derivation.gradients[parameter].matrix
    assert gradient is not None, parameter
    fraction = notation.derivative(about.model.minimise, about.name(parameter))
    result = (
        Row(fraction, notation.math(about.tree(gradient))),
        Row(Math("", ""), array_math(instance.gradient)),
    )
    used = names(gradient) & instance.adjoints.keys()
    backward = _rows(about, instance.adjoints) if used else ()
    return (
        Text(say.line("question.number_by_hand.solution")),
        Equation(rows),
        *((Text(say.line("question.number_by_hand.solution-backward")), Equation(backward)) if used else ()),
        Text(say.line("question.number_by_hand.solution-gradient")),
        Equation(result, boxed=True),
    )


def _rows(about: Subject, arrays: Mapping[str, Array]) -> tuple[Row, ...]:
    """Each array as an equation; one of three axes as an equation for each place of the first."""
    notation = about.notation()
    rows: list[Row] = []
    for name, array in arrays.items():
        value = Name(about.name(name))
        if array.ndim < _SLICED:
            rows.append(Row(notation.math(value), array_math(array)))
            continue
        for place in np.ndindex(array.shape[: array.ndim - 2]):
            at = Item(value, tuple(Number(Fraction(index), str(index)) for index in place))
            rows.append(Row(notation.math(at), array_math(array[place])))
    return tuple(rows)


def array_math(array: Array) -> Math:
    r"""Numbers as a scalar, a row of numbers, or a matrix; at most four decimals.

    >>> array_math(np.array([[1.0, 0.5]])).latex
    '\\begin{pmatrix} 1 & 0.5 \\end{pmatrix}'
    """
    if array.ndim == 0:
        return Math(_number(float(array)), _number(float(array)))
    rows = array if array.ndim == 2 else array.reshape(-1, array.shape[-1])
    cells = [[_number(float(entry)) for entry in row] for row in rows]
    body = " \\\\ ".join(" & ".join(row) for row in cells)
    written = ["[" + ", ".join(row) + "]" for row in cells]
    if array.ndim == 1:
        return Math("(" + ",\\; ".join(cells[0]) + ")", written[0])
    return Math(f"\\begin{{pmatrix}} {body} \\end{{pmatrix}}", "[" + ", ".join(written) + "]")


def _number(value: float) -> str:
    text = f"{value:.4f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


TYPE = QuestionType(
    "number_by_hand",
    {
        "parameter": "a parameter, or several to draw from",
        "tolerance": "how far a decimal may be off; 0.01 unless told",
        "figures": "how many significant figures a decimal must have, in place of a tolerance",
        "sizes": "sizes of axes, such as { n = 2, d = 2 }; those left out are drawn",
        "scale": "numbers to multiply the loss by, to draw from",
        "rename": "false keeps the model's own letters",
    },
    make,
)
