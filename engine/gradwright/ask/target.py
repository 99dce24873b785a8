"""The adjoint that a question asks for: what its answer may use, the reference, and the lines to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from gradwright.ask.question import Request
from gradwright.ask.relevant import Relevant, relevant
from gradwright.ask.subject import Subject, shape_line
from gradwright.derive.between import Between
from gradwright.derive.step import Adjoint
from gradwright.document.blocks import Block, Equation, Row, Table, Text
from gradwright.document.notation import Notation, shape_math
from gradwright.document.writing import placed
from gradwright.errors import ModelError
from gradwright.grade.key import Expected, Written
from gradwright.language.free import loose_names
from gradwright.language.text import to_text
from gradwright.language.tree import Binary, Compare, Formula, Item, Name, Number, Tree, names, walk
from gradwright.messages import Filling, Line, Math, Messages, Mono


@dataclass(frozen=True)
class Target:
    """An adjoint that is asked, in a student's letters.

    Args:
        about: The model and the letters.
        value: The value whose adjoint is asked, by its name in the model.
        way: How it follows from what is given.
        closed: A closed form that uses no adjoint at all, where there is one.
        shown: What the question shows of the model.
        steps: Whether the answer may be a chain of lines.
    """

    about: Subject
    value: str
    way: Between
    shown: Relevant
    closed: Tree | None = None
    steps: bool = False

    @property
    def name(self) -> str:
        """The asked adjoint's name."""
        return self.about.name(self.way.asked.name)

    @property
    def given(self) -> tuple[str, ...]:
        """The names of the adjoints that the question gives."""
        return () if self.closed is not None else tuple(map(self.about.name, self.way.given))

    @property
    def result(self) -> tuple[Tree, Tree]:
        """Both sides of the right answer."""
        if self.closed is not None:
            return placed(self.name, ()), self.about.tree(self.closed)
        return self.sides(self.way.asked)

    @property
    def lines(self) -> tuple[tuple[Tree, Tree], ...]:
        """Both sides of each line from what is given down to what is asked."""
        return tuple(map(self.sides, self.way.lines))

    def sides(self, adjoint: Adjoint) -> tuple[Tree, Tree]:
        """Both sides of an adjoint's formula: in matrix notation, else in index notation."""
        held = adjoint.subscript if adjoint.matrix is not None else adjoint.names
        right = adjoint.matrix if adjoint.matrix is not None else adjoint.index
        return placed(self.about.name(adjoint.name), held), self.about.tree(right)

    def expected(self) -> Expected:
        """The key: the reference and what is needed to judge and to explain."""
        left, right = self.result
        reference = to_text(right) if to_text(left) == self.name else f"{to_text(left)} = {to_text(right)}"
        tied = self.given and not self.shown.is_part
        return Expected(
            "formula",
            reference,
            self._vars(),
            self.shown.domain(),
            self.about.definitions(self.shown.definitions),
            self.about.name(self.value),
            asked=self.name,
            given=self.given,
            lines=tuple(self._written(adjoint) for adjoint in self.way.lines),
            above=tuple(map(self._anchored, self.way.above)) if tied else (),
            steps=self.steps,
        )

    def _anchored(self, adjoint: Adjoint) -> str:
        """An adjoint's formula, its indices said where one stands in a condition alone."""
        left, right = self.sides(adjoint)
        loose = set(loose_names(right)) & set(adjoint.names)
        if isinstance(left, Item) and loose:
            value = Item(Name(self.about.name(adjoint.of)), left.selectors)
            right = Binary("+", right, Binary("*", Number(Fraction(0)), value))
        return f"{to_text(left)} = {to_text(right)}"

    def _vars(self) -> dict[str, tuple[str, ...]]:
        """The shapes of what an answer may name, of the value asked about, and of the given adjoints."""
        about = self.about
        shown = {about.name(name) for name in self.shown.values | {self.value}}
        vars = {name: shape for name, shape in about.vars().items() if name in shown}
        for adjoint in about.derivation.adjoints:
            if about.name(adjoint.name) in self.given:
                vars[about.name(adjoint.name)] = tuple(str(extent) for extent in adjoint.tensor.shape)
        return vars

    def _written(self, adjoint: Adjoint) -> Written:
        left, right = self.sides(adjoint)
        kind = "gradient" if adjoint.of in self.about.derivation.gradients else "adjoint"
        return Written(f"{to_text(left)} = {to_text(right)}", f"{kind} of {self.about.name(adjoint.of)}")


