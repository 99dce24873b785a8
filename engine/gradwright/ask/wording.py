"""How a question about an adjoint is worded: the model, what is given, the sentence, the worked solution."""

from __future__ import annotations

from collections.abc import Sequence

from gradwright.ask.subject import Subject, shape_line
from gradwright.ask.target import Target
from gradwright.document.blocks import Block, Equation, Row, Table, Text
from gradwright.document.notation import Notation, shape_math
from gradwright.language.text import to_text
from gradwright.language.tree import Binary, Compare, Formula, Item, Tree, names, walk
from gradwright.messages import Filling, Line, Math, Messages, Mono


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
    known = target.about.values
    held = [node for node in walk(right) if isinstance(node, Compare) and names(node) & known.keys()]
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
