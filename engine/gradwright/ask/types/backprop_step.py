"""One backprop step: one formula and the upstream adjoint are given, the adjoint handed down is asked."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache, cached_property

from gradwright.ask.part import LOSS, Part, make_part
from gradwright.ask.question import Question, QuestionType, Request
from gradwright.ask.readable import first_readable, is_differentiable
from gradwright.ask.subject import Subject, derivation_of, letters_of, shape_line
from gradwright.ask.wording import time_note
from gradwright.derive.between import between
from gradwright.derive.closed import put_back
from gradwright.derive.derivation import Derivation, derive
from gradwright.document.blocks import Block, Equation, Row, Table, Text
from gradwright.document.notation import Notation, shape_formula, shape_math
from gradwright.document.writing import placed
from gradwright.grade.key import Expected, Written
from gradwright.language.text import to_text
from gradwright.language.tree import Formula, Tree, names
from gradwright.messages import Filling, Math
from gradwright.model.model import Model


@dataclass(frozen=True)
class _Step:
    """A model of one formula, whose loss is the upstream adjoint times its value, summed.

    Args:
        part: The formula as a model of its own.
        input: The value that is differentiated by.
        shared: Whether the network uses the input elsewhere too.
    """

    derivation: Derivation
    part: Part
    input: str
    shared: bool

    @property
    def formula(self) -> Formula:
        """The formula as the network has it."""
        return self.part.formulas[0]

    @property
    def upstream(self) -> str:
        """The adjoint that is given."""
        return self.part.upstream

    @cached_property
    def sides(self) -> tuple[Tree, Tree]:
        """Both sides of the adjoint handed down, in the model's letters."""
        name = f"d{self.input}"
        closed = self.derivation.gradients[self.input].matrix
        adjoints = set(self.derivation.adjoint_of.values()) - {self.upstream}
        if closed is not None and not names(closed) & adjoints:
            return placed(name, ()), closed
        asked = between(self.derivation, self.input, ()).asked
        hidden = {d.name: d.tree for d in self.derivation.model.definitions if not d.written}
        if asked.matrix is not None:
            return placed(name, asked.subscript), put_back(asked.matrix, hidden)
        return placed(name, asked.names), put_back(asked.index, hidden)


def make(request: Request) -> Question:
    """A question for one student."""
    step = _drawn(request)
    about = Subject(step.derivation, _letters(step, request), extents=step.part.extents)
    prompt, solution = _pages(request, about, step)
    return Question(request.label, TYPE.name, request.points, prompt, _expected(about, step), solution)


def _drawn(request: Request) -> _Step:
    """The formula and the input that are asked about: those of the set, or a pair with a short answer.

    Raises:
        ModelError: The set names a value that is not there, or one that the formula does not read.
    """
    model = derivation_of(request.model).model
    formulas = {formula.target: formula for formula in model.formulas if _usable(formula, model)}
    pairs = [
        (output, value)
        for output in request.listed("step", list(formulas))
        for value in sorted(_inputs(formulas[output], model))
    ]
    inputs = list(dict.fromkeys(value for _, value in pairs))
    wanted = set(request.listed("input", inputs))
    pairs = [pair for pair in pairs if pair[1] in wanted]
    order = [pairs[int(place)] for place in request.rng.permutation(len(pairs))]
    steps = (_step(request.model, *pair) for pair in order)
    if "step" in request.options and "input" in request.options:
        return next(steps)
    return first_readable(steps, lambda step: step.sides[1])


def _usable(formula: Formula, model: Model) -> bool:
    """Whether a formula can stand alone: it is an array, and it has an input."""
    array = formula.target != model.minimise and bool(model.shapes[formula.target].shape)
    return array and bool(_inputs(formula, model))


def _inputs(formula: Formula, model: Model) -> set[str]:
    """The arrays of real numbers that a formula reads, but for a series of which it reads one time alone."""
    series = {one.target for one in model.formulas if one.indices} if not formula.indices else set()
    return {
        name
        for name in names(formula.body) - series
        if name in model.shapes and model.shapes[name].shape and is_differentiable(model.shapes[name])
    }


