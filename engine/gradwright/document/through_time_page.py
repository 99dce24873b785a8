"""The part of a worked solution on time: the Jacobian of one step, products of them, how they shrink."""

from __future__ import annotations

from dataclasses import replace

from sympy import S

from gradwright.derive.growth import growth, sizes_of
from gradwright.derive.through_time import ThroughTime, through_time
from gradwright.document.blocks import Block, Equation, Row, Text
from gradwright.document.growth_page import growth_blocks
from gradwright.document.time_notation import TimeNotation
from gradwright.document.writing import Writing, joined
from gradwright.messages import Filling


def time_blocks(page: Writing) -> list[Block]:
    """The section on backpropagation through time; nothing for a model without a recurrence."""
    found = through_time(page.derivation)
    blocks: list[Block] = []
    for through in found:
        blocks += _recurrence_blocks(page, through, len(found) > 1)
    if not blocks:
        return []
    return [Text(page.say.line("through.title"), "section"), *blocks]


def _recurrence_blocks(page: Writing, through: ThroughTime, several: bool) -> list[Block]:
    write = TimeNotation(page, through)
    blocks: list[Block] = []
    if several:
        states = joined([(page.notation.value(state),) for state in through.states])
        blocks.append(Text(page.say.line("through.recurrence", states=states), "subsection"))
    blocks += _step_blocks(page, through, write)
    blocks += _product_blocks(page, through, write)
    for state in through.carries:
        blocks += _carry_blocks(page, through, write, state)
    bound = growth(through, page.derivation)
    if bound is not None:
        blocks += growth_blocks(page, through, write, bound)
    return blocks


def _step_blocks(page: Writing, through: ThroughTime, write: TimeNotation) -> list[Block]:
    """The Jacobian of one step: what it is, what it is made of, and its formula."""
    say, (first, *_) = page.say, through.states
    key = "through.step" if len(through.states) == 1 else "through.step-pair"
    words: dict[str, Filling] = {
        "now": write.placed(first),
        "before": write.placed(first, write.before),
        "jacobian": write.placed(through.names[first, first]),
        "states": joined([(write.placed(state),) for state in through.states]),
    }
    blocks: list[Block] = [Text(say.line(key, **words))]
    if page.detail != "brief":
        links = tuple(write.link(link) for link in through.jacobian.links)
        blocks += [Text(say.line("through.links")), Equation(links)]
        blocks.append(Text(say.line("through.multiply")))
    equations: list[Row] = []
    for (of, by), tree in through.blocks.items():
        name = through.names[of, by]
        rows_here = write.rows(write.placed(name), tree)
        shape = (through.jacobian.width[of], through.jacobian.width[by])
        rows_here[0] = replace(rows_here[0], number=page.number(name), remark=page.remark(shape))
        equations += rows_here
    return [*blocks, Equation(tuple(equations), boxed=True)]


def _product_blocks(page: Writing, through: ThroughTime, write: TimeNotation) -> list[Block]:
    """The adjoint at one time as a product, and what the loss hands in."""
    say = page.say
    blocks: list[Block] = []
    if len(through.states) > 1:
        blocks += [Text(say.line("through.pair", pair=write.pair())), Equation(tuple(write.block_rows()))]
    if through.direct:
        key = "through.end" if through.at_end else "through.direct"
        blocks.append(Text(say.line(key, time=write.last_time())))
        blocks.append(Equation(tuple(write.direct_rows())))
    key = "through.product" if through.at_end else write.directed("through.product-sum")
    blocks.append(Text(say.line(key)))
    row = write.product_row()
    blocks.append(Equation((replace(row, number=page.number(f"product of {through.states}")),), boxed=True))
    blocks.append(Text(say.line(write.directed("through.order")), "note"))
    if len(through.states) > 1:
        blocks += [Text(say.line("through.within")), Equation(tuple(write.within_rows()))]
    return blocks


def _carry_blocks(page: Writing, through: ThroughTime, write: TimeNotation, state: str) -> list[Block]:
    """The path on which a state's entries are only scaled, over many steps."""
    say = page.say
    factor = write.carry_factor(state)
    blocks: list[Block] = [
        Text(say.line(write.directed("through.carry"), state=page.notation.value(state), factor=factor)),
        Equation((write.carry_row(state),), boxed=True),
    ]
    entry = next((link.tensor.entry for link in through.carries[state].links), S.One)
    if entry == 1:
        return [*blocks, Text(say.line("through.carry-one"))]
    size = sizes_of(page.derivation).largest(entry)
    gate = size is not None and size <= 1
    return [*blocks, Text(say.line("through.carry-gate", factor=factor))] if gate else blocks
