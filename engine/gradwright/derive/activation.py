"""What there is to know of a function of one number: its slope, kinks, limits, range, symmetry.

Nothing here is a table: the slope is the engine's own derivative, and every fact is a limit or a zero of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import sympy
from sympy import Expr, S, Symbol

from gradwright.derive.alone import entrywise, options
from gradwright.derive.branches import Piecewise, piecewise, seams
from gradwright.derive.derivation import Derivation, derive
from gradwright.derive.extremes import Extreme, extreme, limit
from gradwright.errors import UsageError
from gradwright.tensor.instantiate import spelled_out
from gradwright.tensor.nodes import Entry, Tensor


@dataclass(frozen=True)
class End:
    """What a function and its slope tend to as the argument goes to minus or plus infinity."""

    value: Expr
    slope: Expr

    @property
    def saturates(self) -> bool:
        """Whether the slope dies away: nothing is learnt there."""
        return bool(self.slope == 0)


@dataclass(frozen=True)
class Kink:
    """A place where the formula changes.

    Args:
        place: Where.
        value: The function's value there.
        left: What the function tends to from the left.
        right: And from the right.
        slopes: What the slope tends to from the left and from the right.
        taken: The slope that the product takes there.
    """

    place: Expr
    value: Expr
    left: Expr
    right: Expr
    slopes: tuple[Expr, Expr]
    taken: Expr

    @property
    def continuous(self) -> bool:
        """Whether the function has no jump here."""
        return bool(self.left == self.value == self.right)

    @property
    def differentiable(self) -> bool:
        """Whether the slopes of both sides are one."""
        return self.continuous and bool(self.slopes[0] == self.slopes[1])


@dataclass(frozen=True)
class Activation:
    """A function of one number with what follows from its formula.

    Args:
        name: Its name.
        derivation: The derivation of its slope, from ``y = f(x)`` and ``L = sum(y)``.
        settings: The further numbers of the function, and the values at which the facts hold.
        function: The function's branches.
        slope: The branches of its derivative, between the same places.
        kinks: The places where branches meet.
        ends: To the left and to the right.
        least: Of the function.
        greatest: Of the function.
        steepest: The greatest slope.
        flattest: The least slope.
        parity: ``odd``, ``even`` or ``""``.
    """

    name: str
    derivation: Derivation
    settings: Mapping[str, Expr]
    function: Piecewise
    slope: Piecewise
    kinks: tuple[Kink, ...]
    ends: tuple[End, End]
    least: Extreme
    greatest: Extreme
    steepest: Extreme
    flattest: Extreme
    parity: str

    @property
    def rises(self) -> bool:
        """Whether the function never falls: no slope is negative, and no jump goes down."""
        return bool(self.flattest.value >= 0) and not self._jumps(-1)

    @property
    def falls(self) -> bool:
        """Whether the function never rises."""
        return bool(self.steepest.value <= 0) and not self._jumps(1)

    @property
    def flat(self) -> bool:
        """Whether the slope is 0 wherever there is one."""
        return all(branch.formula == 0 for branch in self.slope.branches)

    @property
    def continuous(self) -> bool:
        """Whether the function has no jump."""
        return all(kink.continuous for kink in self.kinks)

    def _jumps(self, sign: int) -> bool:
        steps = [s for k in self.kinks for s in (k.value - k.left, k.right - k.value)]
        return any(sign * step > 0 for step in steps)


def activation(name: str) -> Activation | None:
    """What there is to know of a function of one number; None where the function takes more than that.

    Raises:
        UsageError: The function is not defined for all real numbers, or changes without end (``sin``).
    """
    model = entrywise(name)
    if model is None:
        return None
    settings = {key: sympy.Rational(tree.value) for key, tree in options(name).items()}
    derivation = derive(model, "x")
    x = Symbol("x", real=True)
    value, derivative = plain(derivation, x, settings)
    function, slope = _split(value, derivative, x)
    _check(name, function)
    return Activation(
        name,
        derivation,
        settings,
        function,
        slope,
        tuple(_kink(function, slope, place) for place in range(len(function.kinks))),
        (_end(function, slope, -1), _end(function, slope, 1)),
        extreme(function, least=True),
        extreme(function, least=False),
        extreme(slope, least=False),
        extreme(slope, least=True),
        _parity(function),
    )


def plain(derivation: Derivation, x: Symbol, settings: Mapping[str, Expr]) -> tuple[Expr, Expr]:
    """A function's formula and its derived slope in ``x`` alone, with its further numbers put in."""
    model = derivation.model
    own = next(one for one in derivation.adjoints if one.of == "x")
    formulas = {definition.name: definition.tensor for definition in model.definitions}
    value = next(d.tensor for d in model.definitions if d.name == "y")
    return _in_x(value, x, settings), _in_x(spelled_out(own.tensor, formulas), x, settings)


