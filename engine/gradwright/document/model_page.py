"""The first part of a worked solution: what is given, and the forward pass."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from gradwright.document.blocks import Block, Equation, Row, Table, Text
from gradwright.document.notation import shape_math, size_math
from gradwright.document.writing import Writing, joined, placed
from gradwright.language.scope import Value
from gradwright.messages import Line, Messages
from gradwright.model.model import Definition, Model


def model_blocks(page: Writing) -> list[Block]:
    """The section that says what is given."""
    model = page.derivation.model
    blocks: list[Block] = [Text(page.say.line("page.model"), "section")]
    axes = axes_line(page.say, model)
    if axes:
        blocks.append(Text(axes))
    blocks += sizes_equation(page.say, model)
    return [*blocks, Text(page.say.line("page.values")), values_table(page, model)]


def axes_line(say: Messages, model: Model) -> Line:
    """A sentence that names the axes and says what they count."""
    named = [
        say.line("page.axis", letter=size_math(letter), meaning=_meaning(say, meaning))
        if meaning != letter
        else (size_math(letter),)
        for letter, meaning in model.axes.items()
    ]
    return say.line("page.axes", axes=joined(named)) if named else ()


def sizes_equation(say: Messages, model: Model) -> list[Block]:
    """The sizes that follow from others, such as the height after a convolution."""
    rows = [Row(size_math(left), size_math(right)) for left, right in model.equations if not right.is_Symbol]
    return [Text(say.line("page.sizes")), Equation(tuple(rows))] if rows else []


def _meaning(say: Messages, meaning: str) -> str:
    key = f"axis.{meaning}"
    return say.raw(key) if say.has(key) else meaning


def values_table(page: Writing, model: Model) -> Table:
    """The data, the parameters and the constants, with shapes and what is known of them."""
    say = page.say
    rows: list[tuple[Line, ...]] = []
    known = any(f"domain.{value.domain}" in say.sentences for value in model.scope.values.values())
    for role, values in _roles(model):
        for name, value in values:
            cells: list[Line] = [(page.notation.value(name),), shape_math(value.shape, page.scalar())]
            cells.append((say.raw(f"word.{role}"),))
            if known:
                key = f"domain.{value.domain}"
                cells.append((say.raw(key),) if say.has(key) else ())
            rows.append(tuple(cells))
    words = ["name", "shape", "role", *(["domain"] if known else [])]
    return Table(tuple((say.raw(f"word.{word}"),) for word in words), tuple(rows))


def _roles(model: Model) -> Iterator[tuple[str, list[tuple[str, Value]]]]:
    yield "data", list(model.data.items())
    yield "parameter", [(name, parameter.value) for name, parameter in model.parameters.items()]
    yield "constant", [(name, Value(())) for name in model.constants]


def forward_blocks(page: Writing) -> list[Block]:
    """The section of the forward formulas, in the order of computation."""
    say, model = page.say, page.derivation.model
    loss = next(place for place, d in enumerate(model.definitions) if d.name == model.minimise)
    forward, extra = model.definitions[: loss + 1], model.definitions[loss + 1 :]
    blocks: list[Block] = [
        Text(say.line("page.forward"), "section"),
        Text(say.line("page.forward-text")),
        definitions_equation(page, forward),
    ]
    blocks += function_blocks(page, forward)
    blocks.append(Text(say.line("page.forward-loss", loss=page.notation.value(model.minimise))))
    if model.running:
        names = joined([(page.notation.value(name),) for name in model.running])
        blocks.append(Text(say.line("page.running", values=names)))
    if extra:
        blocks += [
            Text(say.line("page.extra")),
            definitions_equation(page, extra),
            *function_blocks(page, extra),
        ]
    return blocks


def definitions_equation(page: Writing, definitions: Sequence[Definition]) -> Equation:
    """Numbered formulas, each with the shape of its value."""
    return Equation(tuple(row for definition in definitions for row in _definition_rows(page, definition)))


def _definition_rows(page: Writing, definition: Definition) -> list[Row]:
    indices = definition.formula.indices if definition.formula.target == definition.name else ()
    first, *rest = page.rows(placed(definition.name, indices), definition.tree)
    number = page.number(definition.name)
    return [replace(first, number=number, remark=page.remark(definition.tensor.shape)), *rest]


def function_blocks(page: Writing, definitions: Sequence[Definition]) -> list[Block]:
    """What each function that is itself a formula stands for, entry by entry, at its first use."""
    rows: list[Row] = []
    seen: set[str] = set()
    for definition in definitions:
        call = definition.call
        if call is None or call.function in seen or call.function not in page.derivation.model.composites:
            continue
        seen.add(call.function)
        rows.extend(page.rows(*page.entries(definition.name, definition.tensor)))
    return [Text(page.say.line("page.function-entries")), Equation(tuple(rows))] if rows else []