def target(request: Request, about: Subject, value: str) -> Target:
    """What is asked of a value: in forward values alone where that can be, else in given adjoints.

    Raises:
        ModelError: The option ``given`` names no adjoint, or does not suffice.
    """
    steps = request.options.get("steps", False) is True
    closed = None
    if "given" in request.options:
        way = about.way(value, _given(request, about))
    else:
        closed = closed_form(about, value)
        way = about.way(value) if closed is None else about.way(value, ())
    answer = (
        closed
        if closed is not None
        else way.asked.matrix
        if way.asked.matrix is not None
        else way.asked.index
    )
    return Target(about, value, way, relevant(about, [line.of for line in way.lines], answer), closed, steps)


def closed_form(about: Subject, value: str) -> Tree | None:
    """The closed form of a gradient that uses no adjoint at all, if there is one."""
    gradient = about.derivation.gradients.get(value)
    if gradient is None or gradient.matrix is None:
        return None
    return None if names(gradient.matrix) & about.derivation.adjoint_names else gradient.matrix


def answers(about: Subject, values: Sequence[str]) -> list[tuple[str, Tree]]:
    """What would be answered if the adjoint of one of these values were asked, in what one step needs."""
    found = {adjoint.of: adjoint for adjoint in about.derivation.adjoints}
    pairs = []
    for value in (value for value in values if value in found):
        own, closed = found[value], closed_form(about, value)
        last = own.matrix if own.matrix is not None else own.index
        pairs.append((value, closed if closed is not None else last))
    return pairs


def _given(request: Request, about: Subject) -> tuple[str, ...]:
    listed = request.options["given"]
    wanted = [listed] if isinstance(listed, str) else [str(name) for name in listed]
    for name in wanted:
        if name not in about.derivation.adjoint_of:
            known = ", ".join(about.derivation.adjoint_of)
            raise ModelError(f"{request.label}: given is {name}, but {request.model} has adjoints of {known}")
    return tuple(wanted)


def asked_of(target: Target, say: Messages) -> tuple[Block, ...]:
    """The model, what the backward pass has found already, and how times are written."""
    about, shown = target.about, target.shown
    named = None if shown.names is None else shown.names - {formula.target for formula in shown.formulas}
    return (
        Text(say.line("question.part" if shown.is_part else "homework.model")),
        about.given(say, named),
        *about.forward(say, shown.formulas),
        *_inner(target, say),
        *_found(target, say),
        *time_note(about, say, shown.formulas),
        *gather_note(target, say),
    )


def gather_note(target: Target, say: Messages) -> tuple[Block, ...]:
    """How the places that data picks are counted and compared, where the answer has to."""
    left, right = target.result
    held = [node for node in walk(right) if isinstance(node, Compare) and node.operator == "=="]
    if not held or not isinstance(left, Item):
        return ()
    return (Text(say.line("question.gather", left=to_text(left), condition=to_text(held[0]))),)


def _inner(target: Target, say: Messages) -> tuple[Block, ...]:
    """The values that the formulas leave without a name, such as those inside a layer, if they are needed."""
    about, notation = target.about, target.about.notation()
    shown = names(target.result[1]) | set(target.given)
    adjoints = about.derivation.adjoint_of
    hidden = [d for d in target.shown.definitions if not d.written]
    used = [d for d in hidden if {about.name(d.name), about.name(adjoints.get(d.name, d.name))} & shown]
    if not used:
        return ()
    last = max(hidden.index(definition) for definition in used)
    rows = tuple(
        Row(notation.math(about.left(definition)), notation.math(about.tree(definition.tree)))
        for definition in hidden[: last + 1]
    )
    return (Text(say.line("question.inner")), Equation(rows))


