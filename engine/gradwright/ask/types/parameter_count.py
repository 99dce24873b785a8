"""How many numbers a layer learns: a formula in the sizes of its axes, or a number where these are given."""

from __future__ import annotations

import json
from collections.abc import Mapping

from sympy import Add, Expr, Mul, factor_terms

from gradwright.ask.question import Question, QuestionType, Request
from gradwright.ask.subject import Subject, subject
from gradwright.document.blocks import Block, Equation, Row, Table, Text
from gradwright.document.notation import shape_math, size_math
from gradwright.errors import ModelError
from gradwright.execute.sizes import shape_of
from gradwright.grade.key import Expected
from gradwright.language.index_form import index_form
from gradwright.language.text import to_text
from gradwright.language.tree import Formula, Tree, names
from gradwright.messages import Filling, Line, Math
from gradwright.model.model import Model
from gradwright.model.sort import groups
from gradwright.tensor.nodes import Tensor


def make(request: Request) -> Question:
    """A question for one student."""
    about = subject(request)
    layers = _layers(about.model)
    layer = layers[request.choice("step", list(layers))]
    parameters = _parameters(layer, about.model)
    counts = {name: Mul(*about.shapes[name].shape) for name in parameters}
    total = Add(*counts.values())
    sizes = request.sizes(about.model.axes)
    number = _number(request, total, sizes) if sizes else None
    vars = {about.name(name): tuple(map(str, about.shapes[name].shape)) for name in parameters}
    expected = (
        Expected("formula", to_text(_tree(total)), vars)
        if number is None
        else Expected("number", json.dumps(number))
    )
    prompt = _prompt(request, about, layer, parameters, sizes)
    return Question(
        request.label, TYPE.name, request.points, prompt, expected, _solution(request, about, counts, number)
    )


def _layers(model: Model) -> dict[str, tuple[Formula, ...]]:
    """The formulas that learn something, by their targets; those of a recurrence are one layer."""
    found: dict[str, tuple[Formula, ...]] = {}
    for group in groups(model.formulas):
        if group.direction:
            formulas = tuple(one for one in model.formulas if one in group.formulas)
            found |= {one.target: formulas for one in formulas if _parameters(formulas, model)}
        else:
            found |= {one.target: (one,) for one in group.formulas if _parameters((one,), model)}
    return found


def _parameters(formulas: tuple[Formula, ...], model: Model) -> list[str]:
    read = {name for formula in formulas for name in names(formula.body)}
    return [name for name in model.parameters if name in read]


def _number(request: Request, total: Expr, sizes: Mapping[str, int]) -> int:
    missing = sorted({str(symbol) for symbol in total.free_symbols} - sizes.keys())
    if missing:
        raise ModelError(
            f"{request.label}: sizes does not say how long the axis {missing[0]} is",
            hint=f"add {missing[0]} = ... to sizes, or leave sizes out to ask for a formula",
        )
    return shape_of((total,), sizes)[0]


def _tree(count: Expr) -> Tree:
    return index_form(Tensor((), factor_terms(count)))[1]


def _prompt(
    request: Request,
    about: Subject,
    layer: tuple[Formula, ...],
    parameters: list[str],
    sizes: Mapping[str, int],
) -> tuple[Block, ...]:
    say, notation = request.messages, about.notation()
    used = [
        name
        for name in about.shapes
        if name not in parameters
        and name not in {one.target for one in layer}
        and any(name in names(one.body) for one in layer)
    ]
    heading = tuple((say.raw(f"word.{word}"),) for word in ("name", "shape"))
    rows: list[tuple[Line, ...]] = [
        ((notation.value(about.name(name)),), shape_math(about.shapes[name].shape, say.raw("word.scalar")))
        for name in used
    ]
    listed = ", ".join(f"{size_math(axis).latex} = {size}" for axis, size in sizes.items())
    plain = ", ".join(f"{axis} = {size}" for axis, size in sizes.items())
    learnt: list[Filling] = [notation.value(about.name(name)) for name in parameters]
    key = "number" if sizes else "formula"
    return (
        Text(say.line("question.parameter_count.layer")),
        *about.forward(say, layer)[:1],
        *((Text(say.line("homework.values")), Table(heading, tuple(rows))) if rows else ()),
        Text(
            say.line(f"question.parameter_count.{key}", parameters=_joined(learnt), sizes=Math(listed, plain))
        ),
    )


def _joined(pieces: list[Filling]) -> Line:
    line: list[Filling] = []
    for piece in pieces:
        line += [", ", piece] if line else [piece]
    return tuple(piece for piece in line if not isinstance(piece, tuple | int | float))


def _solution(
    request: Request, about: Subject, counts: Mapping[str, Expr], number: int | None
) -> tuple[Block, ...]:
    say, notation = request.messages, about.notation()
    heading = tuple((say.raw(f"word.{word}"),) for word in ("name", "shape", "entries"))
    rows: list[tuple[Line, ...]] = [
        (
            (notation.value(about.name(name)),),
            shape_math(about.shapes[name].shape, say.raw("word.scalar")),
            (size_math(count),),
        )
        for name, count in counts.items()
    ]
    total = notation.math(_tree(Add(*counts.values())))
    right = total if number is None else Math(f"{total.latex} = {number}", f"{total.text} = {number}")
    word = Math(f"\\text{{{say.raw('word.total')}}}", say.raw("word.total"))
    return (Table(heading, tuple(rows)), Equation((Row(word, right),), boxed=True))


TYPE = QuestionType(
    "parameter_count",
    {
        "step": "the value that the layer computes, or several to draw from",
        "sizes": "sizes of axes, such as { d = 64, h = 32 }; the answer is a number then, else a formula",
        "rename": "false keeps the model's own letters",
    },
    make,
)
