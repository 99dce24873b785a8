"""What a question is about: a model, its derivation, and the letters that this student sees."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from pathlib import Path

from sympy import Expr, Symbol

from gradwright.ask.modeltext import scaled_text
from gradwright.ask.question import Request
from gradwright.ask.variant import renaming
from gradwright.derive.between import Between, between
from gradwright.derive.derivation import Derivation, derive
from gradwright.document.blocks import Block, Equation, Row, Table, Text
from gradwright.document.notation import Notation, shape_formula, shape_math, size_math
from gradwright.document.writing import placed
from gradwright.language.index_form import index_form
from gradwright.language.scope import Value
from gradwright.language.text import to_text
from gradwright.language.tree import Formula, Name, Tree, names, substitute
from gradwright.messages import Line, Messages
from gradwright.model.load import from_text, load
from gradwright.model.load import model as catalogue_model
from gradwright.model.model import Definition, Model
from gradwright.tensor.nodes import Tensor


@dataclass(frozen=True)
class Subject:
    """A derivation in a student's letters.

    Args:
        letters: The student's name of each of the model's values and adjoints.
        source: The model's name and the factor of its loss, by which what is derived of it is remembered.
        extents: The compound sizes that letters of a part's model stand for.
        upstream: The value of each adjoint that is given as data, such as ``{"dZ": "Z"}``.
    """

    derivation: Derivation
    letters: Mapping[str, str]
    source: tuple[str, str] = ("", "1")
    extents: Mapping[Symbol, Expr] = field(default_factory=dict)
    upstream: Mapping[str, str] = field(default_factory=dict)

    @property
    def model(self) -> Model:
        """The model, in its own letters."""
        return self.derivation.model

    def way(self, value: str, given: tuple[str, ...] | None = None) -> Between:
        """How the adjoint of a value follows from given ones; see ``between``."""
        return _way(*self.source, value, given)

    def name(self, name: str) -> str:
        """A value's name in the student's letters."""
        return self.letters.get(name, name)

    def tree(self, tree: Tree) -> Tree:
        """A formula in the student's letters."""
        return substitute(tree, self._names)

    @cached_property
    def _names(self) -> dict[str, Tree]:
        sizes = {str(letter): index_form(Tensor((), extent))[1] for letter, extent in self.extents.items()}
        return {**sizes, **{old: Name(new) for old, new in self.letters.items()}}

    @cached_property
    def shapes(self) -> dict[str, Value]:
        """Every value's shape and domain, in the model's letters."""
        return {
            name: replace(value, shape=tuple(self.extent(one) for one in value.shape))
            for name, value in self.model.shapes.items()
        }

    def extent(self, extent: Expr) -> Expr:
        """A size in the whole model's letters."""
        return extent.xreplace(dict(self.extents))

    @property
    def values(self) -> dict[str, Value]:
        """Every value's shape and domain, in the student's letters."""
        return {self.name(name): value for name, value in self.shapes.items()}

    def vars(self) -> dict[str, tuple[str, ...]]:
        """Every value's shape as text, for the key."""
        return {name: tuple(str(extent) for extent in value.shape) for name, value in self.values.items()}

    def domain(self) -> dict[str, str]:
        """The domains that are declared, for the key."""
        declared = self.model.scope.values.items()
        return {self.name(name): value.domain for name, value in declared if value.domain != "real"}

    def definitions(self, shown: Sequence[Definition] | None = None) -> dict[str, str]:
        """The formulas of the computed values by their left sides, such as ``h[t]``, for the key.

        Each uses earlier ones, or, in a recurrence, its own group's values at an earlier time.
        """
        chosen = self.model.definitions if shown is None else shown
        return {to_text(self.left(d)): to_text(self.tree(d.tree)) for d in chosen}

    def left(self, definition: Definition) -> Tree:
        """The left side of a computed value's formula."""
        formula = definition.formula
        return placed(
            self.name(definition.name), formula.indices if formula.target == definition.name else ()
        )

    def left_of(self, formula: Formula) -> Tree:
        """The left side of one of the model's own formulas."""
        return placed(self.name(formula.target), formula.indices)

    def formula(self, name: str) -> Formula:
        """The model's own formula of a value."""
        return next(formula for formula in self.model.formulas if formula.target == name)

    def notation(self) -> Notation:
        """How its formulas are written."""
        values = self.values
        adjoints = {}
        for value, adjoint in self.derivation.adjoint_of.items():
            adjoints[self.name(adjoint)] = self.name(value)
            values[self.name(adjoint)] = Value(self.shapes[value].shape)
        adjoints |= {self.name(adjoint): self.name(value) for adjoint, value in self.upstream.items()}
        return Notation(adjoints, self.model.composites, values)

    def forward(self, say: Messages, formulas: Sequence[Formula] | None = None) -> tuple[Block, ...]:
        """Formulas of the model with shapes, all unless told, and what the functions in them stand for."""
        notation = self.notation()
        rows = []
        shown = self.model.formulas if formulas is None else formulas
        for formula in shown:
            left = self.left_of(formula)
            shape = self.shapes[formula.target].shape
            remark = shape_formula(shape) if shape else None
            rows.append(Row(notation.math(left), notation.math(self.tree(formula.body)), None, remark))
        functions = self.functions(shown)
        extra = (Text(say.line("page.function-entries")), functions) if functions else ()
        return (Equation(tuple(rows)), *extra)

    def functions(self, formulas: Sequence[Formula] | None = None) -> Equation | None:
        """What each function that is itself a formula stands for, entry by entry, at its first use."""
        lines = {formula.line for formula in (self.model.formulas if formulas is None else formulas)}
        rows: list[Row] = []
        seen: set[str] = set()
        notation = self.notation()
        for definition in self.model.definitions:
            call = definition.call
            if call is None or call.function in seen or call.function not in self.model.composites:
                continue
            if definition.formula.line not in lines:
                continue
            seen.add(call.function)
            letters, entry = index_form(
                definition.tensor, frozenset(self.model.shapes) | set(self.letters.values())
            )
            left = placed(self.name(definition.name), letters)
            rows.append(Row(notation.math(left), notation.math(self.tree(entry))))
        return Equation(tuple(rows)) if rows else None

    def given(self, say: Messages, only: Collection[str] | None = None) -> Table:
        """The declared values with their shapes.

        Args:
            say: The reader's language.
            only: The values to show, of the computed ones too; the declared ones unless told.
        """
        notation = self.notation()
        shown = self.model.scope.values if only is None else [name for name in self.shapes if name in only]
        known = any(say.has(f"domain.{self.shapes[name].domain.split()[0]}") for name in shown)
        rows = []
        for name in shown:
            value = self.shapes[name]
            cells: list[Line] = [
                (notation.value(self.name(name)),),
                shape_math(value.shape, say.raw("word.scalar")),
                (say.raw(f"word.{self._role(name)}"),),
            ]
            if known:
                cells.append(self._said_of(value, say))
            rows.append(tuple(cells))
        words = ("name", "shape", "role", *(("domain",) if known else ()))
        return Table(tuple((say.raw(f"word.{word}"),) for word in words), tuple(rows))

    def _role(self, name: str) -> str:
        model = self.model
        roles = {"parameter": model.parameters, "data": model.data, "constant": model.constants}
        return next((role for role, values in roles.items() if name in values), "computed")

    def _said_of(self, value: Value, say: Messages) -> Line:
        """What a table says of a value's entries."""
        domain, _, axis = value.domain.partition(" ")
        return say.line(f"domain.{domain}", axis=size_math(axis)) if say.has(f"domain.{domain}") else ()


