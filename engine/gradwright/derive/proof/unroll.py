"""Recurrences unrolled: a value after t steps as a sum over all steps done."""

from __future__ import annotations

from sympy import Add, Expr, Integer, Pow, Rational, S

from gradwright.derive.proof.chain import Chain
from gradwright.derive.proof.line import Side
from gradwright.errors import ModelError
from gradwright.language.index_form import index_form
from gradwright.language.lower import lower
from gradwright.language.tree import Binary, Negate, Tree
from gradwright.model.statement import Recurrence, Statement
from gradwright.tensor.canonical import canonical
from gradwright.tensor.distribute import distribute
from gradwright.tensor.nodes import Entry, Sum, Tensor, fresh, size


def last_step(statement: Statement, name: str) -> Expr:
    """A value after ``t`` steps by the values after ``t - 1`` and by what step ``t`` draws.

    Raises:
        ModelError: The formula is no scalar.
    """
    recurrence = _of(statement)
    formula = next(one for one in recurrence.formulas if one.target == name)
    tensor = lower(formula.body, statement.scope)
    if tensor.indices:
        raise ModelError(f"the recurrence of {name} is no scalar")
    steps = size(recurrence.counter)
    own = {one.target for one in recurrence.formulas}
    values: dict[Expr, Expr] = {Entry(recurrence.counter): steps}
    for node in tensor.entry.atoms(Entry):
        if node.name in own:
            values[node] = Entry(node.name, steps - 1)
        elif node.name in statement.laws:
            values[node] = Entry(node.name, steps)
    result: Expr = tensor.entry.xreplace(values)
    return result


def unrolled(statement: Statement, name: str) -> Chain:
    """The value after ``t`` steps, step by step back to the first one.

    Raises:
        ModelError: It is not a constant times its last value plus what the step brings.
    """
    recurrence = _of(statement)
    steps = size(recurrence.counter)
    before, step = Entry(name, steps - 1), last_step(statement, name)
    ratio, brought = _parts(statement, name, before, step)
    chain = Chain.of(Side(Tensor((), Entry(name, steps))))
    chain.add("step", step, value=Side(Tensor((), Entry(name, steps))))
    earlier = step.xreplace({steps: steps - 1})
    written = _total(Binary("*", _tree(ratio), _tree(earlier)), _tree(brought))
    chain.add("step", ratio * earlier + brought, written, value=Side(Tensor((), before)))
    back = fresh(steps, "s")
    start = recurrence.start[name]
    first = Rational(start.numerator, start.denominator) * Pow(ratio, steps)
    total = Sum.over(Pow(ratio, back) * brought.xreplace({steps: steps - back}), [back])
    chain.add("unroll", canonical(Add(first, total)), value=Side(Tensor((), Entry(name, Integer(0)))))
    return chain


def _parts(statement: Statement, name: str, before: Entry, step: Expr) -> tuple[Expr, Expr]:
    """The factor of the last value, and the rest."""
    opened = distribute(step)
    rest = canonical(opened.xreplace({before: S.Zero}))
    ratio = canonical((opened - rest).xreplace({before: S.One}))
    changing = {*statement.laws, *(one.target for one in _of(statement).formulas)}
    steps = size(_of(statement).counter)
    is_linear = canonical(distribute(opened - ratio * before - rest)) == 0
    mixed = any(node.name in changing for node in ratio.atoms(Entry)) or ratio.has(steps)
    others = {one.target for one in _of(statement).formulas}
    if not is_linear or mixed or ratio == 0 or any(node.name in others for node in rest.atoms(Entry)):
        raise ModelError(
            f"the recurrence of {name} can't be unrolled",
            statement.source.place("recurrence", "formulas"),
            f"write it as a constant times {name}, plus what the step brings",
        )
    short = step - ratio * before
    return ratio, short if canonical(distribute(short)) == rest else rest


def _total(left: Tree, right: Tree) -> Tree:
    """The sum of two trees; minus what is negated."""
    return Binary("-", left, right.operand) if isinstance(right, Negate) else Binary("+", left, right)


def _tree(entry: Expr) -> Tree:
    """An expression in index notation."""
    return index_form(Tensor((), entry), ranged=False)[1]


def _of(statement: Statement) -> Recurrence:
    assert statement.recurrence is not None
    return statement.recurrence
