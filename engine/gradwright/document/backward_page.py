"""The second part of a worked solution: the backward pass, one named value after another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from gradwright.derive.step import Adjoint, Factor, Step
from gradwright.document.blocks import Block, Entry, Equation, Row, Steps, Table, Text
from gradwright.document.notation import shape_math
from gradwright.document.writing import Writing, joined, placed
from gradwright.errors import GradwrightError
from gradwright.language.parse import parse
from gradwright.language.tree import Call, Name, Tree
from gradwright.messages import Filling, Line, Math, Mono

STARTS = ("chain", "implicit", "lemma")
"""Rules that bring a contribution from a formula that uses the value."""
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
    users = [step.where for step in adjoint.steps if step.rule in STARTS]
    if users:
        uses = joined([page.reference(user) for user in dict.fromkeys(users)])
        key = "page.used-once" if len(set(users)) == 1 else "page.used"
        blocks.append(Text(page.say.line(key, value=value, uses=uses)))
    entries = step_entries(page, adjoint.steps)
    if entries:
        blocks.append(Steps(entries))
    in_entries = any(isinstance(block, Equation) for entry in entries for block in entry.blocks)
    if in_entries and adjoint.matrix is not None and adjoint.tensor.indices and page.form != "index":
        blocks.append(Text(page.say.line("page.result-matrix")))
    blocks.append(Equation(tuple(result_rows(page, adjoint)), boxed=True))
    return blocks


def step_entries(page: Writing, steps: Sequence[Step], paths: int = 0) -> tuple[Entry, ...]:
    """The steps as entries; at normal detail a minor step is carried out inside the one before it.

    Args:
        page: The page.
        steps: Steps in order.
        paths: How many formulas hand something down to the value, where the steps themselves do not tell.
    """
    shown: list[tuple[Step, Step]] = []
    for step in steps:
        if page.detail == "normal" and step.rule in MINOR and shown:
            shown[-1] = (shown[-1][0], step)
        else:
            shown.append((step, step))
    paths = paths or sum(step.rule in STARTS for step in steps)
    entries: list[Entry] = []
    before: list[Row] = []
    partial = False
    for step, last in shown:
        partial = paths > 1 and (partial or step.rule in STARTS) and step.rule != "accumulate"
        rows = page.rows(*page.shown(step.target, last.after), relation="+=" if partial else "=")
        blocks = factor_blocks(page, step, partial)
        if rows != before and not (blocks and page.detail == "normal"):
            blocks.append(Equation(tuple(rows)))
        if page.detail == "full" and step.parts:
            blocks.append(Steps(step_entries(page, _without_factors(step.parts), paths)))
        entries.append(Entry(step_title(page, step), tuple(blocks), step.rule))
        before = rows
    return tuple(entries)


def _without_factors(steps: Sequence[Step]) -> list[Step]:
    """The finer steps, their factors left out: the step that they are part of has shown them."""
    return [replace(step, upstream=None, local=None, downstream=None) for step in steps]


def step_title(page: Writing, step: Step) -> Line:
    """The rule's name, and why it applies here."""
    say = page.say
    if not say.has(f"rule.{step.rule}.name"):
        return (step.rule + ".",)
    words: dict[str, Filling] = {
        key: Mono(value) if key == "function" else _shown(page, value) for key, value in step.because.items()
    }
    words["target"] = page.notation.value(step.target)
    if step.rule == "fact":
        words |= _declared_fact(page, step.because.get("value", ""))
    if step.where:
        words["where"] = page.reference(step.where)
    keys = [f"rule.{step.rule}.{part}" for part in ("because", "because-value", "plain")]
    key = next(key for key in keys if say.has(key) and _fits(say.raw(key), words))
    return say.line("page.rule", rule=say.raw(f"rule.{step.rule}.name"), because=say.line(key, **words))


def _declared_fact(page: Writing, name: str) -> dict[str, Filling]:
    """The equation that one-hot rows and rows of probabilities obey; nothing for other values."""
    value = page.derivation.model.shapes.get(name)
    if value is None or value.domain not in ("onehot", "prob"):
        return {}
    letters = ("i", "j", "k", "l")[: len(value.shape)]
    total = page.notation.math(Call("sum", (Name(letters[-1]), placed(name, letters))))
    return {"fact": Math(f"{total.latex} = 1", f"{total.text} = 1")}


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


def factor_blocks(page: Writing, step: Step, partial: bool) -> list[Block]:
    """Upstream, local and downstream of a chain-rule step, with their shapes.

    Args:
        page: The page.
        step: Any step.
        partial: Whether what is handed down is one of several contributions.
    """
    factors = (("upstream", step.upstream), ("local", step.local), ("downstream", step.downstream))
    rows = [
        ((page.say.raw(f"word.{role}"),), (_factor(page, role, step, factor, partial),), _shape(page, factor))
        for role, factor in factors
        if factor is not None
    ]
    return [Table((), tuple(rows))] if rows else []


def _shape(page: Writing, factor: Factor) -> Line:
    return shape_math(page.extents(factor.shape), page.scalar())


def _factor(page: Writing, role: str, step: Step, factor: Factor, partial: bool) -> Math:
    """One factor: an adjoint's name, a local derivative entry by entry, or the formula handed down."""
    formula = page.notation.math(factor.tree)
    loss = page.derivation.model.minimise
    if role == "local":
        cut = len(factor.names) - len(page.derivation.model.shapes[step.because["value"]].shape)
        above = page.notation.math(placed(step.where, factor.names[:cut]))
        below = page.notation.math(placed(step.because["value"], factor.names[cut:]))
        left = Math(
            f"\\frac{{\\partial {above.latex}}}{{\\partial {below.latex}}}", f"∂{above.text}/∂{below.text}"
        )
    elif role == "upstream":
        fraction = page.notation.derivative(loss, step.where)
        left = Math(fraction.latex, f"∂{loss}/∂{step.where}")
    else:
        left = page.notation.math(placed(step.target, factor.names))
    sign = "\\mathrel{+}=" if partial and role == "downstream" else "="
    text = "+=" if partial and role == "downstream" else "="
    return Math(f"\\displaystyle {left.latex} {sign} {formula.latex}", f"{left.text} {text} {formula.text}")


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
    rows = [row for left, right in sides for row in page.rows(left, right)]
    rows[0] = replace(rows[0], number=page.number(adjoint.name), remark=page.remark(adjoint.tensor.shape))
    return rows


def derivative(page: Writing, value: str, name: str) -> Math:
    """The left side of a gradient: a fraction on a page, the adjoint's name in text."""
    fraction = page.notation.derivative(page.derivation.model.minimise, value)
    return Math(fraction.latex, page.notation.math(Name(name)).text)
