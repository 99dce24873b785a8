"""The page of a function of whole vectors: what it hands down, its Jacobian, facts about it."""

from __future__ import annotations

from dataclasses import replace

from gradwright.derive.derivation import Derivation
from gradwright.derive.knowledge import knowledge
from gradwright.derive.step import Step
from gradwright.document.backward_page import adjoint_blocks, result_rows
from gradwright.document.blocks import Block, Document, Equation, Row, Text
from gradwright.document.model_page import definitions_equation, function_blocks
from gradwright.document.writing import Writing, begin, placed
from gradwright.language.index_form import index_form
from gradwright.messages import Math, choose
from gradwright.tensor.nodes import Tensor


def function_page(derivation: Derivation, detail: str = "normal", lang: str = "en") -> Document:
    """What there is to know of a function, from the derivation of ``y = f(x, ...)`` under ``sum(G*y)``.

    Args:
        derivation: By all arguments of the function.
        detail: ``brief``, ``normal`` or ``full``.
        lang: A language that has messages.

    Raises:
        UsageError: There is no such detail or language.
    """
    page = begin(derivation, detail, lang, "matrix")
    model, say = derivation.model, page.say
    composite = model.composites.get(model.name)
    title = choose(composite.title, lang) if composite is not None else ""
    forward = [one for one in model.definitions if one.name != model.minimise and one.written]
    inner = [one for one in model.definitions if one.name != model.minimise and not one.written]
    above = page.notation.value(next(iter(model.data)))
    result = page.notation.value(model.formulas[0].target)
    blocks: list[Block] = [
        Text(say.line("function.forward"), "section"),
        definitions_equation(page, [*inner, *forward]),
        *function_blocks(page, [*inner, *forward]),
        *_facts(page),
        Text(say.line("function.lemma"), "section"),
        Text(say.line("function.lemma-text", above=above, result=result)),
    ]
    for adjoint in derivation.adjoints:
        if detail != "brief":
            blocks += adjoint_blocks(page, adjoint)
        else:
            blocks.append(Equation(tuple(result_rows(page, adjoint)), boxed=True))
    blocks += _jacobian(page)
    head = f"{title} ({model.name})" if title else model.name
    return Document((head,), lang, tuple(blocks), say.line("function.subtitle"))


def _facts(page: Writing) -> list[Block]:
    """What the entries add up to, as far as the formulas tell."""
    rows: list[Row] = []
    for fact in knowledge(page.derivation.model).facts:
        letters, total = index_form(Tensor(fact.free, fact.pattern), frozenset(page.notation.values))
        rows.append(page.row(total, index_form(Tensor((), fact.total))[1]))
        assert letters is not None
    return [Text(page.say.line("function.facts")), Equation(tuple(rows))] if rows else []


def _jacobian(page: Writing) -> list[Block]:
    """The derivative of each entry of the result by each entry of an argument, where one formula gives it."""
    rows: list[Row] = []
    result = page.derivation.model.formulas[0].target
    for adjoint in (one for one in page.derivation.adjoints if one.of in page.derivation.gradients):
        starts = [step for step in adjoint.steps if step.local is not None]
        if len(starts) == 1 and starts[0].where == result:
            rows.append(_entry(page, starts[0], adjoint.of))
    if not rows:
        return []
    return [Text(page.say.line("function.jacobian"), "section"), Equation(tuple(rows))]


def _entry(page: Writing, step: Step, value: str) -> Row:
    factor = step.local
    assert factor is not None
    cut = len(factor.names) - len(page.derivation.model.shapes[value].shape)
    above, below = (
        page.notation.math(placed(name, letters))
        for name, letters in ((step.where, factor.names[:cut]), (value, factor.names[cut:]))
    )
    left = Math(
        f"\\frac{{\\partial {above.latex}}}{{\\partial {below.latex}}}", f"∂{above.text}/∂{below.text}"
    )
    return replace(page.row(left, factor.tree), number=page.number(f"jacobian of {value}"))
