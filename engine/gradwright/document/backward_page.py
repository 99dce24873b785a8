"""The second part of a worked solution: the backward pass, one named value after another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from gradwright.derive.step import Adjoint, Factor, Step
from gradwright.document.blocks import Block, Entry, Equation, Line, Math, Mono, Row, Steps, Table, Text
from gradwright.document.messages import Filling
from gradwright.document.notation import shape_math
from gradwright.document.writing import Writing, joined, placed
from gradwright.errors import GradwrightError
from gradwright.language.parse import parse
from gradwright.language.tree import Name, Tree

MINOR = frozenset({"sift", "pull-out", "merge", "factor", "transpose", "symmetric"})
"""Rules that a page of normal detail carries out without a word."""


def backward_blocks(page: Writing) -> list[Block]:
    """The section of the backward pass."""
    say, derivation = page.say, page.derivation
    loss = page.notation.value(derivation.model.minimise)
    blocks: list[Block] = [Text(say.line("page.backward"), "section")]
    if derivation.adjoints:
        first = derivation.adjoints[0]
        words: dict[str, Filling] = {
            "value": page.notation.value(first.of),
            "adjoint": page.notation.value(first.name),
        }
        words |= {"letter": page.notation.value(first.of), "loss": loss}
        blocks.append(Text(say.line("page.adjoint", **words)))
    if page.detail == "brief":
        return [
            *blocks,
            Equation(tuple(row for adjoint in derivation.adjoints for row in result_rows(page, adjoint))),
        ]
    blocks.append(Text(say.line("page.product")))
    for adjoint in derivation.adjoints:
        blocks += adjoint_blocks(page, adjoint)
    return blocks


def adjoint_blocks(page: Writing, adjoint: Adjoint) -> list[Block]:
    """One value's adjoint: where the value is used, the steps, and the result."""
    value = page.notation.value(adjoint.of)
    is_parameter = adjoint.of in page.derivation.gradients
    heading = "page.through-parameter" if is_parameter else "page.through"
    blocks: list[Block] = [Text(page.say.line(heading, value=value), "subsection")]
    users = [step.where for step in adjoint.steps if step.rule in ("chain", "implicit")]
    if users:
        uses = joined([page.reference(user) for user in dict.fromkeys(users)])
        key = "page.used-once" if len(set(users)) == 1 else "page.used"
        blocks.append(Text(page.say.line(key, value=value, uses=uses)))
    entries = step_entries(page, adjoint.steps)
    if entries:
        blocks.append(Steps(entries))
    if adjoint.matrix is not None and adjoint.tensor.indices and page.form != "index":
        blocks.append(Text(page.say.line("page.result-matrix")))
    blocks.append(Equation(tuple(result_rows(page, adjoint)), boxed=True))
    return blocks


def step_entries(page: Writing, steps: Sequence[Step]) -> tuple[Entry, ...]:
    """The steps as entries; at normal detail a minor step is carried out inside the one before it."""
    shown: list[tuple[Step, Step]] = []
    for step in steps:
        if page.detail == "normal" and step.rule in MINOR and shown:
            shown[-1] = (shown[-1][0], step)
        else:
            shown.append((step, step))
    paths = sum(step.rule in ("chain", "implicit") for step in steps)
    entries: list[Entry] = []
    before: Row | None = None
    partial = False
    for step, last in shown:
        partial = paths > 1 and (partial or step.rule in ("chain", "implicit")) and step.rule != "accumulate"
        row = page.row(*page.shown(step.target, last.after), relation="+=" if partial else "=")
        blocks = _factors(page, step)
        if row != before:
            blocks.append(Equation((row,)))
        if page.detail == "full" and step.parts:
            blocks.append(Steps(step_entries(page, step.parts)))
        entries.append(Entry(step_title(page, step), tuple(blocks), step.rule))
        before = row
    return tuple(entries)


def step_title(page: Writing, step: Step) -> Line:
    """The rule's name, and why it applies here."""
    say = page.say
    if not say.has(f"rule.{step.rule}.name"):
        return (step.rule + ".",)
    words: dict[str, Filling] = {key: _shown(page, value) for key, value in step.because.items()}
    words["target"] = page.notation.value(step.target)
    if step.where:
        words["where"] = page.reference(step.where)
    keys = [f"rule.{step.rule}.{part}" for part in ("because", "because-value", "plain")]
    key = next(key for key in keys if say.has(key) and _fits(say.raw(key), words))
    return say.line("page.rule", rule=say.raw(f"rule.{step.rule}.name"), because=say.line(key, **words))


def _fits(template: str, words: Mapping[str, Filling]) -> bool:
    """Whether every placeholder of a sentence can be filled."""
    try:
        template.format_map(words)
    except (KeyError, ValueError, IndexError):
        return False
    return True


def _shown(page: Writing, text: str) -> Filling:
    """What a step says of itself: names and formulas are set as mathematics, other words as typed."""
    if ", " in text and all(part.isidentifier() for part in text.split(", ")):
        return joined([(page.notation.value(part),) for part in text.split(", ")])
    left, equals, right = text.partition(" = ")
    try:
        sides = [
            page.notation.math(parse(side, frozenset(page.notation.composites)))
            for side in (left, right)
            if side
        ]
    except GradwrightError:
        return Mono(text)
    if not equals:
        return sides[0]
    return Math(f"{sides[0].latex} = {sides[1].latex}", text)


def _factors(page: Writing, step: Step) -> list[Block]:
    """Upstream, local and downstream of a chain-rule step, with their shapes."""
    factors = (("upstream", step.upstream), ("local", step.local), ("downstream", step.downstream))
    given = [(role, factor) for role, factor in factors if factor is not None]
    if not given:
        return []
    heading = tuple((page.say.raw(f"word.{role}"),) for role, _ in given)
    formulas = tuple(_factor_line(page, factor) for _, factor in given)
    shapes = tuple(shape_math(factor.shape, page.scalar()) for _, factor in given)
    return [Table(heading, (formulas, shapes))]


def _factor_line(page: Writing, factor: Factor) -> Line:
    return (page.notation.math(factor.tree),)


def result_rows(page: Writing, adjoint: Adjoint) -> list[Row]:
    """The adjoint's formula in the page's form, numbered; a parameter's is written as a derivative."""
    sides: list[tuple[Tree | Math, Tree]] = []
    if adjoint.matrix is not None and page.form != "index":
        left: Tree | Math = placed(adjoint.name, adjoint.subscript)
        if adjoint.of in page.derivation.gradients and not adjoint.subscript:
            left = derivative(page, adjoint.of, adjoint.name)
        sides.append((left, adjoint.matrix))
    if adjoint.matrix is None or page.form != "matrix":
        sides.append((placed(adjoint.name, adjoint.names), adjoint.index))
    rows = [page.row(left, right) for left, right in sides]
    rows[0] = replace(rows[0], number=page.number(adjoint.name), remark=page.remark(adjoint.tensor.shape))
    return rows


def derivative(page: Writing, value: str, name: str) -> Math:
    """The left side of a gradient: a fraction on a page, the adjoint's name in text."""
    fraction = page.notation.derivative(page.derivation.model.minimise, value)
    return Math(fraction.latex, page.notation.math(Name(name)).text)
