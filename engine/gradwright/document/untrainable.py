"""Why gradients do not train a function that is flat, and what the perceptron does instead."""

from __future__ import annotations

from gradwright.derive.derivation import derive
from gradwright.document.backward_page import step_entries
from gradwright.document.blocks import Block, Equation, Row, Steps, Text
from gradwright.document.writing import Writing, begin
from gradwright.language.arithmetic import take_number
from gradwright.language.tree import Binary, Name, Tree
from gradwright.messages import Math
from gradwright.model.load import from_expression

CRITERION = "maximum(0, -t*(w @ x))"
"""How far an example of the label ``t``, 1 or -1, is on the wrong side: the perceptron's forward formula."""


def untrainable_blocks(page: Writing) -> list[Block]:
    """That there is nothing to follow, and the perceptron's rule as a gradient step of another loss."""
    say = page.say
    derivation = derive(from_expression(CRITERION, {"t": "", "w": "d", "x": "d"}, "w", {"t": "pm1"}), "w")
    rule = begin(derivation, page.detail, say.language, "matrix")
    (loss,) = derivation.model.formulas
    gradient = derivation.result["w"]
    size, rest = take_number(gradient)
    moved = Binary("+" if size < 0 else "-", Name("w"), _times(Name("eta"), rest))
    blocks: list[Block] = [
        Text(say.line("activation.untrainable"), "section"),
        Text(say.line("activation.untrainable-text")),
        Text(say.line("activation.perceptron")),
        Equation((rule.row(Name(loss.target), loss.body),)),
    ]
    if page.detail == "full":
        own = next(one for one in derivation.adjoints if one.of == "w")
        blocks.append(Steps(step_entries(rule, own.steps)))
    arrow = Row(rule.notation.value("w"), rule.notation.math(moved), relation="\u2190")
    return [
        *blocks,
        Equation((rule.row(Math("\\frac{\\partial L}{\\partial w}", "dw"), gradient),)),
        Text(say.line("activation.perceptron-step")),
        Equation((arrow,), boxed=True),
        Text(say.line("activation.perceptron-says")),
    ]


def _times(factor: Tree, product: Tree) -> Tree:
    """A product with one more factor in front."""
    match product:
        case Binary(operator="*", left=left, right=right):
            return Binary("*", _times(factor, left), right)
        case _:
            return Binary("*", factor, product)
