"""The worked solution: a derivation written out as a page of a textbook."""

from __future__ import annotations

from dataclasses import replace

from gradwright.derive.derivation import Derivation
from gradwright.derive.layered import by_layer
from gradwright.derive.stationary import closed_form
from gradwright.derive.step import Gradient
from gradwright.document.backward_page import backward_blocks, derivative, step_entries
from gradwright.document.blocks import Block, Document, Equation, Row, Steps, Text
from gradwright.document.layered_page import layered_blocks
from gradwright.document.model_page import forward_blocks, model_blocks
from gradwright.document.through_time_page import time_blocks
from gradwright.document.writing import Writing, begin, placed
from gradwright.language.tree import Name
from gradwright.messages import Line, choose


def worked_solution(
    derivation: Derivation, detail: str = "normal", lang: str = "en", form: str = "matrix"
) -> Document:
    """The derivation of a model's gradients, from the forward formulas to the closed forms.

    Args:
        derivation: What is written about.
        detail: ``brief`` (results), ``normal`` (the chain rule and the main rules) or ``full`` (every step).
        lang: A language that has messages, such as ``en`` or ``ko``.
        form: ``matrix``, ``index`` or ``both``: the notation of the results.

    Raises:
        UsageError: There is no such detail, language or form.
    """
    page = begin(derivation, detail, lang, form)
    model = derivation.model
    parts = by_layer(model) if set(derivation.gradients) == set(model.parameters) else ()
    if parts:
        blocks = layered_blocks(page, parts)
        return Document(_title(page), lang, tuple(blocks), page.say.line("page.subtitle"))
    blocks = [*model_blocks(page), *forward_blocks(page), *backward_blocks(page), *gradient_blocks(page)]
    blocks += [*time_blocks(page), *stationary_blocks(page)]
    return Document(_title(page), lang, tuple(blocks), page.say.line("page.subtitle"))


def _title(page: Writing) -> Line:
    model = page.derivation.model
    return page.say.line("page.title", model=choose(model.title, page.say.language) or model.name)


def gradient_blocks(page: Writing) -> list[Block]:
    """The section of the final gradients."""
    gradients = page.derivation.gradients.values()
    rows = tuple(row for gradient in gradients for row in _rows(page, gradient))
    return [
        Text(page.say.line("page.gradients"), "section"),
        Text(page.say.line("page.gradients-text")),
        Equation(rows, boxed=True),
        Text(page.say.line("page.gradients-note"), "note"),
    ]


def stationary_blocks(page: Writing) -> list[Block]:
    """The section of the minimum in closed form, where the model says that its loss has one."""
    name = page.derivation.model.closed_form
    if name not in page.derivation.gradients:
        return []
    found = closed_form(page.derivation, name)
    value = page.notation.value(name)
    blocks: list[Block] = [
        Text(page.say.line("page.stationary"), "section"),
        Text(page.say.line("page.stationary-text", value=value)),
    ]
    if page.detail == "full":
        blocks.append(Steps(step_entries(page, found.steps)))
    return [
        *blocks,
        Equation(
            (replace(page.row(found.equation, found.right), number=page.number(f"equation of {name}")),)
        ),
        Text(page.say.line("page.stationary-solution")),
        Equation(
            (replace(page.row(Name(name), found.solution), number=page.number(f"minimum {name}")),),
            boxed=True,
        ),
    ]


def _rows(page: Writing, gradient: Gradient) -> list[Row]:
    adjoint = next(one for one in page.derivation.adjoints if one.of == gradient.parameter)
    rows: list[Row] = []
    if gradient.matrix is not None and page.form != "index":
        rows.extend(page.rows(derivative(page, gradient.parameter, adjoint.name), gradient.matrix))
    elif adjoint.matrix is not None and page.form != "index":
        rows.extend(page.rows(placed(adjoint.name, adjoint.subscript), adjoint.matrix))
    if not rows or page.form != "matrix":
        rows.extend(page.rows(placed(adjoint.name, adjoint.names), gradient.index))
    number = page.number(f"gradient of {gradient.parameter}")
    rows[0] = replace(rows[0], number=number, remark=page.remark(adjoint.tensor.shape))
    return rows
