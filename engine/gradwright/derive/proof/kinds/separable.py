"""One perceptron, or a hidden layer of them: weights that give every point its class, or why none can."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from fractions import Fraction

from sympy import Add, Expr, Mul, Rational, S

from gradwright.derive.proof.claims import Reading
from gradwright.derive.proof.kind import Kind
from gradwright.derive.proof.line import Grid, Item, Line, Proved, Say, Side, scalar
from gradwright.derive.proof.separation import certificate, separator, value
from gradwright.language.index_form import index_form
from gradwright.language.tree import Call
from gradwright.model.statement import Points
from gradwright.tensor.nodes import Entry, Iverson, Tensor

_LARGEST = 1
"""Hidden units are looked for among the weights -1, 0, 1, with biases at the halves between values."""
_MOST_UNITS = 3
_MOST_TRIED = 2000


def separable(reading: Reading) -> Proved:
    """The proof of ``separable = false``, or weights for ``separable = true``.

    Raises:
        ModelError: The claim is false, or the statement has no points.
    """
    points = _points(reading, "separable")
    wanted = reading.claim.table["separable"]
    if not isinstance(wanted, bool):
        raise reading.error(f"separable is {wanted!r}, expected true or false", "separable")
    weights = separator(points.rows, points.classes)
    margins = certificate(points.rows, points.classes) if weights is None else None
    if weights is None and margins is None:
        raise reading.error(
            "these points are too close to a limit to tell", "separable", "round their numbers"
        )
    if (weights is not None) != wanted:
        can = "can" if weights is not None else "can't"
        raise reading.error(f"the claim is false: one perceptron {can} separate these points", "separable")
    if weights is not None:
        return _by_weights(reading, points, weights)
    assert margins is not None
    return _by_contradiction(reading, points, margins)


def _points(reading: Reading, key: str) -> Points:
    points = reading.statement.points
    if points is None:
        hint = 'add [points] with inputs = "x1 x2", label = "y", rows = [[0, 0, 0], ...]'
        raise reading.error("the statement has no points", key, hint)
    return points


def _by_contradiction(reading: Reading, points: Points, margins: tuple[Fraction, ...]) -> Proved:
    """Conditions of both classes that add up to the same expression, once positive and once not."""
    names = [f"w{n + 1}" for n in range(len(points.inputs))]
    total = scalar(Add(*(Entry(w) * Entry(x) for w, x in zip(names, points.inputs, strict=True)), Entry("b")))
    proof: list[Item] = [Say("suppose", {"value": total, "label": points.label})]
    used = [number for number, margin in enumerate(margins) if margin]
    for number in used:
        relation = ">" if points.classes[number] else "<="
        place = ", ".join(map(str, points.rows[number]))
        left = scalar(_at(names, points.rows[number]))
        zero = scalar(S.Zero)
        proof.append(Line("point", left, zero, relation, {"point": f"({place})"}, assumed=True))
    for one, relation in ((1, ">"), (0, "<=")):
        chosen = [number for number in used if points.classes[number] == one]
        parts = [(margins[n], _at(names, points.rows[n])) for n in chosen]
        written = Add(
            *(Mul(_rational(m), part, evaluate=False) if m != 1 else part for m, part in parts),
            evaluate=False,
        )
        added = Add(*(_rational(m) * part for m, part in parts)).expand()
        proof.append(Say(f"add-{one}"))
        proof.append(Line("merge", scalar(written), scalar(added)))
        proof.append(Line("add", scalar(added), scalar(S.Zero), relation, goes_on=True, assumed=True))
    proof.append(Say("contradiction", {"value": scalar(added)}))
    return Proved(
        "separable",
        reading.claim.title,
        (Say("points"), _table(points, ()), Say("not-separable")),
        tuple(proof),
        margins=margins,
    )


def _by_weights(reading: Reading, points: Points, weights: Sequence[Fraction]) -> Proved:
    total = _affine(points.inputs, weights)
    sides = [scalar(total), _step(total)]
    proof = (Say("take-weights", {"value": sides[0]}), _table(points, sides))
    return Proved(
        "separable", reading.claim.title, (Say("points"), _table(points, ()), Say("is-separable")), proof
    )


def network(reading: Reading) -> Proved:
    """Weights of a network with that many hidden units for ``network = 2``, found and checked exactly.

    Raises:
        ModelError: None are found among small whole weights.
    """
    points = _points(reading, "network")
    units = reading.claim.table["network"]
    if not isinstance(units, int) or isinstance(units, bool) or not 1 <= units <= _MOST_UNITS:
        message = f"network is {units!r}, expected a number of hidden units from 1 to {_MOST_UNITS}"
        raise reading.error(message, "network")
    found = _hidden(points, units)
    if found is None:
        message = f"no network with {units} hidden units is found among the weights -1, 0 and 1"
        raise reading.error(message, "network", "try more hidden units")
    hidden, outer = found
    names = [f"h{n + 1}" for n in range(units)]
    lines = [
        Line("unit", scalar(Entry(name)), _step(_affine(points.inputs, weights)))
        for name, weights in zip(names, hidden, strict=True)
    ]
    last = Line("unit", scalar(Entry(points.label)), _step(_affine(names, outer)))
    sides = [*(scalar(Entry(name)) for name in names), scalar(_affine(names, outer)), last.right]
    solution = {name: line.right.tensor for name, line in zip(names, lines, strict=True)}
    proof: tuple[Item, ...] = (
        Say("take-network"),
        *lines,
        last,
        Say("at-all-points"),
        _table(points, sides, solution),
    )
    asked = Say("has-network", {"units": str(units)})
    return Proved(
        "network",
        reading.claim.title,
        (asked,),
        proof,
        solution={**solution, points.label: last.right.tensor},
    )


def _hidden(points: Points, units: int) -> tuple[list[tuple[Fraction, ...]], tuple[Fraction, ...]] | None:
    """Weights of hidden units and of the unit above them: the first ones that give each point its class."""
    outputs: dict[tuple[int, ...], tuple[Fraction, ...]] = {}
    for weights in _small(points):
        made = tuple(int(value(weights, row) > 0) for row in points.rows)
        if 0 < sum(made) < len(made):
            outputs.setdefault(made, weights)
    for chosen in itertools.islice(itertools.combinations(outputs, units), _MOST_TRIED):
        rows = [tuple(Fraction(made[n]) for made in chosen) for n in range(len(points.rows))]
        outer = separator(rows, points.classes)
        if outer is not None:
            return [outputs[made] for made in chosen], outer
    return None


def _small(points: Points) -> Iterator[tuple[Fraction, ...]]:
    """Affine functions with weights -1, 0, 1 that change sign between two values at the points."""
    span = range(-_LARGEST, _LARGEST + 1)
    for weights in itertools.product(sorted(span, reverse=True), repeat=len(points.inputs)):
        exact = tuple(map(Fraction, weights))
        values = sorted({value((*exact, Fraction(0)), row) for row in points.rows})
        for low, high in itertools.pairwise(values):
            yield (*exact, -(low + high) / 2)


def _at(names: Sequence[str], point: Sequence[Fraction]) -> Expr:
    """``w1*x1 + w2*x2 + b`` at a point."""
    return Add(*(_rational(x) * Entry(name) for x, name in zip(point, names, strict=True)), Entry("b"))


def _affine(names: Sequence[str], weights: Sequence[Fraction]) -> Expr:
    terms = [_rational(w) * Entry(name) for w, name in zip(weights, names, strict=False)]
    return Add(*terms, _rational(weights[-1]))


def _step(entry: Expr) -> Side:
    """1 where the expression is positive, 0 elsewhere."""
    return scalar(Iverson(entry > 0), Call("step", (index_form(Tensor((), entry))[1],)))


def _rational(number: Fraction) -> Rational:
    return Rational(number.numerator, number.denominator)


def _table(points: Points, sides: Sequence[Side], hidden: dict[str, Tensor] | None = None) -> Grid:
    """The points with their classes, and what the sides are there."""
    heading = (*(scalar(Entry(name)) for name in points.inputs), *sides, scalar(Entry(points.label)))
    rows = []
    for point, one in zip(points.rows, points.classes, strict=True):
        values = {Entry(name): _rational(x) for name, x in zip(points.inputs, point, strict=True)}
        inner = {Entry(name): formula.entry.xreplace(values) for name, formula in (hidden or {}).items()}
        found = [side.tensor.entry.xreplace(values).xreplace(inner) for side in sides]
        rows.append(tuple(scalar(number) for number in (*values.values(), *found, Rational(one))))
    return Grid(heading, tuple(rows))


SEPARABLE = Kind("separable", (), separable)
NETWORK = Kind("network", (), network)
