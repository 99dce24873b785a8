"""Costly values that two kernels compute alike are computed once and remembered."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from gradwright.execute.native.buffer import Buffer
from gradwright.execute.native.index import Place, Var, put_place, var_place
from gradwright.execute.native.statement import Kernel, Program, Repeat, Statement, Store, change_store
from gradwright.execute.native.tree import Draw, Expr, Load, Op, Reduce, Test, Whole

COSTLY = frozenset(
    (
        *(
            "erf",
            "erfc",
            "tanh",
            "softplus",
            "log",
            "pow",
            "sin",
            "cos",
            "tan",
            "sinh",
            "cosh",
            "asin",
            "acos",
        ),
        *("atan", "asinh", "acosh", "atanh", "atan2", "tgamma", "lgamma"),
    )
)
"""Functions that cost more than to store a number and to load it again."""


def with_costly_once(program: Program) -> Program:
    """The program in which the first kernel that needs a costly function of some entries stores it."""
    rememberer = _Rememberer(program)
    statements = rememberer.statements(program.statements, ())
    return replace(program, buffers=rememberer.buffers, statements=rememberer.stored(statements))


@dataclass
class _Found:
    """A costly expression where it was first met.

    Args:
        kernel: The number of the kernel that computes it.
        around: All counters that it depends on, in order.
        expr: The expression.
        name: Its buffer, once another kernel wants it.
    """

    kernel: int
    around: tuple[Var, ...]
    expr: Expr
    name: str = ""


class _Rememberer:
    def __init__(self, program: Program) -> None:
        self.buffers = dict(program.buffers)
        self.found: dict[object, _Found] = {}
        self.count = 0
        self.wanted: dict[int, list[_Found]] = {}

    def statements(self, statements: Sequence[Statement], times: tuple[Var, ...]) -> list[Statement]:
        """The statements with costly values that are known already loaded."""
        done: list[Statement] = []
        for statement in statements:
            if isinstance(statement, Repeat):
                body = tuple(self.statements(statement.body, (*times, statement.var)))
                done.append(Repeat(statement.var, statement.direction, body))
            elif isinstance(statement, Kernel) and not any(store.add for store in statement.stores):
                change = functools.partial(self._change, around=(*times, *statement.loops), number=self.count)
                self.count += 1
                stores = tuple(change_store(store, change) for store in statement.stores)
                done.append(Kernel(statement.loops, stores))
            else:
                self.count += isinstance(statement, Kernel)
                done.append(statement)
        return done

    def _change(self, expr: Expr, around: tuple[Var, ...], number: int) -> Expr:
        if _is_costly(expr) and expr.vars == frozenset(around) and not _sums(expr):
            key = _form(expr, {}, self.buffers)
            known = self.found.setdefault(key, _Found(number, around, expr))
            if known.kernel != number and _plain(expr):
                return self._loaded(known, expr)
        if isinstance(expr, Op):
            args = tuple(self._change(argument, around, number) for argument in expr.args)
            same = all(new is old for new, old in zip(args, expr.args, strict=True))
            return expr if same else Op(expr.name, args)
        return expr

    def _loaded(self, known: _Found, expr: Expr) -> Expr:
        """The known value at the counters of another expression of the same form."""
        if not known.name:
            known.name = f"~known {len(self.buffers)}"
            self.buffers[known.name] = Buffer(tuple(var.extent for var in known.around))
            self.wanted.setdefault(known.kernel, []).append(known)
        pairs = dict(zip(_vars(known.expr), _vars(expr), strict=True))
        return Load(known.name, tuple(var_place(pairs[var]) for var in known.around))

    def stored(self, statements: Sequence[Statement]) -> list[Statement]:
        """The statements with the values stored that others load."""
        self.count = 0
        return self._stored(statements)

    def _stored(self, statements: Sequence[Statement]) -> list[Statement]:
        done: list[Statement] = []
        for statement in statements:
            if isinstance(statement, Repeat):
                done.append(Repeat(statement.var, statement.direction, tuple(self._stored(statement.body))))
                continue
            if isinstance(statement, Kernel):
                wanted = self.wanted.get(self.count, [])
                self.count += 1
                more = tuple(Store(f.name, tuple(map(var_place, f.around)), f.expr) for f in wanted)
                statement = Kernel(statement.loops, (*statement.stores, *more))
            done.append(statement)
        return done


def _is_costly(expr: Expr) -> bool:
    return isinstance(expr, Draw) or (isinstance(expr, Op) and expr.name in COSTLY)


def _sums(expr: Expr) -> bool:
    return isinstance(expr, Reduce) or any(_sums(child) for child in expr.children)


def _plain(expr: Expr) -> bool:
    """Whether the places of all entries are counters, so that the same form means the same entries."""
    if isinstance(expr, Load | Draw):
        return all(place.is_affine for place in expr.places)
    return all(_plain(child) for child in expr.children)


def _vars(expr: Expr) -> list[Var]:
    """The counters in the order in which they are met."""
    found: dict[Var, None] = {}
    for place in _places(expr):
        found |= dict.fromkeys(_in_place(place))
    return list(found)


def _in_place(place: Place) -> list[Var]:
    return sorted(place.vars, key=lambda var: var.name)


def _own_places(expr: Expr) -> tuple[Place, ...]:
    if isinstance(expr, Load | Draw):
        return expr.places
    return (expr.place,) if isinstance(expr, Whole | Test) else ()


def _places(expr: Expr) -> Iterator[Place]:
    yield from _own_places(expr)
    for child in expr.children:
        yield from _places(child)


def _what(expr: Expr) -> str:
    """What an expression with places says of them."""
    if isinstance(expr, Load | Draw):
        return expr.buffer
    return expr.relation if isinstance(expr, Test) else ""


def _form(expr: Expr, names: dict[Var, Var], buffers: dict[str, Buffer]) -> object:
    """The expression with its counters numbered as they are met; two alike have one form."""
    own = _own_places(expr)
    if own:
        for var in (var for place in own for var in _in_place(place)):
            names.setdefault(var, _numbered(len(names), var.extent))
        numbered = {v: var_place(n) for v, n in names.items()}
        return type(expr), _what(expr), tuple(put_place(place, numbered) for place in own)
    if isinstance(expr, Op):
        return (expr.name, tuple(_form(argument, names, buffers) for argument in expr.args))
    return (type(expr).__name__, repr(expr))


_NUMBERED: dict[tuple[int, int], Var] = {}


def _numbered(number: int, extent: int) -> Var:
    return _NUMBERED.setdefault((number, extent), Var(f"n{number}", extent))
