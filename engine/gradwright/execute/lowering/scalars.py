"""The text of a scalar expression inside loops; what a loop does not change is computed before it."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sympy
from sympy import Add, And, Expr, Integer, Mul, Not, Or, Pow, S, Symbol, log
from sympy.core.basic import Basic
from sympy.core.relational import Relational

from gradwright.errors import UsageError
from gradwright.execute.affine import indices_of
from gradwright.execute.lowering.spelling import Spelling
from gradwright.execute.stable import Softplus
from gradwright.tensor.nodes import Delta, Entry, Index, Iverson, MaxOver, ProductOver, Sum, Where

CALLS: Mapping[Any, str] = {
    sympy.exp: "math.exp({})",
    sympy.log: "math.log({})",
    sympy.sin: "math.sin({})",
    sympy.cos: "math.cos({})",
    sympy.tan: "math.tan({})",
    sympy.sinh: "math.sinh({})",
    sympy.cosh: "math.cosh({})",
    sympy.tanh: "math.tanh({})",
    sympy.asin: "math.asin({})",
    sympy.acos: "math.acos({})",
    sympy.atan: "math.atan({})",
    sympy.asinh: "math.asinh({})",
    sympy.acosh: "math.acosh({})",
    sympy.atanh: "math.atanh({})",
    sympy.atan2: "math.atan2({}, {})",
    sympy.sec: "(F(1.0) / math.cos({}))",
    sympy.csc: "(F(1.0) / math.sin({}))",
    sympy.cot: "(F(1.0) / math.tan({}))",
    sympy.sech: "(F(1.0) / math.cosh({}))",
    sympy.csch: "(F(1.0) / math.sinh({}))",
    sympy.coth: "(F(1.0) / math.tanh({}))",
    sympy.erf: "math.erf({})",
    sympy.erfc: "math.erfc({})",
    sympy.gamma: "math.gamma({})",
    sympy.loggamma: "math.lgamma({})",
    sympy.Abs: "abs({})",
    sympy.sign: "np.sign({})",
    sympy.floor: "np.floor({})",
    sympy.ceiling: "np.ceil({})",
    sympy.Mod: "({} % {})",
    Softplus: "(max({0}, F(0.0)) + math.log1p(math.exp(-abs({0}))))",
}
COMPARE: Mapping[Any, str] = {
    sympy.Gt: ">",
    sympy.Ge: ">=",
    sympy.Lt: "<",
    sympy.Le: "<=",
    sympy.Eq: "==",
    sympy.Ne: "!=",
}


@dataclass
class Frame:
    """Lines at one depth of loops.

    Args:
        indices: The indices that have a value here.
        known: Variables that hold an expression's value.
        assured: Conditions that hold here.
    """

    indices: frozenset[Index]
    lines: list[str] = field(default_factory=list)
    known: dict[Basic, str] = field(default_factory=dict)
    assured: frozenset[str] = frozenset()


class Scalars:
    """Writes scalar expressions as text, line by line, into nested loops."""

    def __init__(self, spelling: Spelling) -> None:
        self.spelling = spelling
        self.frames: list[Frame] = []
        self._count = 0

    def variable(self) -> str:
        """A new variable."""
        self._count += 1
        return f"x{self._count}"

    def line(self, text: str) -> None:
        """A line at the present depth."""
        self.frames[-1].lines.append(text)

    @contextlib.contextmanager
    def loops(self, indices: Sequence[Index]) -> Iterator[None]:
        """Nested loops around what is written inside."""
        for index in indices:
            self.frames.append(Frame(self.frames[-1].indices | {index}))
        yield
        for index in reversed(indices):
            inner = self.frames.pop()
            extent = self.spelling.whole(index.extent)
            self.line(f"for {self.spelling.index(index)} in range({extent}):")
            self.frames[-1].lines += [f"    {text}" for text in inner.lines]

    @contextlib.contextmanager
    def condition(self, guards: Sequence[str]) -> Iterator[None]:
        """A condition around what is written inside."""
        if not guards:
            yield
            return
        self.frames.append(Frame(self.frames[-1].indices, assured=frozenset(guards)))
        yield
        inner = self.frames.pop()
        self.line(f"if {' and '.join(dict.fromkeys(guards))}:")
        self.frames[-1].lines += [f"    {text}" for text in inner.lines]

    def number(self, expr: Basic) -> str:
        """The text of an expression; lines that it needs are written before."""
        if isinstance(expr, Symbol):
            return f"F({self.spelling.whole(expr)})"
        if isinstance(expr, Entry):
            return self._entry(expr)
        if expr.is_number and not expr.has(Entry, Symbol):
            value = float(expr) if expr.is_extended_real else math.nan
            return (
                f"F({value!r})" if math.isfinite(value) else f"F({'-' if value < 0 else ''}np.{abs(value)})"
            )
        if isinstance(expr, Add):
            return "(" + " + ".join(self.number(term) for term in expr.args) + ")"
        if isinstance(expr, Mul) and not self._guards(expr, write=False)[0]:
            return self._product(expr.args)
        return self._named(expr)

    def _product(self, factors: Sequence[Basic]) -> str:
        if factors and factors[0] == -1:
            return f"(-{self._product(factors[1:])})"
        if len(factors) < 2:
            return self.number(factors[0]) if factors else "F(1.0)"
        return "(" + " * ".join(self.number(factor) for factor in factors) + ")"

    def _entry(self, entry: Entry) -> str:
        text = self.spelling.item(entry)
        assured = {guard for frame in self.frames for guard in frame.assured}
        guards = [guard for guard in self.spelling.outside(entry) if guard not in assured]
        if entry.name in self.spelling.integers:
            text = f"F({text})"
        return f"({text} if {' and '.join(guards)} else F(0.0))" if guards else text

    def _named(self, expr: Basic) -> str:
        """A variable that holds the expression, computed as far outside as it can be."""
        for frame in self.frames:
            if expr in frame.known:
                return frame.known[expr]
        inner = set().union(*(frame.indices for frame in self.frames))
        needed = indices_of(expr) & inner
        depth = next(at for at, frame in enumerate(self.frames) if needed <= frame.indices)
        frames, self.frames = self.frames, self.frames[: depth + 1]
        name = self.variable()
        self._define(name, expr)
        self.frames[-1].known[expr] = name
        self.frames = frames
        return name

    def _define(self, name: str, expr: Basic) -> None:
        """Write the lines that give ``name`` the value of a node."""
        if isinstance(expr, Sum | ProductOver | MaxOver):
            self._reduction(name, expr)
        elif isinstance(expr, Mul | Iverson | Delta):
            guards, rest = self._guards(expr, write=True)
            self.line(f"{name} = F(0.0)")
            with self.condition(guards):
                self.line(f"{name} = {self._product(rest)}")
        else:
            self.line(f"{name} = {self._operation(expr)}")

    def _operation(self, expr: Basic) -> str:
        if isinstance(expr, Pow):
            return self._power(*expr.args)
        if isinstance(expr, Where):
            condition, yes, no = expr.args
            return f"{self.number(yes)} if {self.truth(condition)} else {self.number(no)}"
        if isinstance(expr, sympy.Piecewise):
            text = "F(np.nan)"
            for value, condition in reversed([case.args for case in expr.args]):
                text = f"({self.number(value)} if {self.truth(condition)} else {text})"
            return text
        if isinstance(expr, sympy.Max | sympy.Min):
            return self._extreme(expr)
        if expr.func not in CALLS:
            shown = f"{expr.func.__name__}({', '.join(map(str, expr.args))})"
            raise UsageError(f"{shown} can't be compiled", hint='use backend="numpy"')
        return CALLS[expr.func].format(*(self.number(argument) for argument in expr.args))

    def _power(self, base: Expr, exponent: Expr) -> str:
        text = self.number(base)
        if exponent.is_Integer and abs(int(exponent)) <= 16:
            power = abs(int(exponent))
            if power > 1 and not text.isidentifier():
                name = self.variable()
                self.line(f"{name} = {text}")
                text = name
            whole = " * ".join([text] * power) if power <= 4 else f"{text} ** {power}"
            return f"F(1.0) / ({whole})" if exponent < 0 else whole
        if exponent in (S.Half, -S.Half):
            return f"math.sqrt({text})" if exponent > 0 else f"F(1.0) / math.sqrt({text})"
        return f"{text} ** {self.number(exponent)}"

    def _extreme(self, expr: Expr) -> str:
        """The largest or smallest argument; a NaN stays one."""
        sign = "<" if isinstance(expr, sympy.Max) else ">"
        best, *others = sorted(expr.args, key=lambda item: bool(item.is_number))
        name = self.variable()
        self.line(f"{name} = {self.number(best)}")
        for other in others[:-1]:
            text = self.number(other)
            self.line(f"{name} = {text} if {name} {sign} {text} else {name}")
        text = self.number(others[-1])
        return f"{text} if {name} {sign} {text} else {name}"

    def _reduction(self, name: str, expr: Sum | ProductOver | MaxOver) -> None:
        start = {Sum: "F(0.0)", ProductOver: "F(1.0)", MaxOver: "F(-np.inf)"}[type(expr)]
        self.line(f"{name} = {start}")
        with self.loops(expr.bound):
            if isinstance(expr, Sum):
                self.guarded(expr.body, lambda text: f"{name} += {text}")
            elif isinstance(expr, ProductOver):
                self.line(f"{name} *= {self.number(expr.body)}")
            else:
                item = self.variable()
                self.line(f"{item} = {self.number(expr.body)}")
                self.line(f"if {item} > {name} or {item} != {item}:")
                self.line(f"    {name} = {item}")

    def guarded(self, expr: Expr, write: Callable[[str], str]) -> None:
        """A line made of the expression's text, carried out only where the expression can be other than 0."""
        guards, rest = self._guards(expr, write=True)
        with self.condition(guards):
            self.line(write(self._product(rest)))

    def _guards(self, expr: Basic, write: bool) -> tuple[list[str], list[Basic]]:
        """The conditions outside which a product is 0, and its other factors.

        Args:
            expr: A product, or one factor.
            write: Whether to write the text of the conditions; if not, they only count.
        """
        guards: list[str] = []
        rest: list[Basic] = []
        factors = Mul.make_args(expr)
        for factor in factors:
            if isinstance(factor, Delta):
                left, right = factor.args
                guards.append(f"{self.spelling.whole(left)} == {self.spelling.whole(right)}")
            elif isinstance(factor, Iverson):
                guards.append(self.truth(factor.args[0]) if write else "")
            else:
                rest.append(factor)
                if isinstance(factor, Entry) and len(factors) > 1:
                    guards += self.spelling.outside(factor)
        if any(isinstance(factor, log) for factor in rest):
            others = [factor for factor in rest if not isinstance(factor, log) and not factor.is_number]
            guards += [f"{self.number(factor)} != F(0.0)" if write else "" for factor in others]
        assured = {guard for frame in self.frames for guard in frame.assured}
        return [guard for guard in dict.fromkeys(guards) if guard not in assured], rest

    def truth(self, condition: Basic) -> str:
        """The text of a condition."""
        if isinstance(condition, Relational):
            sides = condition.args
            write = self.spelling.whole if all(map(self._is_whole, sides)) else self.number
            return f"{write(sides[0])} {COMPARE[condition.func]} {write(sides[1])}"
        if isinstance(condition, Not):
            return f"not ({self.truth(condition.args[0])})"
        if isinstance(condition, And | Or):
            word = " and " if isinstance(condition, And) else " or "
            return "(" + word.join(self.truth(part) for part in condition.args) + ")"
        return "True" if condition == S.true else "False"

    def _is_whole(self, expr: Basic) -> bool:
        if isinstance(expr, Entry):
            return expr.name in self.spelling.integers
        if not expr.args:
            return isinstance(expr, Integer | Symbol)
        return isinstance(expr, Add | Mul | sympy.Mod | sympy.floor) and all(
            self._is_whole(part) or (part.is_Rational and isinstance(expr, Mul)) for part in expr.args
        )
