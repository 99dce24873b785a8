"""The table of a model: a row a formula, with shapes, parameters, counts and receptive fields."""

from __future__ import annotations

from collections.abc import Sequence

from sympy import Expr

from gradwright.document.blocks import Block, Document, Equation, Row, Table, Text
from gradwright.document.model_page import axes_line, sizes_equation
from gradwright.document.notation import Notation, shape_math, size_math
from gradwright.document.summary import Layer, Summary, added, terms_of
from gradwright.document.writing import joined, placed
from gradwright.language.extents import windows
from gradwright.language.tree import Item
from gradwright.messages import Line, Math, Messages, choose, messages
from gradwright.model.reach import Reach
from gradwright.tensor.nodes import size


def summary_page(found: Summary, lang: str = "en") -> Document:
    """The table as a page.

    Args:
        found: What is told.
        lang: A language that has messages.

    Raises:
        UsageError: There is no such language.
    """
    say, model = messages(lang), found.model
    axes = axes_line(say, model)
    number = found.number(found.total)
    blocks: list[Block] = [
        *([Text(axes)] if axes else []),
        *sizes_equation(say, model),
        _table(say, found),
        Text(say.line("summary.total", count=_with_number(added(terms_of(found.total)), number))),
    ]
    parts = [
        layer.seen[data][axis] for layer in found.layers for data, axis in found.axes if data in layer.seen
    ]
    if any(one.kind == "window" for one in parts):
        blocks += _windows(say)
    if parts:
        blocks.append(Text(say.line("summary.field"), "note"))
    if any(one.kind in ("past", "future") for one in parts):
        blocks.append(Text(say.line("summary.grows"), "note"))
    title = choose(model.title, lang) or model.name
    return Document((title,), lang, tuple(blocks), say.line("summary.subtitle"))


def _table(say: Messages, found: Summary) -> Table:
    model = found.model
    seen = tuple(dict.fromkeys(data for data, _ in found.axes))
    words = ["word.value", "summary.formula", "word.shape"]
    words += ["summary.numbers"] if found.sizes else []
    heading: list[Line] = [(say.raw(word),) for word in (*words, "summary.parameters", "summary.count")]
    heading += [say.line("summary.sees", data=data) for data in seen]
    rows: list[tuple[Line, ...]] = []
    for name, value in model.data.items():
        cells: list[Line] = [(Math(name, name),), (say.raw("word.data"),), *_shapes(say, found, value.shape)]
        rows.append((*cells, *((),) * (len(heading) - len(cells))))
    rows += [_row(say, found, layer, seen) for layer in found.layers]
    return Table(tuple(heading), tuple(rows))


def _row(say: Messages, found: Summary, layer: Layer, seen: Sequence[str]) -> tuple[Line, ...]:
    model = found.model
    notation = Notation({}, model.composites, model.shapes)
    formula = layer.formula
    parameters = joined(
        [
            (notation.value(name), " ", *_braced(model.parameters[name].value.shape))
            for name in layer.parameters
        ]
    )
    number = found.number(layer.count)
    count = _with_number(added(layer.counts), number) if layer.parameters else ()
    left = placed(formula.target, formula.indices)
    return (
        (notation.math(left) if isinstance(left, Item) else notation.value(formula.target),),
        (notation.math(formula.body),),
        *_shapes(say, found, layer.shape),
        parameters,
        count,
        *(_sees(say, found, layer, data) for data in seen),
    )


def _shapes(say: Messages, found: Summary, shape: tuple[Expr, ...]) -> list[Line]:
    named = {formula: letter for letter, formula in found.model.equations}
    cells = [shape_math([named.get(extent, extent) for extent in shape], say.raw("word.scalar"))]
    if found.sizes:
        numbers = found.numbers(shape)
        cells.append(shape_math(numbers, "1") if numbers is not None else ())
    return cells


def _braced(shape: tuple[Expr, ...]) -> Line:
    return ("(", *shape_math(shape, "1"), ")")


def _with_number(formula: Math, number: int | None) -> Line:
    """A count in sizes, and as a number where that is known."""
    if number is None or formula.text == str(number):
        return (formula,)
    return (Math(f"{formula.latex} = {number}", f"{formula.text} = {number}"),)


def _sees(say: Messages, found: Summary, layer: Layer, data: str) -> Line:
    """What an entry sees along the axes of a data value on which there are windows."""
    if data not in layer.seen:
        return ()
    parts = [layer.seen[data][axis] for name, axis in found.axes if name == data]
    if any(one.kind in ("past", "future") for one in parts):
        return joined([(_extent(say, one),) for one in parts])
    if all(one.kind == "window" for one in parts):
        sizes = shape_math([one.size for one in parts], "1")
        steps = {one.jump for one in parts}
        jump = " × ".join(str(one.jump) for one in parts) if len(steps) > 1 else str(parts[0].jump)
        return say.line("summary.window", window=sizes, jump=jump)
    if len({one.kind for one in parts}) == 1:
        return (_extent(say, parts[0]),)
    return joined([(_extent(say, one),) for one in parts], " × ")


def _extent(say: Messages, one: Reach) -> str | Math:
    return size_math(one.size) if one.kind == "window" else say.raw(f"summary.{one.kind}")


def _windows(say: Messages) -> list[Block]:
    """How many windows fit: the formula that shapes are made by."""
    letters = [size(letter) for letter in ("H", "k", "s", "p")]
    count = size_math(windows(*letters))
    row = Row(Math("H_{o}", "Ho"), count)
    return [Text(say.line("summary.fits")), Equation((row,))]