def _split(value: Expr, derivative: Expr, x: Symbol) -> tuple[Piecewise, Piecewise]:
    """The branches of a function and of its slope, between the same places: those where something changes."""
    kinks = seams(value, x)
    function, slope = piecewise(value, x, kinks), piecewise(derivative, x, kinks)
    changes = [
        place
        for place, one, other, up, on in zip(
            kinks, function.branches, function.branches[1:], slope.branches, slope.branches[1:], strict=False
        )
        if (one.formula, up.formula) != (other.formula, on.formula)
    ]
    kept = tuple(changes)
    return (function, slope) if kept == kinks else (piecewise(value, x, kept), piecewise(derivative, x, kept))


def _in_x(tensor: Tensor, x: Symbol, settings: Mapping[str, Expr]) -> Expr:
    values = {
        node: x if node.name == "x" else settings.get(node.name, node) for node in tensor.entry.atoms(Entry)
    }
    result: Expr = tensor.entry.xreplace(values)
    return result


def _check(name: str, function: Piecewise) -> None:
    """Raise for a function that has no value somewhere, or steps without end."""
    if any(branch.formula.has(sympy.floor, sympy.ceiling, sympy.Mod) for branch in function.branches):
        raise UsageError(f"{name} changes at places without end, so it is not studied as an activation")
    for branch in function.branches:
        inside = [place for place in (-7.3, -3, -0.37, 0, 0.41, 6.9) if branch.low < place < branch.high]
        values = [sympy.N(branch.formula.subs(function.x, place)) for place in inside]
        if not all(value.is_real and value.is_finite for value in values):
            hint = f"give an expression: 'sum({name}(x))' --var 'x: n' --domain 'x: pos'"
            raise UsageError(f"{name} is not defined for all real numbers", hint=hint)


def _end(function: Piecewise, slope: Piecewise, sign: int) -> End:
    place, side = (S.Infinity, "-") if sign > 0 else (S.NegativeInfinity, "+")
    last = -1 if sign > 0 else 0
    return End(
        limit(function.branches[last].formula, function.x, place, side),
        limit(slope.branches[last].formula, function.x, place, side),
    )


def _kink(function: Piecewise, slope: Piecewise, number: int) -> Kink:
    place, x = function.kinks[number], function.x
    before, after = function.branches[number : number + 2]
    steep = slope.branches[number : number + 2]
    return Kink(
        place,
        function.values[number],
        limit(before.formula, x, place, "-"),
        limit(after.formula, x, place, "+"),
        (limit(steep[0].formula, x, place, "-"), limit(steep[1].formula, x, place, "+")),
        slope.values[number],
    )


def _parity(function: Piecewise) -> str:
    """``odd`` where ``f(-x) = -f(x)`` on every branch and where they meet, ``even`` where it is ``f(x)``."""
    x = function.x
    mirrored = [(-k, v) for k, v in zip(function.kinks[::-1], function.values[::-1], strict=True)]
    pairs = zip(function.branches, function.branches[::-1], strict=True)
    matches = [(one.formula, other.formula.subs(x, -x)) for one, other in pairs]
    for word, sign in (("odd", -1), ("even", 1)):
        meets = all(
            k == m and v == sign * w
            for (k, v), (m, w) in zip(
                zip(function.kinks, function.values, strict=True), mirrored, strict=True
            )
        )
        if meets and all(
            sympy.simplify((one - sign * other).rewrite(sympy.exp)) == 0 for one, other in matches
        ):
            return word
    return ""