@cache
def _step(name: str, output: str, value: str) -> _Step:
    model = derivation_of(name).model
    formula = next(formula for formula in model.formulas if formula.target == output)
    part = make_part(model, [formula], output, [value], apart=True)
    shared = sum(value in names(one.body) for one in model.formulas) > 1
    return _Step(derive(part.model), part, value, shared)


def _letters(step: _Step, request: Request) -> dict[str, str]:
    """The student's letters; the formula's value keeps the one name that it has in the network."""
    letters = {**letters_of(step.derivation, request)}
    letters[step.part.result] = letters.get(step.formula.target, step.formula.target)
    letters[step.upstream] = f"d{letters[step.part.result]}"
    letters[f"d{step.input}"] = f"d{letters.get(step.input, step.input)}"
    return letters


def _expected(about: Subject, step: _Step) -> Expected:
    left, right = (about.tree(side) for side in step.sides)
    name, value = about.name(f"d{step.input}"), about.name(step.input)
    whole = f"{to_text(left)} = {to_text(right)}"
    output = placed(about.name(step.formula.target), step.formula.indices)
    return Expected(
        "formula",
        to_text(right) if to_text(left) == name else whole,
        {one: shape for one, shape in about.vars().items() if one != LOSS},
        about.domain(),
        {to_text(output): to_text(about.tree(step.formula.body))},
        value,
        asked=name,
        given=(about.name(step.upstream),),
        lines=(Written(whole, f"adjoint of {value}"),),
    )


def _pages(request: Request, about: Subject, step: _Step) -> tuple[tuple[Block, ...], tuple[Block, ...]]:
    say = request.messages
    scalar = say.raw("word.scalar")
    output, value = about.name(step.formula.target), about.name(step.input)
    upstream, downstream = about.name(step.upstream), about.name(f"d{step.input}")
    hidden = {LOSS, upstream} | ({output} if step.part.result == step.formula.target else set())
    notation = _notation(about, {upstream: output, downstream: value})
    shapes = about.shapes
    given = [(name, shape_math(v.shape, scalar)) for name, v in about.values.items() if name not in hidden]
    heading = tuple((say.raw(f"word.{word}"),) for word in ("name", "shape"))
    table = Table(heading, tuple(((notation.value(name),), shape) for name, shape in given))
    remark = shape_formula(shapes[step.upstream].shape)
    left = notation.math(placed(output, step.formula.indices))
    equation = Equation((Row(left, notation.math(about.tree(step.formula.body)), remark=remark),))
    functions = about.functions()
    words: dict[str, Filling] = {
        "upstream": notation.value(upstream),
        "output": notation.value(output),
        "upshape": shape_math(shapes[step.upstream].shape, scalar),
        "downstream": notation.value(downstream),
        "input": notation.value(value),
        "shape": shape_line(say, shapes[step.input].shape),
        "typed": upstream,
    }
    time = "".join(step.formula.indices[:1])
    words["time"] = Math(time, time)
    start = "prompt-in-time" if time else "prompt"
    prompt = (
        Text(say.line(f"question.backprop_step.{start}", **words)),
        equation,
        *((Text(say.line("page.function-entries")), functions) if functions else ()),
        Text(say.line("homework.values")),
        table,
        Text(say.line(f"question.backprop_step.{'part' if step.shared else 'given'}", **words)),
        *time_note(about, say),
    )
    handed, body = (notation.math(about.tree(side)) for side in step.sides)
    result = Row(handed, body)
    return prompt, (Text(say.line("question.backprop_step.solution")), Equation((result,), boxed=True))


def _notation(about: Subject, adjoints: dict[str, str]) -> Notation:
    notation = about.notation()
    downstream = {one: notation.values[value] for one, value in adjoints.items()}
    return replace(notation, adjoints=adjoints, values={**notation.values, **downstream})


TYPE = QuestionType(
    "backprop_step",
    {
        "step": "the value whose formula is gone back through, or several to draw from",
        "input": "the value to differentiate by, or several to draw from",
        "rename": "false keeps the model's own letters",
    },
    make,
)