def subject(request: Request) -> Subject:
    """The model that a question names, with a factor and letters by the student's random numbers."""
    factor = (
        request.choice("scale", request.options.get("scale", ["1"])) if "scale" in request.options else "1"
    )
    derivation = derivation_of(request.model, factor)
    return Subject(derivation, letters_of(derivation, request), (request.model, factor))


def shape_line(say: Messages, shape: Sequence[object]) -> Line:
    """A sentence that says what shape the answer has."""
    return say.line("question.shape", shape=shape_formula(shape)) if shape else say.line("question.scalar")


def letters_of(derivation: Derivation, request: Request) -> Mapping[str, str]:
    """New letters for the values and adjoints; none are changed where the set says ``rename = false``."""
    model = derivation.model
    if not request.options.get("rename", True):
        return {}
    declared = {
        str(symbol) for value in model.shapes.values() for e in value.shape for symbol in e.free_symbols
    }
    reserved = declared | {model.minimise, "E", "I"} | _indices(derivation)
    renamed = renaming([name for name in model.shapes if name != model.minimise], reserved, request.rng)
    letters = {old: new for old, new in renamed.items() if old != new}
    for value, adjoint in derivation.adjoint_of.items():
        if value in letters and f"d{letters[value]}" not in model.shapes:
            letters[adjoint] = f"d{letters[value]}"
    return letters


def _indices(derivation: Derivation) -> set[str]:
    """Names that formulas use for something other than a value, such as a time."""
    model = derivation.model
    trees = [tree for pair in derivation.equations() for tree in pair]
    trees += [definition.tree for definition in model.definitions]
    used = {index for formula in model.formulas for index in formula.indices}.union(*map(names, trees))
    return used - model.shapes.keys() - set(derivation.adjoint_of.values())


@cache
def derivation_of(name: str, factor: str = "1") -> Derivation:
    """The derivation of a catalogue's model or of a model file, the loss multiplied by a number."""
    model = load(Path(name)) if name.endswith(".toml") else catalogue_model(name)
    return derive(model if factor == "1" else from_text(scaled_text(model, factor), name))


@cache
def _way(name: str, factor: str, value: str, given: tuple[str, ...] | None) -> Between:
    return between(derivation_of(name, factor), value, given)
