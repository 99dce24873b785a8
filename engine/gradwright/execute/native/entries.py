"""SymPy's expressions as the loop program's: numbers, truths, and whole numbers that are places."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import sympy
from sympy import Add, And, Eq, Expr, Integer, Le, Lt, Mul, Ne, Not, Or, Pow, S, Symbol
from sympy.core.basic import Basic
from sympy.core.relational import Relational

from gradwright.errors import UsageError
from gradwright.execute.native import tree
from gradwright.execute.native.buffer import Buffer
from gradwright.execute.native.index import Divided, Item, Place, Var, var_place
from gradwright.execute.native.names import FUNCTIONS, INVERSES, RELATIONS
from gradwright.execute.native.statement import Kernel, Outside, Statement, Store
from gradwright.execute.native.tree import Const, Load, Op, Reduce, Whole
from gradwright.execute.numeric import FUNCTIONS as NUMPY
from gradwright.tensor.nodes import Delta, Entry, Index, Iverson, MaxOver, ProductOver, Sum, Where

ONE, ZERO = Const(1.0), Const(0.0)


class Entries:
    """Reads expressions; each index is one counter.

    Args:
        integers: The values that hold whole numbers.
        buffers: Where values are entered that a function without loops needs; None if there can be none.
    """

    def __init__(self, integers: frozenset[str], buffers: dict[str, Buffer] | None = None) -> None:
        self.integers, self.buffers = integers, buffers
        self.before: list[Statement] = []
        self.known: dict[Basic, Load] = {}
        self.times: dict[Index, Var] = {}
        self.vars: dict[Index, Var] = {}

    def counter(self, index: Index) -> Var:
        """The counter of an index."""
        if index not in self.vars:
            self.vars[index] = Var(index.name.replace(".", ""), int(index.extent))
        return self.vars[index]

    def place(self, expr: Basic) -> Place:
        """A whole number."""
        if isinstance(expr, Integer):
            return Place(int(expr))
        if isinstance(expr, Index):
            return var_place(self.counter(expr))
        if isinstance(expr, Entry):
            item = Item(expr.name, tuple(self.place(place) for place in expr.indices))
            return Place(0, ((item, 1),))
        if isinstance(expr, Add):
            total = Place(0)
            for term in expr.args:
                total = total + self.place(term)
            return total
        if isinstance(expr, Mul) and isinstance(expr.args[0], Integer):
            return self.place(Mul(*expr.args[1:])).times(int(expr.args[0]))
        if isinstance(expr, sympy.floor):
            upper, lower = expr.args[0].together().as_numer_denom()
            return self._divided("div", upper.expand(), lower)
        if isinstance(expr, sympy.Mod):
            return self._divided("mod", *expr.args)
        raise UsageError(f"{expr} is no place that can be compiled", hint='use backend="numpy"')

    def _divided(self, kind: str, upper: Expr, lower: Expr) -> Place:
        if not isinstance(lower, Integer) or lower <= 0:
            raise UsageError(f"{upper} divided by {lower} is no place that can be compiled")
        return Place(0, ((Divided(kind, self.place(upper), int(lower)), 1),))

    def number(self, expr: Basic) -> tree.Expr:
        """A number."""
        if isinstance(expr, Entry):
            return Load(expr.name, tuple(self.place(place) for place in expr.indices))
        if expr.is_number and not expr.has(Entry, Symbol):
            return Const(float(expr) if expr.is_extended_real else math.nan)
        if isinstance(expr, Symbol):
            return Whole(self.place(expr))
        if isinstance(expr, Add):
            return Op("add", tuple(self.number(term) for term in expr.args))
        if isinstance(expr, Mul | Delta | Iverson):
            return self._product(Mul.make_args(expr))
        if isinstance(expr, Pow):
            return self._product((expr,))
        return self._call(expr)

    def _product(self, factors: Sequence[Basic]) -> tree.Expr:
        """A product; what stands to a negative power stands below, a delta or a condition becomes a case."""
        upper: list[tree.Expr] = []
        lower: list[tree.Expr] = []
        tests: list[tree.Expr] = []
        for factor in factors:
            if isinstance(factor, Delta):
                tests.append(self._test("eq", factor.args[0] - factor.args[1]))
            elif isinstance(factor, Iverson):
                tests.append(self.truth(factor.args[0]))
            elif factor.is_number and not factor.has(Entry, Symbol):
                upper.append(self.number(factor))
            elif isinstance(factor, Pow) and factor.exp.is_number and factor.exp.is_negative:
                self._below(factor, upper, lower)
            elif isinstance(factor, Pow):
                upper.append(self._power(factor.base, factor.exp))
            else:
                upper.append(self.number(factor))
        if any(isinstance(factor, sympy.log) for factor in factors):
            others = [
                f for f in factors if not f.is_number and not isinstance(f, sympy.log | Delta | Iverson)
            ]
            tests += [Op("ne", (self.number(other), ZERO)) for other in others]
        value = _times(upper)
        if lower:
            below = _times(lower)
            if isinstance(below, Const):
                value = _times([*upper, Const(1 / below.value)])
            else:
                value = Op("div", (value, below))
        if tests:
            value = Op("select", (_all(tests), value, ZERO))
        return value

    def _below(self, factor: Pow, upper: list[tree.Expr], lower: list[tree.Expr]) -> None:
        """A factor to a negative power; ``1/(1 + exp(-z))`` is the logistic function, without overflow."""
        base = factor.base
        one_more = isinstance(base, Add) and len(base.args) == 2 and base.args[0] == 1
        if factor.exp == -1 and one_more and isinstance(base.args[1], sympy.exp):
            upper.append(Op("sigmoid", (self.number(-base.args[1].args[0]),)))
        else:
            lower.append(self._power(base, -factor.exp))

    def _power(self, base: Expr, exponent: Expr) -> tree.Expr:
        value = self.number(base)
        if exponent == S.Half:
            return Op("sqrt", (value,))
        if exponent.is_Integer and 0 < int(exponent) <= 16:
            return _times([value] * int(exponent))
        if (2 * exponent).is_Integer and 0 < exponent <= 4:
            return _times([value] * int(sympy.floor(exponent)) + [Op("sqrt", (value,))])
        return Op("pow", (value, self.number(exponent)))

    def _call(self, expr: Basic) -> tree.Expr:
        if isinstance(expr, Sum | MaxOver | ProductOver):
            kind = {Sum: "sum", MaxOver: "max", ProductOver: "prod"}[type(expr)]
            over = tuple(self.counter(index) for index in expr.bound)
            return Reduce(kind, over, self.number(expr.body))
        if isinstance(expr, Where):
            condition, yes, no = expr.args
            return Op("select", (self.truth(condition), self.number(yes), self.number(no)))
        if isinstance(expr, sympy.Piecewise):
            value: tree.Expr = Const(math.nan)
            for case in reversed(expr.args):
                value = Op("select", (self.truth(case.args[1]), self.number(case.args[0]), value))
            return value
        if isinstance(expr, sympy.Max | sympy.Min):
            name = "max" if isinstance(expr, sympy.Max) else "min"
            args = sorted(expr.args, key=lambda item: bool(item.is_number))
            value = self.number(args[0])
            for other in args[1:]:
                value = Op(name, (value, self.number(other)))
            return value
        if isinstance(expr, sympy.Mod):
            return Op("mod", (self.number(expr.args[0]), self.number(expr.args[1])))
        if expr.func in INVERSES:
            return Op("div", (ONE, Op(INVERSES[expr.func], (self.number(expr.args[0]),))))
        if expr.func in FUNCTIONS:
            return Op(FUNCTIONS[expr.func], tuple(self.number(argument) for argument in expr.args))
        return self._outside(expr)

    def _outside(self, expr: Basic) -> Load:
        """An entry of what NumPy makes of a function, at all places of the loops at once."""
        if self.buffers is None or expr.func not in NUMPY:
            shown = f"{expr.func.__name__}({', '.join(map(str, expr.args))})"
            raise UsageError(f"{shown} can't be compiled", hint='use backend="numpy"')
        if expr not in self.known:
            args = [self.number(argument) for argument in expr.args]
            own = frozenset().union(*(argument.vars for argument in args)) - set(self.times.values())
            loops = [var for var in self.vars.values() if var in own]
            given = [argument for argument in args if not isinstance(argument, Const)]
            names = tuple(self._stored(argument, loops) for argument in given)
            target = self._temporary(loops)
            apply = _bound(NUMPY[expr.func], args)
            self.before.append(Outside(expr.func.__name__, apply, names, target))
            self.known[expr] = Load(target, tuple(map(var_place, loops)))
        return self.known[expr]

    def _stored(self, value: tree.Expr, loops: Sequence[Var]) -> str:
        """The name of a value that is computed at all places of some loops."""
        fresh = {var: Var(var.name, var.extent) for var in loops}
        name = self._temporary(loops)
        places = tuple(map(var_place, fresh.values()))
        moved = tree.put(value, dict(zip(loops, places, strict=True)))
        self.before.append(Kernel(tuple(fresh.values()), (Store(name, places, moved),)))
        return name

    def _temporary(self, loops: Sequence[Var]) -> str:
        assert self.buffers is not None
        name = f"~outside {len(self.buffers)}"
        self.buffers[name] = Buffer(tuple(var.extent for var in loops))
        return name

    def truth(self, condition: Basic) -> tree.Expr:
        """A condition."""
        if isinstance(condition, Relational):
            parts = _conjuncts(condition)
            if parts:
                return _all([self.truth(part) for part in parts])
            left, right = condition.args
            if self._is_whole(left) and self._is_whole(right):
                return self._test(RELATIONS[condition.func], left - right)
            return Op(RELATIONS[condition.func], (self.number(left), self.number(right)))
        if isinstance(condition, Not):
            return Op("not", (self.truth(condition.args[0]),))
        if isinstance(condition, And | Or):
            name = "and" if isinstance(condition, And) else "or"
            return Op(name, tuple(self.truth(part) for part in condition.args))
        return Op("eq", (ONE, ONE if condition == S.true else ZERO))

    def _test(self, relation: str, difference: Expr) -> tree.Expr:
        """A truth about whole numbers; one that is read is compared as a number, many at a time."""
        place = self.place(difference.expand())
        read = [(term, factor) for term, factor in place.terms if isinstance(term, Item)]
        if len(read) == 1 and read[0][1] in (1, -1):
            item, sign = read[0]
            rest = Place(place.const, tuple(pair for pair in place.terms if pair[0] is not item))
            sides = (Load(item.buffer, item.places), Whole(rest.times(-1)))
            return Op(relation, sides if sign > 0 else (Whole(rest), sides[0]))
        return tree.Test(relation, place)

    def _is_whole(self, expr: Basic) -> bool:
        if isinstance(expr, Entry):
            return expr.name in self.integers
        if not expr.args:
            return isinstance(expr, Integer | Symbol)
        return isinstance(expr, Add | Mul | sympy.Mod | sympy.floor) and all(
            self._is_whole(part) for part in expr.args
        )


def _bound(function: Callable[..., Any], args: Sequence[tree.Expr]) -> Callable[..., Any]:
    """A function of those arguments that are no numbers."""

    def apply(*arrays: Any) -> Any:
        rest = iter(arrays)
        return function(*(one.value if isinstance(one, Const) else next(rest) for one in args))

    return apply


def _conjuncts(condition: Relational) -> list[Basic]:
    """The conditions of which a condition is made: ``a*b != 0`` of truths, ``abs(x) <= y`` of both signs."""
    left, right = condition.args
    factors = Mul.make_args(left)
    if isinstance(condition, Ne) and right == 0 and all(isinstance(one, Iverson | Delta) for one in factors):
        return [one.args[0] if isinstance(one, Iverson) else Eq(*one.args) for one in factors]
    if isinstance(left, sympy.Abs) and isinstance(condition, Lt | Le):
        return [condition.func(side, right) for side in (left.args[0], -left.args[0])]
    return []


def _all(truths: Sequence[tree.Expr]) -> tree.Expr:
    return truths[0] if len(truths) == 1 else Op("and", tuple(truths))


def _times(factors: Sequence[tree.Expr]) -> tree.Expr:
    numbers = [factor.value for factor in factors if isinstance(factor, Const)]
    rest = [factor for factor in factors if not isinstance(factor, Const)]
    number = math.prod(numbers)
    if not rest:
        return Const(float(number))
    if number == -1.0:
        inner = rest[0] if len(rest) == 1 else Op("mul", tuple(rest))
        return Op("neg", (inner,))
    parts = rest if number == 1.0 else [Const(float(number)), *rest]
    return parts[0] if len(parts) == 1 else Op("mul", tuple(parts))
