"""A worked solution layer by layer: the model as calls of layers, then the backward pass of each kind."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from gradwright.derive.layered import Line as DerivedLine
from gradwright.derive.layered import Part
from gradwright.document.backward_page import step_entries
from gradwright.document.blocks import Block, Equation, Row, Steps, Text
from gradwright.document.model_page import axes_line, function_blocks
from gradwright.document.notation import Notation
from gradwright.document.writing import Writing, begin, joined, placed
from gradwright.language.scope import Value
from gradwright.language.tree import Call, Formula, Name, Tree
from gradwright.messages import Line, Math, choose
from gradwright.model.model import Model


def layered_blocks(page: Writing, parts: Sequence[Part]) -> list[Block]:
    """The whole solution of a model that calls a kind of layer more than once.

    Args:
        page: The page of the whole model.
        parts: What ``by_layer`` makes of it.
    """
    model, say = page.derivation.model, page.say
    taken = {name for copy in model.copies for name in copy.names}
    own = [name for name in model.parameters if name not in taken]
    blocks: list[Block] = [Text(say.line("page.model"), "section")]
    axes = axes_line(say, model)
    if axes:
        blocks.append(Text(axes))
    for key, values in (
        ("data", list(model.data)),
        ("parameters", own),
        ("constants", list(model.constants)),
    ):
        if values:
            blocks.append(Text(say.line(f"page.layer-{key}", **{key: _shaped(page, values)})))
    blocks.append(Text(say.line("page.layers", layers=_layers(page, model))))
    first = 0
    seen: dict[str, Part] = {}
    for part in parts:
        inside = _writing(page, part, first)
        if part.layer is None:
            blocks += _top(inside, part)
        else:
            blocks += _layer(inside, part, seen.setdefault(part.layer.name, part))
        first = inside.first + len(inside.numbers)
    return [*blocks, Text(say.line("page.layers-note"), "note")]


def _shaped(page: Writing, values: Iterable[str]) -> Line:
    """Values with their shapes, in a line."""
    shapes = page.derivation.model.shapes
    sizes = {name: page.remark(shapes[name].shape) for name in values}
    return joined(
        [
            page.say.line("page.layer-value", value=page.notation.value(name), shape=shape)
            for name, shape in sizes.items()
        ]
    )


def _writing(page: Writing, part: Part, first: int) -> Writing:
    """A page of one part, whose numbers go on from those before it."""
    inside = begin(part.derivation, page.detail, page.say.language, page.form)
    values = {**inside.notation.values, **_calls(part)}
    adjoints = {**inside.notation.adjoints, **part.given}
    return replace(inside, notation=Notation(adjoints, inside.notation.composites, values), first=first)


def _calls(part: Part) -> dict[str, Value]:
    """The values that a part's calls make, where its own formulas do not read them."""
    shapes = part.derivation.model.shapes
    names = {one.target for one in part.formulas} | {name for one in part.formulas for name, _ in one.others}
    return {name: Value(()) for name in names if name not in shapes}


def _layers(page: Writing, model: Model) -> Line:
    """Which layers the model calls, and of which kind each is."""
    outer = [copy for copy in model.copies if len(copy.path) == 1]
    kinds = {copy.path[0]: choose(copy.layer.title, page.say.language) or copy.layer.name for copy in outer}
    return joined(
        [
            page.say.line("page.layer-value", value=page.notation.value(name), shape=kind)
            for name, kind in kinds.items()
        ]
    )


def _top(page: Writing, part: Part) -> list[Block]:
    say, loss = page.say, page.notation.value(page.derivation.model.minimise)
    value = next((one.of for one, _, _ in part.lines()), page.derivation.model.minimise)
    words = {"value": page.notation.value(value), "letter": page.notation.value(value), "loss": loss}
    words["adjoint"] = page.notation.math(Name(page.derivation.adjoint_of.get(value, value)))
    return [
        Text(say.line("page.forward"), "section"),
        Text(say.line("page.forward-text")),
        _forward(page, part, part),
        *function_blocks(page, page.derivation.model.definitions),
        Text(say.line("page.backward"), "section"),
        Text(say.line("page.adjoint", **words)),
        Text(say.line("page.handed")),
        *_backward(page, part, part),
    ]