def _found(target: Target, say: Messages) -> tuple[Block, ...]:
    """The adjoints that are given, and how each is typed."""
    if not target.given:
        return ()
    about, notation = target.about, target.about.notation()
    loss = about.model.minimise
    heading = tuple((say.raw(f"word.{word}"),) for word in ("adjoint", "derivative", "typed", "shape"))
    rows: list[tuple[Line, ...]] = []
    for adjoint in about.derivation.adjoints:
        name = about.name(adjoint.name)
        if name in target.given:
            fraction = partial(notation, loss, about.name(adjoint.of))
            shape = shape_math(adjoint.tensor.shape, say.raw("word.scalar"))
            rows.append(((notation.value(name),), (fraction,), (Mono(name),), shape))
    blocks: list[Block] = [Text(say.line("question.found")), Table(heading, tuple(rows))]
    if target.name in target.given:
        blocks.append(Text(say.line("question.own", asked=notation.value(target.name), typed=target.name)))
    return tuple(blocks)


def partial(notation: Notation, loss: str, name: str) -> Math:
    """The derivative of the loss by a value, as one reads it."""
    fraction = notation.derivative(loss, name)
    return Math(fraction.latex, f"∂{loss}/∂{name}")


def time_note(about: Subject, say: Messages, formulas: Sequence[Formula] | None = None) -> tuple[Block, ...]:
    """What a value is outside its time axis, and how a sum over time is typed."""
    shown = about.model.formulas if formulas is None else formulas
    formula = next((one for one in shown if one.indices), None)
    earlier = lagged(about, shown)
    if formula is None or not earlier:
        return ()
    length = str(about.shapes[formula.target].shape[0])
    words = {"time": formula.indices[0], "length": length, "earlier": to_text(earlier[0])}
    return (Text(say.line("question.time", **words)),)


def lagged(about: Subject, formulas: Sequence[Formula]) -> list[Tree]:
    """The values that formulas read at a time before or after their own, such as ``h[t-1]``."""
    return [
        node
        for formula in formulas
        if formula.indices
        for node in walk(about.tree(formula.body))
        if isinstance(node, Item) and isinstance(node.selectors[0], Binary)
    ]


def steps_note(target: Target, say: Messages) -> tuple[Block, ...]:
    """That the answer may be a chain of lines, where it may."""
    return (Text(say.line("question.steps")),) if target.steps else ()


def asking_words(target: Target, say: Messages) -> dict[str, Filling]:
    """What fills a question's sentence."""
    about, notation = target.about, target.about.notation()
    value, loss = notation.value(about.name(target.value)), notation.value(about.model.minimise)
    shape = shape_line(say, about.shapes[target.value].shape)
    return {
        "loss": loss,
        "lossname": loss,
        "letter": value,
        "parameter": value,
        "value": value,
        "adjoint": notation.value(target.name),
        "shape": shape,
    }


def worked(target: Target, say: Messages, closing: str) -> tuple[Block, ...]:
    """The lines to the answer, and the answer.

    Args:
        target: What is asked.
        say: The reader's language.
        closing: The key of the sentence before the answer.
    """
    about, notation = target.about, target.about.notation()
    rows = _rows(target.lines[:-1] if target.closed is None else _shortest(target), notation)
    fraction = partial(notation, about.model.minimise, about.name(target.value))
    left, right = target.result
    named = fraction if target.value in about.derivation.gradients else notation.math(left)
    result = Equation((Row(named, notation.math(right)),), boxed=True)
    return (*((Equation(rows),) if rows else ()), Text(say.line(closing)), result)


def _rows(lines: Sequence[tuple[Tree, Tree]], notation: Notation) -> tuple[Row, ...]:
    return tuple(Row(notation.math(left), notation.math(right)) for left, right in lines)


def _shortest(target: Target) -> list[tuple[Tree, Tree]]:
    """The adjoints on the way as the derivation leaves them, upstream formulas put in where that shortens."""
    derivation = target.about.derivation
    return [
        target.sides(adjoint)
        for adjoint in derivation.adjoints
        if adjoint.matrix is not None
        and (adjoint.of == target.value or adjoint.of not in derivation.gradients)
    ]
