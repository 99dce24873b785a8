"""One backprop step: one formula and the upstream adjoint are given, the adjoint handed down is asked."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache

from gradwright.ask.modeltext import model_text
from gradwright.ask.question import Question, QuestionType, Request
from gradwright.ask.subject import Subject, derivation_of, letters_of, shape_line
from gradwright.derive.derivation import Derivation, derive
from gradwright.document.blocks import Block, Equation, Row, Table, Text
from gradwright.document.notation import shape_formula, shape_math
from gradwright.errors import ModelError
from gradwright.grade.key import Expected
from gradwright.language.scope import Value
from gradwright.language.text import to_text
from gradwright.language.tree import Binary, Call, Formula, Tree, names, walk
from gradwright.messages import Filling
from gradwright.model.load import from_text
from gradwright.model.model import Model

_GUARDED = ("log", "sqrt", "log1p")


@dataclass(frozen=True)
class _Step:
    """A model of one formula, whose loss is the upstream adjoint times its value, summed."""

    derivation: Derivation
    upstream: str
    output: str
    input: str


def make(request: Request) -> Question:
    """A question for one student."""
    model = derivation_of(request.model).model
    formulas = {formula.target: formula for formula in model.formulas if _usable(formula, model)}
    output = request.choice("step", list(formulas))
    inputs = sorted(
        name for name in names(formulas[output].body) if name in model.shapes and model.shapes[name].shape
    )
    step = _step(request.model, output, request.choice("input", inputs))
    about = Subject(step.derivation, letters_of(step.derivation, request))
    about = replace(about, letters={**about.letters, step.upstream: "d" + about.name(step.output)})
    gradient = step.derivation.gradients[step.input].matrix
    if gradient is None:
        raise ModelError(f"{request.label}: the step from {output} to {step.input} has no matrix form")
    definitions = {about.name(output): to_text(about.tree(formulas[output].body))}
    vars = {name: shape for name, shape in about.vars().items() if name != _LOSS}
    expected = Expected(
        "formula", to_text(about.tree(gradient)), vars, about.domain(), definitions, about.name(step.input)
    )
    prompt, solution = _pages(request, about, step, about.tree(formulas[output].body), about.tree(gradient))
    return Question(request.label, TYPE.name, request.points, prompt, expected, solution)


_LOSS = "L_"


def _usable(formula: Formula, model: Model) -> bool:
    return (
        formula.target != model.minimise and not formula.indices and bool(model.shapes[formula.target].shape)
    )


@cache
def _step(name: str, output: str, value: str) -> _Step:
    model = derivation_of(name).model
    formula = next(formula for formula in model.formulas if formula.target == output)
    upstream = f"d{output}"
    values = {
        one: _domain(model.shapes[one], one, formula.body)
        for one in names(formula.body)
        if one in model.shapes
    }
    values[upstream] = Value(model.shapes[output].shape)
    data = {one: values[one] for one in sorted(values) if one != value}
    lines = [formula.text, f"{_LOSS} = sum({upstream} * {output})"]
    text = model_text(f"{model.name}-{output}", data, {value: values[value]}, {}, lines, _LOSS, model.axes)
    return _Step(derive(from_text(text, name)), upstream, output, value)


def _domain(value: Value, name: str, body: Tree) -> Value:
    """The value with entries that the formula can take: positive ones in a divisor or a logarithm."""
    for node in walk(body):
        below = node.right if isinstance(node, Binary) and node.operator == "/" else None
        inside = node.arguments if isinstance(node, Call) and node.function in _GUARDED else ()
        if value.domain == "real" and any(
            name in names(part) for part in (*inside, *([below] if below else []))
        ):
            return replace(value, domain="pos")
    return value


def _pages(
    request: Request, about: Subject, step: _Step, body: Tree, gradient: Tree
) -> tuple[tuple[Block, ...], tuple[Block, ...]]:
    say = request.messages
    scalar = say.raw("word.scalar")
    hidden = {_LOSS, about.name(step.output), about.name(step.upstream)}
    notation = about.notation()
    output, value, upstream = (about.name(name) for name in (step.output, step.input, step.upstream))
    notation = replace(notation, adjoints={upstream: output, f"d{value}": value})
    shapes = about.model.shapes
    given = [(name, shape_math(v.shape, scalar)) for name, v in about.values.items() if name not in hidden]
    words: dict[str, Filling] = {
        "upstream": notation.value(upstream),
        "output": notation.value(output),
        "upshape": shape_math(shapes[step.output].shape, scalar),
        "downstream": notation.value(f"d{value}"),
        "input": notation.value(value),
        "shape": shape_line(say, shapes[step.input].shape),
        "typed": upstream,
    }
    heading = tuple((say.raw(f"word.{word}"),) for word in ("name", "shape"))
    table = Table(heading, tuple(((notation.value(name),), shape) for name, shape in given))
    equations = (
        Row(notation.value(output), notation.math(body), remark=shape_formula(shapes[step.output].shape)),
    )
    functions = about.functions()
    prompt = (
        Text(say.line("question.backprop_step.prompt")),
        Equation(equations),
        *((Text(say.line("page.function-entries")), functions) if functions else ()),
        Text(say.line("homework.values")),
        table,
        Text(say.line("question.backprop_step.given", **words)),
    )
    result = Row(notation.value(f"d{value}"), notation.math(gradient))
    return prompt, (Text(say.line("question.backprop_step.solution")), Equation((result,), boxed=True))


TYPE = QuestionType(
    "backprop_step",
    {
        "step": "the value whose formula is gone back through, or several to draw from",
        "input": "the value to differentiate by, or several to draw from",
        "rename": "false keeps the model's own letters",
    },
    make,
)
