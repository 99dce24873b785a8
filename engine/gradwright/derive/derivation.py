"""Derivations: from a model's forward formulas to its gradients, with every step."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from sympy import Expr

from gradwright.derive.backprop import Draft, adjoint_names, backprop, chain_of
from gradwright.derive.closed import put_back, strip, tidied
from gradwright.derive.inlining import inline_upstream
from gradwright.derive.knowledge import knowledge
from gradwright.derive.rewrite import Knowledge
from gradwright.derive.shapes import Shapes, shapes_of
from gradwright.derive.sharing import shared
from gradwright.derive.step import Adjoint, Gradient, Step
from gradwright.errors import UsageError, nearest
from gradwright.language.index_form import index_form
from gradwright.language.latex import to_latex
from gradwright.language.lower import lower_formula
from gradwright.language.pieces import weight
from gradwright.language.recognise import recognise
from gradwright.language.scope import Scope, Value
from gradwright.language.text import to_text
from gradwright.language.tree import Call, Item, Name, Tree, walk
from gradwright.language.tree import Sequence as Items
from gradwright.language.tree import names as tree_names
from gradwright.language.words import latex_name
from gradwright.model.model import Definition, Model
from gradwright.tensor.canonical import entry_names, values_read
from gradwright.tensor.instantiate import replace_indices
from gradwright.tensor.nodes import Assignment, Index, Tensor

LONGEST = 80
"""A closed form with more nodes than this keeps its adjoints named."""


@dataclass(frozen=True)
class Derivation:
    """The gradients of a model's loss, and how they came about.

    Args:
        model: The model; its definitions include those that folding brought in.
        adjoints: The adjoint of every value between the loss and the parameters, in backprop order.
        gradients: The closed form for each parameter.
        adjoint_of: The adjoint's name for each value.
    """

    model: Model
    adjoints: tuple[Adjoint, ...]
    gradients: Mapping[str, Gradient]
    adjoint_of: Mapping[str, str]

    @property
    def shapes(self) -> Mapping[str, tuple[Expr, ...]]:
        """The shape of every value and of every adjoint."""
        values = {name: value.shape for name, value in self.model.shapes.items()}
        return {**values, **{adjoint.name: adjoint.tensor.shape for adjoint in self.adjoints}}

    @cached_property
    def knowledge(self) -> Knowledge:
        """What is known of the model's values."""
        return knowledge(self.model)

    @cached_property
    def adjoint_names(self) -> frozenset[str]:
        """The names of the adjoints."""
        return frozenset(adjoint.name for adjoint in self.adjoints)

    @property
    def steps(self) -> tuple[Step, ...]:
        """All steps, in order."""
        return tuple(step for adjoint in self.adjoints for step in adjoint.steps)

    @property
    def result(self) -> Mapping[str, Tree]:
        """The closed form of each gradient: in matrix notation, or in index notation where there is none."""
        return {
            name: one.matrix if one.matrix is not None else one.index for name, one in self.gradients.items()
        }

    def text(self) -> str:
        """The adjoints in backprop order, one line each, in the grammar's text."""
        return "\n".join(f"{to_text(left)} = {to_text(right)}" for left, right in self.equations())

    def latex(self) -> str:
        """The same as one aligned LaTeX block."""
        rows = [f"{self._latex(left)} &= {self._latex(right)}" for left, right in self.equations()]
        body = " \\\\\n".join(rows)
        return f"\\begin{{aligned}}\n{body}\n\\end{{aligned}}"

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.latex()}$"

    def _latex(self, tree: Tree) -> str:
        bars = {name: f"\\bar{{{latex_name(value)}}}" for value, name in self.adjoint_of.items()}
        orders = {name: len(shape) for name, shape in self.shapes.items()}
        return to_latex(tree, bars, self.model.composites, Shapes(orders).order)

    def equations(self) -> tuple[tuple[Tree, Tree], ...]:
        """Left and right side of each adjoint's formula: in matrix notation, else in index notation."""
        pairs: list[tuple[Tree, Tree]] = []
        for adjoint in self.adjoints:
            held = adjoint.subscript if adjoint.matrix is not None else adjoint.names
            left = (
                Item(Name(adjoint.name), tuple(Name(name) for name in held)) if held else Name(adjoint.name)
            )
            pairs.append((left, adjoint.matrix if adjoint.matrix is not None else adjoint.index))
        return tuple(pairs)

    def assignments(self, stable: bool = True) -> tuple[Assignment, ...]:
        """The forward definitions and the adjoints that the gradients need, as one program in order.

        Args:
            stable: Whether functions are evaluated by formulas that do not overflow, where they have some.
        """
        used = self._used()
        forward = [
            Assignment(d.name, _evaluated(d, self.model) if stable else d.tensor)
            for d in self.model.definitions
            if d.name in used
        ]
        return shared([*forward, *(Assignment(a.name, a.tensor) for a in self.adjoints if a.name in used)])

    def _used(self) -> set[str]:
        reads = {d.name: values_read(d.tensor.entry) for d in self.model.definitions}
        reads.update({a.name: values_read(a.tensor.entry) for a in self.adjoints})
        used: set[str] = set()
        stack = [self.model.minimise, *(self.adjoint_of[name] for name in self.gradients)]
        stack += [d.name for d in self.model.definitions if d.written]
        while stack:
            name = stack.pop()
            if name in reads and name not in used:
                used.add(name)
                stack.extend(reads[name])
        return used


