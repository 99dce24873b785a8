"""Number by hand: a tiny instance of a model or of a part of it, and a value or a gradient as numbers."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from gradwright.ask.byhand import Exercise, derivation_by_hand
from gradwright.ask.instance import WORTHY, Instance, draw_instance, of_gradient, of_value
from gradwright.ask.part import LOSS
from gradwright.ask.pick import Picked, picks
from gradwright.ask.question import Question, QuestionType, Request
from gradwright.ask.subject import Subject, letters_of, shape_line
from gradwright.ask.wording import lagged
from gradwright.document.blocks import Block, Equation, Row, Text
from gradwright.document.notation import size_math
from gradwright.errors import ModelError
from gradwright.grade.key import Expected
from gradwright.language.text import to_text
from gradwright.language.tree import Formula, Item, Name, Number, names
from gradwright.messages import Filling, Math, Messages

Array = NDArray[np.float64]
TOLERANCE = 0.01
_SLICED = 3
"""An array of so many axes is shown by its matrices."""
_MOST_FIGURES = 10
_PICKS = 12
"""What is looked at, if the numbers of the first are all 0, say."""


@dataclass(frozen=True)
class _Sum:
    """A sum for one student: what is computed of what, and the numbers.

    Args:
        value: The value that is asked for, or whose gradient is; by its name in the model.
        is_gradient: Which of these.
    """

    about: Subject
    exercise: Exercise
    value: str
    is_gradient: bool
    instance: Instance

    @property
    def formulas(self) -> tuple[Formula, ...]:
        """The formulas that are shown: those of the part, without the loss that stands for what is above."""
        return tuple(one for one in self.about.model.formulas if one.target != LOSS)

    @property
    def given(self) -> dict[str, Array]:
        """The numbers that are shown; what comes from above matters for a gradient alone."""
        hidden = set() if self.is_gradient else {self.exercise.part.upstream}
        return {name: value for name, value in self.instance.given.items() if name not in hidden}


def make(request: Request) -> Question:
    """A question for one student."""
    sum_ = _drawn(request)
    asked = sum_.instance.asked
    digits = _figures(request)
    tolerance = float(request.options.get("tolerance", 0.0 if digits else TOLERANCE))
    expected = Expected(
        "array" if asked.ndim else "number",
        json.dumps(asked.tolist()),
        wrt=sum_.about.name(sum_.value),
        tolerance=tolerance,
        digits=digits,
    )
    prompt = _prompt(request, sum_, expected)
    return Question(
        request.label, TYPE.name, request.points, prompt, expected, _solution(request, sum_), blank=3
    )


def _drawn(request: Request) -> _Sum:
    """The first pick whose numbers are worth computing, or the best of some.

    Raises:
        ModelError: The set names what is not there, or nothing of the model can be computed by hand.
    """
    best: _Sum | None = None
    failure: ModelError | None = None
    for found in islice(picks(request), _PICKS):
        try:
            one = _with_numbers(request, found)
        except ModelError as error:
            failure = error
            continue
        if best is None or one.instance.worth > best.instance.worth:
            best = one
        if best.instance.worth == WORTHY:
            break
    if best is None:
        said = f"{request.label}: nothing of {request.model} is small enough to be computed by hand"
        raise failure or ModelError(said, hint="name a parameter and give sizes in the set")
    return best


def _with_numbers(request: Request, found: Picked) -> _Sum:
    exercise, value = found.exercise, found.value
    part, derivation = exercise.part, derivation_by_hand(exercise, value if found.is_gradient else "")
    letters = {**letters_of(derivation, request)}
    upstream = {part.upstream: part.output} if part.upstream else {}
    for adjoint, output in upstream.items():
        letters[adjoint] = f"d{letters.get(output, output)}"
    about = Subject(derivation, letters, extents=part.extents, upstream=upstream)
    program = of_gradient(derivation, value) if found.is_gradient else of_value(derivation, value)
    instance = draw_instance(program, exercise.sizes, request.rng, exercise.constants)
    return _Sum(about, exercise, value, found.is_gradient, instance)


def _figures(request: Request) -> int:
    """How many significant figures are asked for; 0 for none."""
    digits = request.options.get("figures", 0)
    if isinstance(digits, bool) or not isinstance(digits, int) or not 0 <= digits <= _MOST_FIGURES:
        raise ModelError(f"{request.label}: figures is {digits!r}; a number from 1 to 10 is expected")
    return digits


def _prompt(request: Request, sum_: _Sum, expected: Expected) -> tuple[Block, ...]:
    say, about = request.messages, sum_.about
    notation = about.notation()
    part = sum_.exercise.part
    value, output = notation.value(about.name(sum_.value)), notation.value(about.name(part.output))
    loss = notation.value(part.model.minimise) if not part.upstream else output
    words: dict[str, Filling] = {
        "loss": loss,
        "value": value,
        "output": output,
        "upstream": notation.value(about.name(part.upstream)) if part.upstream else "",
        "shape": shape_line(say, sum_.instance.asked.shape),
    }
    kind = "value" if not sum_.is_gradient else "through" if part.upstream else "prompt"
    rows = _rows(about, sum_.given)
    return (
        Text(say.line(f"question.number_by_hand.{'part' if sum_.exercise.is_part else 'forward'}")),
        *about.forward(say, sum_.formulas),
        *_edge(about, say, sum_.formulas),
        Text(say.line(f"question.number_by_hand.{kind}", **words)),
        Text(say.line("question.number_by_hand.values", sizes=_sizes(sum_))),
        Equation(rows),
        Text(
            say.line(
                f"question.number_by_hand.{'figures' if expected.digits else 'tolerance'}",
                tolerance=f"{expected.tolerance:g}",
                digits=expected.digits,
            )
        ),
    )


def _edge(about: Subject, say: Messages, formulas: Sequence[Formula]) -> tuple[Block, ...]:
    """That a value before the first time, or after the last, is 0."""
    earlier = lagged(about, formulas)
    return (Text(say.line("question.number_by_hand.edge", earlier=to_text(earlier[0]))),) if earlier else ()


def _sizes(sum_: _Sum) -> Math:
    """The sizes of the axes that have a name in the model."""
    own = {str(letter) for letter in sum_.exercise.part.extents}
    sizes = [(size_math(name), size) for name, size in sum_.instance.sizes.items() if name not in own]
    latex = ",\\ ".join(f"{letter.latex} = {size}" for letter, size in sizes)
    return Math(latex, ", ".join(f"{letter.text} = {size}" for letter, size in sizes))


def _solution(request: Request, sum_: _Sum) -> tuple[Block, ...]:
    say, about, instance = request.messages, sum_.about, sum_.instance
    notation = about.notation()
    hidden = {LOSS} if sum_.exercise.part.upstream else set()
    if not sum_.is_gradient:
        left = notation.value(about.name(sum_.value))
        rows = _rows(about, {n: v for n, v in instance.computed.items() if n not in {*hidden, sum_.value}})
        result = (Row(left, array_math(instance.asked)),)
        return (
            *((Text(say.line("question.number_by_hand.solution")), Equation(rows)) if rows else ()),
            Text(say.line("question.number_by_hand.solution-value")),
            Equation(result, boxed=True),
        )
    rows = _rows(about, {name: v for name, v in instance.computed.items() if name not in hidden})
    gradient = about.derivation.gradients[sum_.value]
    tree = gradient.matrix if gradient.matrix is not None else gradient.named
    fraction = notation.derivative(about.model.minimise if not hidden else "L", about.name(sum_.value))
    used = names(tree) & instance.adjoints.keys()
    backward = _rows(about, instance.adjoints) if used else ()
    formula = (Row(fraction, notation.math(about.tree(tree))),) if gradient.matrix is not None else ()
    return (
        Text(say.line("question.number_by_hand.solution")),
        Equation(rows),
        *((Text(say.line("question.number_by_hand.solution-backward")), Equation(backward)) if used else ()),
        Text(say.line("question.number_by_hand.solution-gradient")),
        Equation((*formula, *_result(fraction, instance.asked, bool(formula))), boxed=True),
    )


def _result(left: Math, numbers: Array, continued: bool) -> tuple[Row, ...]:
    """The numbers as rows; an array of three axes or more by its matrices."""
    if numbers.ndim < _SLICED:
        return (Row(Math("", "") if continued else left, array_math(numbers)),)
    places = list(np.ndindex(numbers.shape[: numbers.ndim - 2]))
    return tuple(
        Row(
            Math(f"{left.latex}\\left[{_at(place)}\\right]", f"{left.text}[{_at(place)}]"),
            array_math(numbers[place]),
        )
        for place in places
    )


def _at(place: tuple[int, ...]) -> str:
    return ", ".join(map(str, place))


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
        "parameter": "a parameter whose gradient is asked, or several to draw from",
        "value": "a value of the forward pass that is asked for itself, or several to draw from",
        "tolerance": "how far a decimal may be off; 0.01 unless told",
        "figures": "how many significant figures a decimal must have, in place of a tolerance",
        "sizes": "sizes of axes, such as { n = 2, d = 2 }; those left out are as small as can be",
        "scale": "numbers to multiply the loss by, to draw from",
        "rename": "false keeps the model's own letters",
    },
    make,
)
