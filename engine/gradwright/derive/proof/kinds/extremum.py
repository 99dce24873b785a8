"""Maximise or minimise under a constraint, by a Lagrange multiplier."""

from __future__ import annotations

from collections.abc import Sequence

import sympy
from sympy import Expr, Mul, S

from gradwright.derive.proof.chain import Chain
from gradwright.derive.proof.claims import Reading, lettered
from gradwright.derive.proof.fraction import shortest, sign, solved
from gradwright.derive.proof.kind import Kind
from gradwright.derive.proof.line import Item, Line, Proved, Say, Side, named, scalar
from gradwright.derive.proof.reduce import tidy_sums
from gradwright.derive.proof.simplify import Simplifier, between, positive
from gradwright.tensor.canonical import canonical
from gradwright.tensor.differentiate import occurrences
from gradwright.tensor.instantiate import freshen, instantiate
from gradwright.tensor.nodes import Delta, Entry, Index, Sum, Tensor
from gradwright.tensor.pull_out import pull_out
from gradwright.tensor.sift import sift

_MULTIPLIERS, _LAGRANGIANS = ("lam", "mu", "nu"), ("Lambda", "Phi", "Psi")


def maximum(reading: Reading) -> Proved:
    """The answer to ``maximise = "sum(c*log(p))"``, ``by = "p"``, ``subject = "sum(p) = 1"``."""
    return _extremum(reading, "maximise")


def minimum(reading: Reading) -> Proved:
    """The answer to ``minimise = "sum(w**2)"``, ``by = "w"``, ``subject = "sum(w) = 1"``."""
    return _extremum(reading, "minimise")


def _extremum(reading: Reading, kind: str) -> Proved:
    """The point where the Lagrangian is stationary, and why it is the extremum.

    Raises:
        ModelError: An entry of the gradient has more than one of the unknowns in it, or can't be solved.
    """
    (name,) = reading.names("by")[:1]
    objective = reading.side(reading.text(kind, "an expression"), kind)
    left, relation, right = reading.relation("subject")
    if objective.tensor.indices or relation != "=":
        raise reading.error("the objective is a number, and the constraint an equation", "subject")
    taken = {*reading.statement.scope.values, *reading.statement.scope.axes}
    multiplier, whole = (
        next(one for one in some if one not in taken) for some in (_MULTIPLIERS, _LAGRANGIANS)
    )
    work = Simplifier(reading.statement, reading.known)
    goal, constraint = (work.chain(side) for side in (objective, left))
    each = Entry(multiplier, *left.tensor.indices)
    kept = Sum.over(each * (constraint.entry - right.tensor.entry), left.tensor.indices)
    lagrangian = goal.entry - kept
    indices = _indices(reading, name)
    unknown = Entry(name, *indices)
    slope = _slope(lagrangian, name, indices)
    proof: list[Item] = [*goal.lines, Line("lagrangian", named(whole), scalar(lagrangian))]
    zero = Side(Tensor(indices, S.Zero))
    because = {"function": named(whole), "value": Side(Tensor(indices, unknown))}
    proof.append(Line("multiplier", Side(Tensor(indices, slope)), zero, because=because, assumed=True))
    at = _only(reading, slope, unknown, kind)
    proof.append(_solved_line(unknown, at, indices))
    put, found = _multiplier(reading, constraint, right, name, Tensor(indices, at), each)
    proof += put
    multipliers = [node for node in at.atoms(Entry) if node.name == multiplier]
    value = shortest(at.xreplace({node: instantiate(found, node.indices) for node in multipliers}))
    end = Side(Tensor(indices, value))
    proof.append(
        Line("substitute", Side(Tensor(indices, unknown)), end, because={"value": multiplier}, assumed=True)
    )
    proof += _second_order(reading, goal.entry, constraint.entry, name, indices, kind)
    solution = {name: end.tensor, multiplier: found, whole: Tensor((), lagrangian)}
    asked = Say(kind, {"objective": objective, "value": name, "left": left, "right": right})
    result = Line("result", Side(Tensor(indices, unknown)), end, assumed=True)
    return Proved(kind, reading.claim.title, (asked,), tuple(proof), (result,), solution)


