"""The shape of what a formula computes, in numbers: after a convolution, a pooling, a product, a sum."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from gradwright.ask.question import Question, QuestionType, Request
from gradwright.ask.subject import Subject, subject
from gradwright.document.blocks import Block, Equation, Row, Table, Text
from gradwright.document.notation import shape_formula, shape_math, size_math
from gradwright.errors import ModelError, UsageError
from gradwright.execute.sizes import Sizes, shape_of
from gradwright.grade.key import Expected
from gradwright.language.tree import Formula, names
from gradwright.messages import Line
from gradwright.model.model import Model

_LEAST = 3
"""Sizes start here, all different, so that each number of the answer tells its axis."""


def make(request: Request) -> Question:
    """A question for one student."""
    about = subject(request)
    known = [f.target for f in about.model.formulas if about.shapes[f.target].shape]
    value = request.choice("value", known, _usual(about.model, known))
    formulas = _formulas(about.model, value, request.options.get("from", ()))
    sizes = _sizes(request, about.model)
    shape = shape_of(about.shapes[value].shape, sizes)
    expected = Expected("array", json.dumps(shape), wrt=about.name(value))
    prompt = _prompt(request, about, formulas, value, sizes)
    solution = _solution(request, about, formulas, sizes)
    return Question(request.label, TYPE.name, request.points, prompt, expected, solution, blank=1)


def _usual(model: Model, known: Sequence[str]) -> list[str]:
    """The values worth asking for: of two axes or more, and not in the shape of all that they are made of."""
    return [
        name
        for name in known
        if len(model.shapes[name].shape) > 1
        and any(
            model.shapes[one].shape != model.shapes[name].shape
            for one in _read(next(f for f in model.formulas if f.target == name), model)
        )
    ] or list(known)


def _read(formula: Formula, model: Model) -> list[str]:
    return [name for name in model.shapes if name in names(formula.body) and name != formula.target]


def _formulas(model: Model, value: str, first: str | Sequence[str]) -> tuple[Formula, ...]:
    """The value's formula, and those on the way to it from the values that the set names."""
    starts = {first} if isinstance(first, str) else set(first)
    chosen = {value}
    stack = [value] if starts else []
    by_target = {formula.target: formula for formula in model.formulas}
    while stack:
        for name in _read(by_target[stack.pop()], model):
            if name in by_target and name not in starts and name not in chosen:
                chosen.add(name)
                stack.append(name)
    return tuple(formula for formula in model.formulas if formula.target in chosen)


def _sizes(request: Request, model: Model) -> dict[str, int]:
    """Sizes of all axes, those that the set gives among them.

    Raises:
        ModelError: No sizes go with these.
    """
    fixed = request.sizes(model.axes)
    try:
        drawn = Sizes(model.shapes, model.equations, _LEAST).draw(request.rng)
        sizes = {**drawn, **{axis: size for axis, size in fixed.items() if axis in drawn}}
        for left, right in model.equations if fixed else ():
            (sizes[str(left)],) = shape_of((right,), sizes)
        for shown in model.shapes.values():
            if min(shape_of(shown.shape, sizes), default=1) < 1:
                raise UsageError("a window does not fit")
    except UsageError as error:
        raise ModelError(f"{request.label}: {error.message}", hint="give other sizes in the set") from error
    return sizes


def _prompt(
    request: Request, about: Subject, formulas: tuple[Formula, ...], value: str, sizes: Mapping[str, int]
) -> tuple[Block, ...]:
    say, notation = request.messages, about.notation()
    targets = {formula.target for formula in formulas}
    read = {name for formula in formulas for name in _read(formula, about.model)} - targets
    heading = tuple((say.raw(f"word.{word}"),) for word in ("name", "shape"))
    rows: list[tuple[Line, ...]] = [
        ((notation.value(about.name(name)),), _in_numbers(about, name, sizes, say.raw("word.scalar")))
        for name in about.shapes
        if name in read
    ]
    left = [notation.math(about.left_of(formula)) for formula in formulas]
    right = [notation.math(about.tree(formula.body)) for formula in formulas]
    return (
        Text(say.line("question.output_shape.layer")),
        Equation(tuple(Row(*pair) for pair in zip(left, right, strict=True))),
        Text(say.line("homework.values")),
        Table(heading, tuple(rows)),
        Text(say.line("question.output_shape.prompt", value=notation.value(about.name(value)))),
    )


def _in_numbers(about: Subject, name: str, sizes: Mapping[str, int], scalar: str) -> Line:
    return shape_math(shape_of(about.shapes[name].shape, sizes), scalar)


def _solution(
    request: Request, about: Subject, formulas: tuple[Formula, ...], sizes: Mapping[str, int]
) -> tuple[Block, ...]:
    say, notation = request.messages, about.notation()
    rows = tuple(
        Row(
            notation.value(about.name(formula.target)),
            shape_formula(about.shapes[formula.target].shape),
            remark=shape_formula(shape_of(about.shapes[formula.target].shape, sizes)),
            relation=":",
        )
        for formula in formulas
    )
    used = sorted({str(s) for f in formulas for e in about.shapes[f.target].shape for s in e.free_symbols})
    letters: list[tuple[Line, ...]] = [((size_math(axis),), (str(sizes[axis]),)) for axis in used]
    heading = ((say.raw("word.axis"),), (say.raw("word.number"),))
    return (Table(heading, tuple(letters)), Equation(rows, boxed=True))


TYPE = QuestionType(
    "output_shape",
    {
        "value": "the value whose shape is asked, or several to draw from",
        "from": "values that are given, so that all formulas from these to the value are shown",
        "sizes": "sizes of axes, such as { H = 28, kh = 5 }; those left out are drawn",
        "rename": "false keeps the model's own letters",
    },
    make,
)
