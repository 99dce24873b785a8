"""How fast an adjoint shrinks or grows on its way back through time, as steps with their rules."""

from __future__ import annotations

from fractions import Fraction

from sympy import Expr, Symbol

from gradwright.derive.growth import Growth, Term
from gradwright.derive.slope import Slope
from gradwright.derive.through_time import ThroughTime
from gradwright.document.blocks import Block, Entry, Equation, Row, Steps, Text
from gradwright.document.time_notation import TimeNotation, norm
from gradwright.document.writing import Writing
from gradwright.language.index_form import index_form
from gradwright.language.tree import Binary, Name, Number
from gradwright.messages import Filling, Math
from gradwright.tensor.nodes import Tensor


def growth_blocks(page: Writing, through: ThroughTime, write: TimeNotation, bound: Growth) -> list[Block]:
    """The bound on the norm of an adjoint, and what it says of vanishing and exploding."""
    say = page.say
    (state,) = through.states
    row, *_ = write.factors()
    base, power = _sum(write, bound), _steps_between(write)
    exponent = f"({power.text})" if " " in power.text else power.text
    left = norm(write.placed(through.rows[state], write.early)) if through.at_end else write.norm_row().left
    handed = norm(row)
    result = Math(
        f"\\left( {base.latex} \\right)^{{{power.latex}}} \\, {handed.latex}",
        f"({base.text})**{exponent}*{handed.text}",
    )
    rows = (Row(left, result, number=page.number(f"bound of {state}"), relation="≤"),)
    blocks: list[Block] = [Text(say.line("through.growth"))]
    if page.detail != "brief":
        blocks.append(Steps(tuple(_entries(page, write, bound, base))))
    return [
        *blocks,
        Equation(rows, boxed=True),
        Text(say.line(write.directed("through.vanishing"), base=base)),
    ]


def _entries(page: Writing, write: TimeNotation, bound: Growth, base: Math) -> list[Entry]:
    entries = [_entry(page, "norm-product", write.norm_row())]
    (state,) = write.through.states
    jacobian = norm(write.placed(write.through.names[state, state]))
    paths = write.through.jacobian.paths[state, state]
    if len(paths) > 1:
        entries.append(_entry(page, "norm-sum"))
    entries += [_slope(page, write, slope) for slope in bound.slopes]
    entries.append(_entry(page, "norm-factor", Row(jacobian, base, relation="≤")))
    return entries


def _entry(page: Writing, rule: str, *rows: Row, **words: Filling) -> Entry:
    because = page.say.line(f"rule.{rule}.because", **words)
    title = page.say.line("page.rule", rule=page.say.raw(f"rule.{rule}.name"), because=because)
    return Entry(title, (Equation(rows),) if rows else (), rule)


def _slope(page: Writing, write: TimeNotation, slope: Slope) -> Entry:
    """The largest slope of an activation, from its slope in its own value."""
    unknown = page.notation.math(Name(write.free("vuwyzq")))
    low, high, largest = (number(write, part) for part in (slope.low, slope.high, slope.largest))
    formula = number(write, slope.slope.xreplace({slope.unknown: Symbol(unknown.text, real=True)}))
    size = Math(f"\\left| {formula.latex} \\right|", f"|{formula.text}|")
    interval = Math(
        f"{low.latex} < {unknown.latex} < {high.latex}", f"{low.text} < {unknown.text} < {high.text}"
    )
    row = Row(
        size,
        Math(f"{largest.latex} \\qquad ({interval.latex})", f"{largest.text}   ({interval.text})"),
        relation="≤",
    )
    words: dict[str, Filling] = {"value": page.notation.value(slope.value), "unknown": unknown}
    return _entry(page, "slope", row, at=number(write, slope.at), **words)


def number(write: TimeNotation, expression: Expr) -> Math:
    """A number, or a polynomial in the unknown of a slope."""
    return write.notation.math(index_form(Tensor((), expression))[1])


def _sum(write: TimeNotation, bound: Growth) -> Math:
    """The bound of one step: numbers times largest singular values, added over the paths."""
    terms = [_term(write, term) for term in bound.terms]
    return Math(" + ".join(term.latex for term in terms), " + ".join(term.text for term in terms))


def _term(write: TimeNotation, term: Term) -> Math:
    matrices = [write.notation.math(tree) for tree in term.matrices]
    latex = [f"\\sigma_{{\\max}}({matrix.latex})" for matrix in matrices]
    text = [f"σ_max({matrix.text})" for matrix in matrices]
    if term.number != 1 or not matrices:
        size = number(write, term.number)
        latex, text = [size.latex, *latex], [size.text, *text]
    return Math(" \\, ".join(latex), "*".join(text))


def _steps_between(write: TimeNotation) -> Math:
    """How many steps lie between the late time and the early one."""
    end = write.last if write.through.at_end else write.late
    late, early = (end, write.early) if write.forward else (write.early, end)
    return write.notation.math(late if early == Number(Fraction(0)) else Binary("-", late, early))