def derive(model: Model, wrt: Sequence[str] | str | None = None) -> Derivation:
    """The gradients of a model's loss by some of its parameters (by all of them if not told).

    Raises:
        UsageError: A name in ``wrt`` is no value of the model.
        ModelError: A formula has no derivative.
    """
    names = [wrt] if isinstance(wrt, str) else list(wrt) if wrt is not None else list(model.parameters)
    for name in names:
        if name not in model.shapes or name == model.minimise:
            known = ", ".join(model.parameters)
            raise UsageError(
                f"{model.name} has no parameter {name}: it has {known}", hint=nearest(name, model.shapes)
            )
    chain = chain_of(model)
    known_facts = knowledge(model)
    drafts, extra = backprop(chain, names, known_facts)
    adjoint_of = adjoint_names(chain, [draft.of for draft in drafts])
    wanted = frozenset(adjoint_of[name] for name in names if name in adjoint_of)
    drafts = inline_upstream(drafts, chain, known_facts, wanted, flat=len(model.formulas) == 1)
    model = _with_extra(model, extra, drafts)
    shapes = {draft.name: draft.tensor.shape for draft in drafts}
    adjoints = tuple(as_adjoint(draft, model, known_facts, shapes) for draft in drafts)
    gradients = {name: _gradient(name, adjoints, model, known_facts) for name in names}
    return Derivation(model, adjoints, gradients, adjoint_of)


def _with_extra(model: Model, extra: Sequence[Definition], drafts: Sequence[Draft]) -> Model:
    read = set().union(*(entry_names(draft.tensor.entry) for draft in drafts)) if drafts else set()
    kept = tuple(definition for definition in extra if definition.name in read)
    return replace(model, definitions=model.definitions + kept) if kept else model


def _evaluated(definition: Definition, model: Model) -> Tensor:
    """The definition by its function's stable formulas, if it is a call of a function that has some."""
    if definition.call is None or definition.call.function not in model.composites:
        return definition.tensor
    composite = model.composites[definition.call.function]
    if not composite.stable:
        return definition.tensor
    formulas = {composite.name: replace(composite, formulas=composite.stable)}
    steady = ChainMap(formulas, model.composites)  # type: ignore[arg-type]  # it is only read
    values = {name: Value(value.shape) for name, value in model.shapes.items()}
    formula = replace(
        definition.formula,
        target=definition.name,
        indices=definition.formula.indices if definition.formula.target == definition.name else (),
        body=definition.tree,
    )
    return lower_formula(formula, Scope(values, steady))