def _layer(page: Writing, part: Part, like: Part) -> list[Block]:
    """A kind of layer; of another form of one that has been written out, only what differs from it."""
    assert part.layer is not None
    say, layer = page.say, part.layer
    title = choose(layer.title, say.language) or layer.name
    calls = ", ".join(".".join(path) for path in part.copies)
    blocks: list[Block] = [
        Text((title,), "section"),
        Text(say.line("page.layer-calls", calls=calls, number=str(len(part.copies)))),
    ]
    if like is not part:
        blocks.append(Text(say.line("page.layer-again")))
    elif layer.parameters:
        parameters = _shaped(page, layer.parameters)
        blocks.append(Text(say.line("page.layer-parameters", parameters=parameters)))
    outputs = joined([(page.notation.value(name),) for name in part.given if name in _upstream(part)])
    forward = _forward(page, part, like)
    return [
        *blocks,
        *([forward] if forward.rows else []),
        Text(say.line("page.layer-backward", outputs=outputs)),
        *_backward(page, part, like),
    ]


def _upstream(part: Part) -> set[str]:
    """The adjoints of a layer's outputs, which whoever calls it hands down."""
    made = {one.target for one in part.formulas} | {name for one in part.formulas for name, _ in one.others}
    return {adjoint for adjoint, value in part.given.items() if value in made}


def _forward(page: Writing, part: Part, like: Part) -> Equation:
    rows: list[Row] = []
    for one in part.formulas:
        if like is not part and one in like.formulas:
            continue
        first, *rest = page.rows(_left(page, one), one.body)
        shape = page.notation.values[one.target].shape
        number = page.number(one.target)
        remark = None if isinstance(one.body, Call) and one.target in _calls(part) else page.remark(shape)
        rows += [replace(first, number=number, remark=remark), *rest]
    return Equation(tuple(rows))


def _left(page: Writing, formula: Formula) -> Tree | Math:
    if not formula.others:
        return placed(formula.target, formula.indices)
    names = [page.notation.value(name) for name in (formula.target, *(name for name, _ in formula.others))]
    return Math(", ".join(one.latex for one in names), ", ".join(one.text for one in names))


def _backward(page: Writing, part: Part, like: Part) -> list[Block]:
    """The adjoints: one line each, or with every step."""
    known = [line[1:] for line in like.lines()] if like is not part else []
    lines = [line for line in part.lines() if line[1:] not in known]
    if page.detail != "full":
        kinds = [[one for one in lines if _is_parameter(part, one[0].of) is own] for own in (False, True)]
        return [
            Equation(tuple(row for line in kind for row in _rows(page, line)), boxed=True)
            for kind in kinds
            if kind
        ]
    blocks: list[Block] = []
    for line in lines:
        value = page.notation.value(line[0].of)
        key = "page.through-parameter" if _is_parameter(part, line[0].of) else "page.through"
        blocks += [
            Text(page.say.line(key, value=value), "subsection"),
            Steps(step_entries(page, line[0].steps)),
            Equation(tuple(_rows(page, line)), boxed=True),
        ]
    return blocks


def _is_parameter(part: Part, name: str) -> bool:
    own = part.layer.parameters if part.layer else part.derivation.model.parameters
    return name in own and name not in {one.target for one in part.formulas}


def _rows(page: Writing, line: DerivedLine) -> list[Row]:
    adjoint, _, right = line
    held = adjoint.subscript if adjoint.matrix is not None else adjoint.names
    rows = page.rows(placed(adjoint.name, held), right)
    rows[0] = replace(rows[0], number=page.number(adjoint.name), remark=page.remark(adjoint.tensor.shape))
    return rows
