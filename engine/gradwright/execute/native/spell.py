"""Expressions of the loop program as text that reads like Python."""

from __future__ import annotations

import math
from collections.abc import Sequence

from gradwright.execute.native.form import SETTINGS
from gradwright.execute.native.index import Divided, Item, Place, Var
from gradwright.execute.native.labels import Labels
from gradwright.execute.native.tree import Const, Draw, Expr, Load, Op, Reduce, Test, Whole, walk

CHOICE, OR, AND, NOT, COMPARE, SUM, PRODUCT, SIGN, POWER, ATOM = range(10)
SIGNS = {"lt": "<", "le": "<=", "gt": ">", "ge": ">=", "eq": "==", "ne": "!="}
MIRRORED = {"lt": ">", "le": ">=", "gt": "<", "ge": "<=", "eq": "==", "ne": "!="}
NAMES = {"tgamma": "gamma", "lgamma": "loggamma"}
ONE, ZERO = Const(1.0), Const(0.0)


class Speller:
    """Writes expressions.

    Args:
        labels: What everything is called.
    """

    def __init__(self, labels: Labels) -> None:
        self.labels = labels

    def entry(self, buffer: str, places: Sequence[Place]) -> str:
        """An entry of a value: ``Z[n, k]``."""
        if buffer == SETTINGS and not places[0].terms and places[0].const < len(self.labels.settings):
            return self.labels.settings[places[0].const]
        at = ", ".join(self.place(place) for place in places)
        return f"{self.labels.value(buffer)}[{at}]" if places else self.labels.value(buffer)

    def place(self, place: Place) -> str:
        """A whole number: ``2*i + a - 1``."""
        parts = [(factor, self._term(term)) for term, factor in place.terms]
        if place.const or not parts:
            parts.append((place.const, ""))
        parts.sort(key=lambda part: part[0] < 0)
        text = ""
        for factor, term in parts:
            size = str(abs(factor)) if not term else term if abs(factor) == 1 else f"{abs(factor)}*{term}"
            sign = ("-" if factor < 0 else "") if not text else " - " if factor < 0 else " + "
            text += sign + size
        return text

    def _term(self, term: Var | Item | Divided) -> str:
        if isinstance(term, Var):
            return self.labels.counter(term)
        if isinstance(term, Item):
            return self.entry(term.buffer, term.places)
        inner = self.place(term.place)
        inner = f"({inner})" if " " in inner else inner
        return f"({inner} {'//' if term.kind == 'div' else '%'} {term.divisor})"

    def text(self, expr: Expr, around: int = CHOICE) -> str:
        """An expression, in parentheses if it binds less than what is around it."""
        found, binds = self._spelled(expr)
        return f"({found})" if binds < around else found

    def terms(self, expr: Expr) -> list[str]:
        """The terms of a sum, each but the first with its sign; one term for anything else."""
        if not (isinstance(expr, Op) and expr.name == "add"):
            return [self.text(expr)]
        found: list[str] = []
        for term in sorted(_flat(expr, "add"), key=_late):
            positive = _negated(term)
            text = self.text(term if positive is None else positive, SUM if positive is None else PRODUCT)
            sign = "" if positive is None and not found else "-" if positive is not None and not found else ""
            found.append(sign + text if not found else f"{'+' if positive is None else '-'} {text}")
        return found

    def _spelled(self, expr: Expr) -> tuple[str, int]:
        match expr:
            case Const():
                return _number(expr.value)
            case Load():
                return self.entry(expr.buffer, expr.places), ATOM
            case Draw():
                return f"draw({', '.join((expr.buffer, *map(self.place, expr.places)))})", ATOM
            case Whole():
                return self.place(expr.place), SUM if len(expr.place.terms) + bool(
                    expr.place.const
                ) > 1 else PRODUCT
            case Test():
                return self._test(expr), COMPARE
            case Reduce():
                return self._reduce(expr), ATOM
            case Op():
                return self._operation(expr)
        raise AssertionError(expr)

    def _test(self, test: Test) -> str:
        """A comparison of whole numbers, what is subtracted on the other side."""
        place = test.place
        left = Place(max(place.const, 0), tuple((term, factor) for term, factor in place.terms if factor > 0))
        right = Place(
            max(-place.const, 0), tuple((term, -factor) for term, factor in place.terms if factor < 0)
        )
        if not left.terms and right.terms:
            return f"{self.place(right)} {MIRRORED[test.relation]} {self.place(left)}"
        return f"{self.place(left)} {SIGNS[test.relation]} {self.place(right)}"

    def _reduce(self, expr: Reduce) -> str:
        loops = " ".join(f"for {self.labels.counter(var)} in range({var.extent})" for var in expr.over)
        return f"{expr.kind}({self.text(expr.body, OR)} {loops})"

    def _operation(self, expr: Op) -> tuple[str, int]:
        name, args = expr.name, expr.args
        negative = _negated(expr)
        if negative is not None and name != "add":
            return f"-{self.text(negative, PRODUCT)}", SIGN
        if name == "add":
            return " ".join(self.terms(expr)), SUM
        if name == "mul":
            return self._product(expr), PRODUCT
        if name == "div":
            return f"{self.text(args[0], PRODUCT)}/{self.text(args[1], SIGN)}", PRODUCT
        if name == "fma":
            return (
                f"{self.text(args[0], PRODUCT)}*{self.text(args[1], SIGN)} + {self.text(args[2], SUM)}",
                SUM,
            )
        if name == "pow":
            return f"{self.text(args[0], ATOM)}**{self.text(args[1], SIGN)}", POWER
        if name == "whole_div" and args[1] == ONE:
            return self._spelled(args[0])
        if name in ("whole_div", "whole_mod", "mod"):
            sign = "//" if name == "whole_div" else "%"
            return f"{self.text(args[0], PRODUCT)} {sign} {self.text(args[1], SIGN)}", PRODUCT
        return self._logic(name, args)

    def _logic(self, name: str, args: Sequence[Expr]) -> tuple[str, int]:
        if name in SIGNS:
            return f"{self.text(args[0], SUM)} {SIGNS[name]} {self.text(args[1], SUM)}", COMPARE
        if name in ("and", "or"):
            level = AND if name == "and" else OR
            return f" {name} ".join(self.text(one, level) for one in args), level
        if name == "not":
            return f"not {self.text(args[0], NOT)}", NOT
        if name == "within" and isinstance(args[1], Op) and args[1].name == "select":
            return self._spelled(args[1])
        if name in ("select", "guarded", "within"):
            truth, yes, no = (*args, ZERO) if name == "guarded" else args
            return f"{self.text(yes, OR)} if {self.text(truth, OR)} else {self.text(no, CHOICE)}", CHOICE
        return f"{NAMES.get(name, name)}({', '.join(self.text(one) for one in args)})", ATOM

    def _product(self, expr: Op) -> str:
        """A product: a number first, sums last, and a factor that comes twice squared."""
        factors = sorted(_flat(expr, "mul"), key=lambda one: (not isinstance(one, Const), _is_sum(one)))
        number = factors[0].value if isinstance(factors[0], Const) else 1.0
        divisor = _divisor(number)
        if divisor:
            factors = factors[1:] if number > 0 else [Const(-1.0), *factors[1:]]
        parts: list[str] = []
        for factor in dict.fromkeys(factors):
            count, level = factors.count(factor), SIGN if parts else PRODUCT
            parts.append(self.text(factor, level) if count == 1 else f"{self.text(factor, ATOM)}**{count}")
        return "*".join(parts) + (f"/{divisor}" if divisor else "")


