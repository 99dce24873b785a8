"""The page of an activation: its slope, its kinks, where it saturates, its range and its shape."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sympy import Expr

from gradwright.derive.activation import Activation, Kink
from gradwright.derive.byoutput import Piece, pieces, scalar, slope_of
from gradwright.derive.extremes import Extreme
from gradwright.document.backward_page import step_entries
from gradwright.document.blocks import Block, Document, Equation, Figure, Row, Steps, Table, Text
from gradwright.document.numbers import equation, interval, number
from gradwright.document.untrainable import untrainable_blocks
from gradwright.document.writing import Writing, begin, joined
from gradwright.language.tree import Name, names
from gradwright.messages import Filling, Line, Math, choose

SLOPE = Math(r"\frac{\mathrm{d}y}{\mathrm{d}x}", "dy/dx")


def activation_page(
    found: Activation, detail: str = "normal", lang: str = "en", picture: str = ""
) -> Document:
    """What there is to know of an activation, as a page.

    Args:
        found: The function and the facts about it.
        detail: ``brief`` (the formulas), ``normal`` (the facts too) or ``full`` (every step).
        lang: A language that has messages.
        picture: The SVG source of its curve, if the page has one.

    Raises:
        UsageError: There is no such detail or language.
    """
    page = begin(found.derivation, detail, lang, "matrix")
    composite = found.derivation.model.composites.get(found.name)
    title = choose(composite.title, lang) if composite is not None else ""
    blocks = [*_function(page, found), *_slope(page, found)]
    if detail != "brief":
        blocks += [*_kinks(page, found), *_ends(page, found), *_shape(page, found)]
        if found.flat:
            blocks += untrainable_blocks(page)
    if picture:
        blocks.append(Figure(picture, page.say.text("activation.figure", name=found.name)))
    head = f"{title} ({found.name})" if title else found.name
    return Document((head,), lang, tuple(blocks), page.say.line("activation.subtitle"))


def _function(page: Writing, found: Activation) -> list[Block]:
    say = page.say
    definition = next(one for one in found.derivation.model.definitions if one.name == "y")
    rows = [page.row(Name("y"), definition.tree)]
    if found.name in found.derivation.model.composites:
        rows.append(Row(Math("", ""), page.notation.math(scalar(definition.tensor))))
    blocks: list[Block] = [
        Text(say.line("activation.function"), "section"),
        Text(say.line("activation.entry")),
        Equation(tuple(rows)),
    ]
    if found.settings:
        values = joined([(equation(key, value),) for key, value in found.settings.items()])
        blocks.append(Text(say.line("activation.settings", values=values)))
    return blocks


def _slope(page: Writing, found: Activation) -> list[Block]:
    say, tree, parts = page.say, slope_of(found), pieces(found)
    blocks: list[Block] = [Text(say.line("activation.slope"), "section")]
    own = next(one for one in found.derivation.adjoints if one.of == "x")
    if page.detail == "full":
        blocks += [Text(say.line("activation.steps")), Steps(step_entries(page, own.steps))]
    row = replace(page.row(SLOPE, tree), number=page.number("slope"))
    blocks += [Text(say.line("activation.slope-text")), Equation((row,), boxed=True)]
    by_output = parts[0].by_output
    if names(tree) == {"y"}:
        blocks.append(Text(say.line("activation.own")))
    elif len(parts) == 1 and by_output is not None:
        blocks += [Text(say.line("activation.by-output")), Equation((page.row(SLOPE, by_output),))]
    if len(parts) > 1:
        blocks += [Text(say.line("activation.branches")), _branches(page, parts)]
    return blocks


def _branches(page: Writing, parts: Sequence[Piece]) -> Table:
    """Value and slope on each stretch, and the slope by the output where that says more."""
    heading: list[Line] = [(page.say.raw("activation.where"),), (Math("y", "y"),), (SLOPE,)]
    rows: list[list[Line]] = [
        [
            (interval(part.low, part.high),),
            *((page.notation.math(tree),) for tree in (part.value, part.slope)),
        ]
        for part in parts
    ]
    if any(part.by_output is not None and "y" in names(part.by_output) for part in parts):
        heading.append((page.say.raw("activation.from-y"),))
        for row, part in zip(rows, parts, strict=True):
            row.append(() if part.by_output is None else (page.notation.math(part.by_output),))
    return Table(tuple(heading), tuple(tuple(row) for row in rows))


def _kinks(page: Writing, found: Activation) -> list[Block]:
    if not found.kinks:
        return []
    texts = [Text(_kink(page, kink)) for kink in found.kinks]
    return [Text(page.say.line("activation.kinks"), "section"), *texts]


def _kink(page: Writing, kink: Kink) -> Line:
    words: dict[str, Filling] = {
        "place": equation("x", kink.place),
        "value": number(kink.value),
        "below": number(kink.left),
        "above": number(kink.right),
        "left": number(kink.slopes[0]),
        "right": number(kink.slopes[1]),
        "taken": number(kink.taken),
    }
    key = "smooth" if kink.differentiable else "corner" if kink.continuous else "jump"
    return page.say.line(f"activation.{key}", **words)


def _ends(page: Writing, found: Activation) -> list[Block]:
    say = page.say
    left, right = found.ends
    toward = [Math(f"x \\to {sign}\\infty", f"x → {sign}∞") for sign in ("-", "")]
    rows: tuple[tuple[Line, ...], ...] = (
        ((Math("y", "y"),), (number(left.value),), (number(right.value),)),
        ((SLOPE,), (number(left.slope),), (number(right.slope),)),
    )
    sides = {(True, True): "both", (True, False): "left", (False, True): "right", (False, False): "neither"}
    key = "flat" if found.flat else sides[left.saturates, right.saturates]
    return [
        Text(say.line("activation.ends"), "section"),
        Table(((), *((one,) for one in toward)), rows),
        Text(say.line(f"activation.saturates-{key}")),
    ]


def _shape(page: Writing, found: Activation) -> list[Block]:
    say = page.say
    lines = [say.line("activation.range", range=_range(found)), say.line(f"activation.{_centre(found)}")]
    if found.rises or found.falls:
        lines.append(say.line("activation.rises" if found.rises else "activation.falls"))
    else:
        lines.append(say.line("activation.turns"))
        for word, extreme in (("least", found.least), ("greatest", found.greatest)):
            if extreme.places:
                lines.append(_attained(page, f"activation.{word}", extreme))
    if not found.flat and found.steepest.value.is_finite:
        lines.append(_attained(page, "activation.steepest", found.steepest))
        if 0 < found.steepest.value < 1:
            lines.append(say.line("activation.shrinks", value=number(found.steepest.value)))
    return [Text(say.line("activation.shape"), "section"), *(Text(line) for line in lines)]


def _range(found: Activation) -> Math:
    """The values that the function takes: an interval, or a few numbers."""
    branches = found.function.branches
    if all(not branch.formula.free_symbols for branch in branches):
        values = {branch.formula for branch in branches} | set(found.function.values)
        shown = [number(value) for value in sorted(values, key=float)]
        latex, text = ", ".join(one.latex for one in shown), ", ".join(one.text for one in shown)
        return Math(f"\\{{{latex}\\}}", f"{{{text}}}")
    low, high = found.least, found.greatest
    left, right = "[" if low.attained else "(", "]" if high.attained else ")"
    ends = number(low.value), number(high.value)
    return Math(
        f"{left}{ends[0].latex},\\ {ends[1].latex}{right}", f"{left}{ends[0].text}, {ends[1].text}{right}"
    )


def _centre(found: Activation) -> str:
    if found.parity == "odd":
        return "centred"
    if found.least.value >= 0:
        return "nonnegative"
    if found.greatest.value <= 0:
        return "nonpositive"
    return "uncentred"


def _attained(page: Writing, key: str, extreme: Extreme) -> Line:
    """Where a value is taken: at places, throughout a stretch, or nowhere but nearly."""
    value = number(extreme.value)
    if extreme.branches:
        where: Line = joined([(interval(branch.low, branch.high),) for branch in extreme.branches])
        return page.say.line(f"{key}-throughout", value=value, where=where)
    if extreme.places:
        where = _places(extreme.places)
        return page.say.line(key, value=value, where=where)
    return page.say.line(f"{key}-approached", value=value)


def _places(places: Sequence[Expr]) -> Line:
    return joined([(equation("x", place),) for place in places])
