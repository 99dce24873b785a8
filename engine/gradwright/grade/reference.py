"""The reference of a judgement: read once, and kept with its points and values for the next answer."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, TypeVar

from gradwright.execute.sample import Equation
from gradwright.grade.extents import extent_of
from gradwright.grade.side import Side, reading_of, side
from gradwright.grade.smooth import is_continuous, is_smooth
from gradwright.language.free import CONSTANTS, bound_names
from gradwright.language.parse import parse, parse_formulas
from gradwright.language.scope import Composite, ReadError, Scope, Shape, Value
from gradwright.language.shapes import infer_formulas
from gradwright.language.tex.read import infer_vars, names_in
from gradwright.language.tree import Call, Formula, Tree, names, walk
from gradwright.language.words import canonical_name

T = TypeVar("T")
Vars = Mapping[str, str | Sequence[str]]

_KEPT, _PLANS = 64, 8
_known: OrderedDict[object, tuple[Mapping[str, Composite], Reference]] = OrderedDict()


@dataclass(frozen=True)
class Reference:
    """What answers are compared with.

    Args:
        side: The expression.
        scope: The values that the reference and answers may name.
        drawn: The values of the scope that nothing defines.
        givens: The formulas of the others.
        shapes: The shapes of those.
        equations: Sizes that follow from others by these formulas.
        assumed: Names that nothing declares, taken as scalars.
        kept: What has been found out about the reference: its points, and its values there.
    """

    side: Side
    scope: Scope
    drawn: Mapping[str, Value]
    givens: tuple[Formula, ...] = ()
    shapes: Mapping[str, Shape] = field(default_factory=dict)
    equations: tuple[Equation, ...] = ()
    assumed: tuple[str, ...] = ()
    kept: dict[Any, Any] = field(default_factory=dict, compare=False, repr=False)

    @cached_property
    def axes(self) -> frozenset[str]:
        """The names of the axes."""
        return self.scope.axes

    @cached_property
    def smooth(self) -> bool:
        """Whether the reference is one formula everywhere, of values that vary continuously."""
        plain = all(is_smooth(formula.body) for formula in self.givens)
        return plain and is_smooth(self.side.tree) and is_continuous(self.drawn.values())

    def needs(self, trees: Iterable[Tree]) -> set[str]:
        """The names that the trees' values hang on, those in formulas of names among them."""
        used = set().union(*map(names, trees))
        waiting = list(self.givens)
        while more := [formula for formula in waiting if formula.target in used]:
            waiting = [formula for formula in waiting if formula.target not in used]
            used |= set().union(*(names(formula.body) for formula in more))
        return used

    def keep(self, key: object, make: Callable[[], T]) -> T:
        """What is kept under a key, made when it is first asked for; some of the last are kept."""
        if key not in self.kept:
            while len(self.kept) >= _PLANS:
                del self.kept[next(iter(self.kept))]
            self.kept[key] = make()
        found: T = self.kept[key]
        return found

    def with_names_of(self, latex: str) -> Reference | None:
        """The same with the further names of an answer in LaTeX declared as scalars; None if it has none."""
        more = _undeclared(latex, self.scope, "latex")
        if not more:
            return None
        added = {name: Value(()) for name in more}
        scope = Scope({**self.scope.values, **added}, self.scope.composites)
        return replace(self, scope=scope, drawn={**self.drawn, **added}, kept={})


@dataclass(frozen=True)
class Terms:
    """How a reference and its answers are to be read.

    Args:
        vars: The shapes of the names; None where the text itself has to tell.
        domain: What is known of some names' entries, or of those of all.
        composites: The functions that are formulas.
        syntax: ``text`` or ``latex``.
        definitions: Formulas of further names.
        implicit: Whether ``2x`` is a product.
    """

    vars: Vars | None
    domain: Mapping[str, str] | str
    composites: Mapping[str, Composite]
    syntax: str
    definitions: Sequence[Formula] | Sequence[str]
    implicit: bool

    @property
    def key(self) -> tuple[object, ...]:
        """What tells these terms from others."""
        shapes = None if self.vars is None else tuple((name, tuple(axes)) for name, axes in self.vars.items())
        domain = self.domain if isinstance(self.domain, str) else tuple(self.domain.items())
        return shapes, domain, id(self.composites), self.syntax, tuple(self.definitions), self.implicit

    def domain_of(self, name: str) -> str:
        """What is known of a name's entries."""
        if isinstance(self.domain, str):
            return self.domain or "real"
        found = next((word for key, word in self.domain.items() if canonical_name(key) == name), "real")
        return found.replace("-", "").replace("_", "")