def _indices(reading: Reading, name: str) -> tuple[Index, ...]:
    shape = reading.statement.scope.values[name].shape
    return lettered(
        Tensor(tuple(Index(f"i{n}", e) for n, e in enumerate(shape)), S.Zero), (), reading.statement
    ).indices


def _slope(entry: Expr, name: str, indices: tuple[Index, ...]) -> Expr:
    """The derivative by the entry of a value at given indices."""
    total: Expr = S.Zero
    for found in occurrences(freshen(entry), name):
        deltas = [Delta(place, index) for place, index in zip(found.places, indices, strict=True)]
        total += Sum.over(Mul(found.local, *deltas), found.bound)
    return canonical(pull_out(sift(total)))


def _only(reading: Reading, slope: Expr, unknown: Entry, kind: str) -> Expr:
    """What makes the derivative by an entry vanish, as a formula for that entry."""
    others = [node for node in slope.atoms(Entry) if node.name == unknown.name and node != unknown]
    roots = [] if others else solved(slope, unknown, positive(reading.statement))
    if len(roots) != 1 or roots[0].has(unknown):
        message = f"where the derivative by {unknown.name} vanishes, no one formula for it is found"
        raise reading.error(message, kind, "each entry's derivative must have that entry alone in it")
    return roots[0]


def _solved_line(unknown: Entry, at: Expr, indices: tuple[Index, ...]) -> Line:
    left = Side(Tensor(indices, unknown))
    return Line("solved", left, Side(Tensor(indices, at)), because={"value": unknown.name}, assumed=True)


def _multiplier(
    reading: Reading, constraint: Chain, right: Side, name: str, at: Tensor, multiplier: Entry
) -> tuple[list[Item], Tensor]:
    """The lines that put the unknowns into the constraint, and the multiplier that makes it hold."""
    rows = right.tensor.indices
    reads = [node for node in constraint.entry.atoms(Entry) if node.name == name]
    chain = Chain.of(Side(Tensor(rows, constraint.entry)))
    inside = constraint.entry.xreplace({node: instantiate(at, node.indices) for node in reads})
    chain.add("substitute", canonical(inside), value=name)
    tidy_sums(chain)
    lines = [
        Line(one.rule, one.left, one.right, "=", one.because, one.goes_on, assumed=True)
        for one in chain.lines
    ]
    equation = Line("constraint", chain.end, right, assumed=True)
    roots = solved(chain.entry - right.tensor.entry, multiplier, positive(reading.statement))
    if len(roots) != 1:
        raise reading.error("the constraint does not fix the multiplier", "subject")
    found = Tensor(rows, shortest(roots[0]))
    left = Side(Tensor(rows, multiplier))
    last = Line("solved", left, Side(found), because={"value": multiplier.name}, assumed=True)
    return [*lines, equation, last], found


def _second_order(
    reading: Reading, goal: Expr, constraint: Expr, name: str, indices: Sequence[Index], kind: str
) -> list[Item]:
    """Why it is the extremum: the objective bends one way in every entry, and the constraint is straight."""
    places = tuple(indices)
    unknown = Entry(name, *places)
    bend = sympy.diff(_as_symbol(_slope(goal, name, places), unknown), _SYMBOL).xreplace({_SYMBOL: unknown})
    straight = not _slope(constraint, name, places).atoms(Entry) & {unknown}
    found = sign(bend, positive(reading.statement), between(reading.statement))
    wanted = {"maximise": (-1, -2), "minimise": (1, 0)}[kind]
    if not straight or found not in wanted or found is None:
        return [Say("stationary-only")]
    relation = {-1: "<", -2: "<=", 1: ">", 0: ">="}[found]
    because = {"value": Side(Tensor(places, unknown))}
    zero = Side(Tensor(places, S.Zero))
    line = Line("second-derivative", Side(Tensor(places, canonical(bend))), zero, relation, because)
    return [line, Say("concave" if kind == "maximise" else "convex-function")]


_SYMBOL = sympy.Symbol("unknown", real=True)


def _as_symbol(entry: Expr, unknown: Entry) -> Expr:
    result: Expr = entry.xreplace({unknown: _SYMBOL})
    return result


MAXIMISE = Kind("maximise", ("by", "subject"), maximum)
MINIMISE = Kind("minimise", ("by", "subject"), minimum)