def as_adjoint(
    draft: Draft,
    model: Model,
    known: Knowledge,
    adjoint_shapes: Mapping[str, tuple[Expr, ...]],
    fewest: int = 0,
) -> Adjoint:
    """A derived formula in matrix notation, where it has one, and in index notation.

    ``fewest`` is how many leading indices the matrix notation holds fixed at least, as ``t`` in ``dh[t]``.
    """
    taken = frozenset(model.shapes) | {draft.name}
    values = {name: value.shape for name, value in model.shapes.items()}
    shapes = {**values, **adjoint_shapes}
    names, index = index_form(draft.tensor, taken, shapes)
    sizes = {str(letter) for shape in values.values() for one in shape for letter in one.free_symbols}
    fixed = names if sizes.isdisjoint(names) else index_form(draft.tensor, taken | sizes, shapes)[0]
    matrix, subscript = _matrix_form(draft.tensor, fixed, fewest, shapes, len(model.formulas) == 1)
    if matrix is not None:
        matrix = tidied(matrix, shapes_of(values, {draft.name: draft.tensor.shape}, known.symmetric))
    return Adjoint(draft.of, draft.name, draft.tensor, matrix, index, draft.steps, names, subscript)


def _matrix_form(
    tensor: Tensor, names: Sequence[str], fewest: int, shapes: Mapping[str, tuple[Expr, ...]], flat: bool
) -> tuple[Tree | None, tuple[str, ...]]:
    """A formula in matrix notation, and the names of the leading indices that it holds fixed.

    By example or by head it may be products of matrices where the whole is none.
    """
    matrix: Tree | None = None
    subscript: tuple[str, ...] = ()
    for held in range(fewest, max(fewest + 1, len(tensor.indices))):
        leading = tensor.indices[:held]
        named = [Index(name, index.extent) for name, index in zip(names, leading, strict=False)]
        entry = replace_indices(tensor.entry, dict(zip(tensor.indices, named, strict=False)))
        found = recognise(Tensor((*named, *tensor.indices[held:]), entry), frozenset(named), shapes)
        if found is None or (not flat and _repeats(found)):
            continue
        if matrix is None or not _stacked(found):
            matrix, subscript = found, tuple(names[:held])
        if flat or not _stacked(found):
            break
    return matrix, subscript


def _repeats(tree: Tree) -> bool:
    """Whether a form is spread over three axes or more by an array of ones; it reads better by example."""
    return any(
        isinstance(node, Call)
        and node.function == "ones"
        and isinstance(node.arguments[0], Items)
        and len(node.arguments[0].items) > 2
        for node in walk(tree)
    )


def _stacked(tree: Tree) -> bool:
    """Whether a form has more axes than a matrix; by example or by head it may be products of matrices."""
    return any(isinstance(node, Call) and node.function in ("einsum", "swapaxes") for node in walk(tree))


def _gradient(name: str, adjoints: Sequence[Adjoint], model: Model, known: Knowledge) -> Gradient:
    own = next((adjoint for adjoint in adjoints if adjoint.of == name), None)
    assert own is not None, name
    named = own.matrix if own.matrix is not None else own.index
    if own.matrix is None or own.subscript:
        return Gradient(name, None, own.index, named)
    values = {one: value.shape for one, value in model.shapes.items()}
    shapes = shapes_of(values, {a.name: a.tensor.shape for a in adjoints}, known.symmetric)
    flat = len(model.formulas) == 1
    hidden = {
        d.name: d.tree for d in model.definitions if flat or (not d.written and len(d.tensor.shape) <= 2)
    }
    closed = tidied(strip(put_back(named, hidden)), shapes)
    usable = {
        a.name: a.matrix
        for a in adjoints
        if a.matrix is not None and not a.subscript and (flat or len(a.tensor.shape) <= 2)
    }
    full = tidied(strip(put_back(tidied(put_back(named, usable), shapes), hidden)), shapes)
    if weight(full) <= LONGEST or flat:
        closed = full
    if flat and tree_names(closed) & {a.name for a in adjoints}:
        return Gradient(name, None, own.index, named)
    return Gradient(name, closed, own.index, named)