def reference_of(text: str | Tree, terms: Terms, answer: str | Tree) -> Reference:
    """The reference that a text is; one of the last that were asked for is not read again.

    Args:
        text: The right expression.
        terms: How it is to be read.
        answer: The answer, which helps to tell the shapes of LaTeX that declares none.

    Raises:
        GradwrightError: The reference or a definition can't be read.
    """
    terms = replace(terms, vars=_shapes(text, terms, answer))
    key = (text, terms.key)
    found = _known.get(key)
    if found is not None and found[0] is terms.composites:
        _known.move_to_end(key)
        return found[1]
    made = _made(text, terms)
    _known[key] = (terms.composites, made)
    if len(_known) > _KEPT:
        _known.popitem(last=False)
    return made


def forget() -> None:
    """Let go of the references that were kept."""
    _known.clear()


def _shapes(text: str | Tree, terms: Terms, answer: str | Tree) -> Vars | None:
    """The declared shapes, or those that LaTeX in matrix notation suggests."""
    if terms.vars is not None:
        return {name: axes.split() if isinstance(axes, str) else axes for name, axes in terms.vars.items()}
    if terms.syntax != "latex" or not isinstance(text, str):
        return None
    return infer_vars(text, *([answer] if isinstance(answer, str) else []))


def _made(text: str | Tree, terms: Terms) -> Reference:
    givens = _formulas(terms)
    targets = {formula.target: Value(()) for formula in givens}
    drawn = {name: value for name, value in _values(terms).items() if name not in targets}
    if terms.vars is not None:
        try:
            return _declared(text, drawn, givens, terms)
        except ReadError:
            if terms.syntax != "latex":
                raise
    assumed = _undeclared(text, Scope({**drawn, **targets}, terms.composites), terms.syntax)
    drawn |= {name: Value((), terms.domain_of(name)) for name in assumed}
    made = _declared(text, drawn, givens, terms)
    return made if terms.vars is None else replace(made, assumed=assumed)


def _declared(
    text: str | Tree, drawn: Mapping[str, Value], givens: tuple[Formula, ...], terms: Terms
) -> Reference:
    """The reference whose names are all declared."""
    composites = terms.composites
    shapes, equations = infer_formulas(givens, Scope(drawn, composites)) if givens else ({}, ())
    scope = Scope({**drawn, **{name: Value(shape) for name, shape in shapes.items()}}, composites)
    reading = reading_of(text, scope, terms.syntax, terms.implicit)
    own = side(reading.tree, reading.free, scope)
    return Reference(own, scope, drawn, givens, shapes, tuple(equations))


def _values(terms: Terms) -> dict[str, Value]:
    values = {}
    for name, axes in (terms.vars or {}).items():
        spelled = canonical_name(name)
        values[spelled] = Value(tuple(extent_of(str(axis)) for axis in axes), terms.domain_of(spelled))
    return values


def _formulas(terms: Terms) -> tuple[Formula, ...]:
    formulas: list[Formula] = []
    for given in terms.definitions:
        formulas += (
            [given] if isinstance(given, Formula) else parse_formulas(given, frozenset(terms.composites))
        )
    return tuple(formulas)


def _undeclared(text: str | Tree, scope: Scope, syntax: str) -> tuple[str, ...]:
    """The names of a reference that nothing declares."""
    if syntax == "latex" and isinstance(text, str):
        found = set(names_in(text, scope))
    else:
        tree = parse(text, frozenset(scope.composites)) if isinstance(text, str) else text
        found = names(tree)
        for node in walk(tree):
            if isinstance(node, Call):
                found -= {head.name for head in bound_names(node)}
    return tuple(sorted(found - CONSTANTS - scope.axes - scope.values.keys()))
