"""The reference of a chain: its formulas, which of them are steps, and what follows from what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from sympy import Expr, Integer

from gradwright.errors import GradwrightError, UsageError
from gradwright.grade.chain.names import derived_from
from gradwright.language.extents import Equation
from gradwright.language.parse import parse_formulas
from gradwright.language.reading import Reading, read
from gradwright.language.scope import Composite, ReadError, Scope, Shape, Value
from gradwright.language.shapes import infer_formulas
from gradwright.language.tree import Binary, Formula, Item, Name, Tree, children, names
from gradwright.language.words import canonical_name
from gradwright.tensor.nodes import size

RESULT = "result"
"""The name of the step whose formula is the reference expression."""
_CONSTANTS = frozenset({"pi", "E", "inf", "True", "False", "None"})


@dataclass(frozen=True)
class Reference:
    """What the lines are compared with.

    Args:
        values: The declared values.
        formulas: Every formula by its name, in order; ``result`` is the reference expression.
        shapes: The shapes of the formulas' values.
        steps: The names that may earn points.
        composites: The functions that are formulas.
        equations: The equations between sizes that the formulas need.
    """

    values: Mapping[str, Value]
    formulas: Mapping[str, Formula]
    shapes: Mapping[str, Shape]
    steps: tuple[str, ...]
    composites: Mapping[str, Composite] = field(default_factory=dict)
    equations: tuple[Equation, ...] = ()

    @property
    def has_result(self) -> bool:
        """Whether there is a reference expression besides the named formulas."""
        return RESULT in self.formulas

    @cached_property
    def known(self) -> frozenset[str]:
        """All names that have a meaning."""
        return frozenset(self.values) | frozenset(self.formulas)

    @cached_property
    def scope(self) -> Scope:
        """The declared and the computed values, each with its shape."""
        computed = {name: Value(shape) for name, shape in self.shapes.items()}
        return Scope({**self.values, **computed}, self.composites)

    @cached_property
    def reach(self) -> Mapping[str, frozenset[str]]:
        """All names that each formula needs at the same time, by itself or through others."""
        direct = {name: frozenset(now(formula)) for name, formula in self.formulas.items()}
        return {name: closure(direct, direct[name]) for name in direct}

    @cached_property
    def consequences(self) -> Mapping[str, frozenset[str]]:
        """The steps that need each step: in the reference, or as adjoints along the forward formulas."""
        direct = {name: names(formula.body) for name, formula in self.formulas.items()}
        value_of = {name: self.differentiated(name) for name in self.formulas}
        for name, value in value_of.items():
            above = {
                other
                for other, outer in value_of.items()
                if value and outer in self.formulas and value in names(self.formulas[outer].body)
            }
            direct[name] = direct[name] | above
        needs = {name: closure(direct, direct[name]) for name in direct}
        return {
            name: frozenset(other for other in needs if name in needs[other] and other != name)
            for name in needs
        }

    @cached_property
    def loss(self) -> str:
        """The scalar that the adjoints are derivatives of: the last one before them; empty without one."""
        forward = [name for name in self.formulas if name not in self.steps and name != RESULT]
        return next((name for name in reversed(forward) if not self.shapes[name]), "")

    @cached_property
    def first_adjoints(self) -> frozenset[str]:
        """The adjoints that use no other: those with which a backward pass begins."""
        steps = {name for name in self.steps if name != RESULT and self.differentiated(name)}
        return frozenset(name for name in steps if not names(self.formulas[name].body) & (steps - {name}))

    def differentiated(self, name: str) -> str:
        """The value whose adjoint a name is, if it is one."""
        return next((value for value in derived_from(name) if value in self.known), "")


def closure(
    direct: Mapping[str, frozenset[str] | set[str]], start: frozenset[str] | set[str]
) -> frozenset[str]:
    """The names that are reached from some names, these included."""
    found: set[str] = set()
    stack = list(start)
    while stack:
        name = stack.pop()
        if name not in found:
            found.add(name)
            stack.extend(direct.get(name, ()))
    return frozenset(found)


def now(formula: Formula) -> Iterator[str]:
    """The names that a formula reads at its own time: all but those such as ``h[t-1]`` in ``h[t] = ...``."""
    time = formula.indices[0] if formula.indices else ""
    stack: list[Tree] = [formula.body]
    while stack:
        node = stack.pop()
        if isinstance(node, Name):
            yield node.name
        elif time and isinstance(node, Item) and isinstance(node.target, Name) and _lagged(node, time):
            stack.extend(node.selectors[1:])
        else:
            stack.extend(children(node))


def _lagged(item: Item, time: str) -> bool:
    """Whether a value is read at another time."""
    first = item.selectors[0]
    return isinstance(first, Binary) and first.operator in "+-" and time in names(first)


def reference_of(
    reference: str,
    definitions: Sequence[Formula] | Sequence[str],
    vars: Mapping[str, str | Sequence[str]] | None,
    domain: Mapping[str, str],
    composites: Mapping[str, Composite],
    syntax: str,
) -> Reference:
    """Read a reference.

    Raises:
        UsageError: It can't be read, or there is none.
    """
    formulas = {formula.target: formula for formula in _formulas(definitions, frozenset(composites))}
    if not formulas and not reference.strip():
        raise UsageError("there is no reference: give a reference expression, or the formulas of the steps")
    values = _values(vars, domain, formulas, reference)
    scope = Scope(values, composites)
    steps = _steps(formulas, values)
    made = _made(scope, formulas, steps)
    if not reference.strip() or canonical_name(reference.strip()) in formulas:
        return made
    reading = _read_reference(reference, made.scope, syntax)
    result = Formula(RESULT, reading.free, reading.tree)
    every = {**formulas, RESULT: result}
    return _made(scope, every, (*steps, RESULT))


def _formulas(definitions: Sequence[Formula] | Sequence[str], functions: frozenset[str]) -> list[Formula]:
    made: list[Formula] = []
    for one in definitions:
        if isinstance(one, Formula):
            made.append(one)
            continue
        try:
            made += parse_formulas(one, functions)
        except ReadError as error:
            raise UsageError(f"a definition can't be read: {error.placed(one, GradwrightError)}") from error
    return made


def _steps(formulas: Mapping[str, Formula], values: Mapping[str, Value]) -> tuple[str, ...]:
    """All formulas from the first adjoint of a known value on; all of them where there is no adjoint."""
    known = formulas.keys() | values.keys()
    order = tuple(formulas)
    first = (place for place, name in enumerate(order) if any(one in known for one in derived_from(name)))
    return order[next(first, 0) :]


def _values(
    vars: Mapping[str, str | Sequence[str]] | None,
    domain: Mapping[str, str],
    formulas: Mapping[str, Formula],
    reference: str,
) -> dict[str, Value]:
    if vars is None:
        used = set().union(*(names(formula.body) - {*formula.indices} for formula in formulas.values()))
        if reference.strip():
            used |= names(read(reference, Scope({})).tree)
        vars = dict.fromkeys(sorted(used - _CONSTANTS - formulas.keys()), ())
    domains = {canonical_name(name): word for name, word in domain.items()}
    values = {}
    for name, axes in vars.items():
        spelled = canonical_name(name)
        if spelled not in formulas:
            shape = tuple(_extent(axis) for axis in (axes.split() if isinstance(axes, str) else axes))
            values[spelled] = Value(shape, domains.get(spelled, "real"))
    return values


def _extent(axis: str) -> Expr:
    return Integer(int(axis)) if str(axis).isdigit() else size(canonical_name(str(axis)))


def _made(scope: Scope, formulas: Mapping[str, Formula], steps: tuple[str, ...]) -> Reference:
    try:
        shapes, equations = infer_formulas(tuple(formulas.values()), scope)
        return Reference(scope.values, formulas, shapes, steps, scope.composites, equations)
    except ReadError as error:
        raise UsageError(f"the reference can't be read: {error}") from error


def _read_reference(text: str, scope: Scope, syntax: str) -> Reading:
    """The reference expression: in text if it can be, else in the syntax of the answer."""
    failure: ReadError | None = None
    for form in dict.fromkeys(("text", syntax)):
        try:
            reading = read(text, scope, form)
            infer_formulas((Formula(RESULT, reading.free, reading.tree),), scope)
        except ReadError as error:
            failure = error
        else:
            return reading
    assert failure is not None
    raise UsageError(f"the reference can't be read: {failure.placed(text, GradwrightError)}") from failure