def _divisor(number: float) -> int:
    """The whole number of which a number is the reciprocal, but for its sign; 0 if it is of none."""
    whole = round(1 / abs(number)) if 0 < abs(number) < 1 else 0
    return whole if whole and math.isclose(abs(number) * whole, 1, rel_tol=1e-12) and whole < 1e5 else 0


def _number(value: float) -> tuple[str, int]:
    """A number in few digits if these are all, as a fraction if it is one, else in full; and how it binds."""
    short = f"{value:g}"
    if float(short) != value and _divisor(value):
        return f"{'-' if value < 0 else ''}1/{_divisor(value)}", PRODUCT
    return short if float(short) == value else repr(value), ATOM if value >= 0 else SIGN


def _flat(expr: Op, name: str) -> list[Expr]:
    """The terms or factors of a sum or product, those of ones inside it too."""
    found: list[Expr] = []
    for one in expr.args:
        found += _flat(one, name) if isinstance(one, Op) and one.name == name else [one]
    return found


def _negated(expr: Expr) -> Expr | None:
    """What an expression is minus of; None if it bears no sign."""
    if isinstance(expr, Const):
        return Const(-expr.value) if expr.value < 0 else None
    if not isinstance(expr, Op):
        return None
    if expr.name == "neg":
        return expr.args[0]
    if expr.name == "mul":
        number = next((one for one in expr.args if isinstance(one, Const) and one.value < 0), None)
        if number is not None:
            rest = tuple(one for one in expr.args if one is not number)
            rest = rest if number.value == -1 else (Const(-number.value), *rest)
            return rest[0] if len(rest) == 1 else Op("mul", rest)
    if expr.name == "div":
        top = _negated(expr.args[0])
        return None if top is None else Op("div", (top, expr.args[1]))
    return None


def _late(term: Expr) -> tuple[bool, bool, bool]:
    """How late a term of a sum is written: minus signs last, numbers after values, sums first."""
    return (
        _negated(term) is not None,
        isinstance(term, Const),
        not any(isinstance(n, Reduce) for n in walk(term)),
    )


def _is_sum(expr: Expr) -> bool:
    return isinstance(expr, Op) and expr.name in ("add", "select", "guarded", "within")
