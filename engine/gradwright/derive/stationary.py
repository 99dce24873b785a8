"""Closed forms: where the gradient vanishes, if it is linear in the parameter (normal equations, ridge)."""

from __future__ import annotations

from dataclasses import dataclass

import sympy
from sympy import Expr, Mul, S

from gradwright.derive.closed import tidied
from gradwright.derive.derivation import Derivation
from gradwright.derive.knowledge import knowledge
from gradwright.derive.rewrite import Rewriting, settle
from gradwright.derive.shapes import shapes_of
from gradwright.derive.step import Step
from gradwright.errors import ModelError
from gradwright.language.pieces import matmul
from gradwright.language.recognise import recognise
from gradwright.language.tree import Call, Name, Tree
from gradwright.tensor.canonical import canonical, mentions
from gradwright.tensor.differentiate import occurrences
from gradwright.tensor.distribute import distribute
from gradwright.tensor.instantiate import freshen, replace_indices, spelled_out
from gradwright.tensor.nodes import Delta, Entry, Sum, Tensor, fresh
from gradwright.tensor.pull_out import pull_out
from gradwright.tensor.sift import sift


@dataclass(frozen=True)
class ClosedForm:
    """A parameter at the stationary point of the loss: ``left @ parameter = right``, solved.

    Args:
        left: The matrix of the linear equations, square in the parameter's first axis.
        right: Their right-hand side.
        equation: ``left @ parameter`` as a tree, for the page.
        solution: ``inv(left) @ right``.
        steps: From the gradient to the linear equations; before and after are equal tensors.
    """

    parameter: str
    left: Tree
    right: Tree
    equation: Tree
    solution: Tree
    steps: tuple[Step, ...]


def closed_form(derivation: Derivation, parameter: str) -> ClosedForm:
    """Solve "the gradient by the parameter is zero" for it.

    Raises:
        ModelError: The gradient is not linear in the parameter, or has no matrix notation.
    """
    model = derivation.model
    gradient = _spelled_out(derivation, parameter)
    work = Rewriting(derivation.adjoint_of[parameter], gradient.indices, gradient.entry)
    work.apply("expand", distribute)
    matrix = _matrix(work, parameter)
    right = Tensor(work.indices, canonical(_without(work.entry, parameter, model_name=model.name)))
    factor = _scale(right.entry)
    known = knowledge(model)
    left_work = Rewriting("", matrix.indices, canonical(matrix.entry / factor))
    settle(left_work, known)
    right_work = Rewriting("", right.indices, canonical(right.entry / factor))
    settle(right_work, known)
    work.apply("collect", lambda _: factor * (_applied(left_work.tensor, parameter, work) - right_work.entry))
    values = {name: value.shape for name, value in model.shapes.items()}
    shapes = shapes_of(values, {}, known.symmetric)
    left, found = (recognise(one.tensor, shapes=values) for one in (left_work, right_work))
    if left is None or found is None:
        raise ModelError(f"the stationary point of {parameter} has no matrix notation")
    left, found = tidied(left, shapes), tidied(found, shapes)
    return ClosedForm(
        parameter,
        left,
        found,
        tidied(matmul(left, Name(parameter)), shapes),
        tidied(matmul(Call("inv", (left,)), found), shapes),
        tuple(work.steps),
    )


def _spelled_out(derivation: Derivation, parameter: str) -> Tensor:
    """The gradient in declared values alone, all names put back."""
    tensors = {d.name: d.tensor for d in derivation.model.definitions}
    tensors.update({adjoint.name: adjoint.tensor for adjoint in derivation.adjoints})
    return spelled_out(tensors[derivation.adjoint_of[parameter]], tensors)


def _matrix(work: Rewriting, parameter: str) -> Tensor:
    """The derivative of the gradient by the parameter along its first axis; free of it."""
    rows = work.indices
    column = fresh(rows[0].extent)
    total: Expr = S.Zero
    for found in occurrences(work.entry, parameter):
        deltas = [Delta(found.places[0], column)]
        rest = [Delta(place, index) for place, index in zip(found.places[1:], rows[1:], strict=True)]
        if any(delta != 1 for delta in rest):
            raise ModelError(
                f"the gradient mixes the columns of {parameter}: there is no closed form of this kind"
            )
        total += freshen(Sum.over(Mul(found.local, *deltas), found.bound))
    entry = canonical(pull_out(sift(total)))
    if mentions(entry, parameter) or total == 0:
        raise ModelError(
            f"the gradient is not linear in {parameter}: it has no closed form by linear equations"
        )
    return Tensor((rows[0], column), entry)


def _without(entry: Expr, parameter: str, model_name: str) -> Expr:
    """Minus the part of the gradient that is free of the parameter."""
    zero = {node: S.Zero for node in entry.atoms(Entry) if node.name == parameter}
    rest: Expr = -_zeroed(entry, zero)
    if rest == 0:
        raise ModelError(
            f"{model_name}: the gradient has no part without {parameter}, so the only solution is 0"
        )
    return rest


def _zeroed(entry: Expr, values: dict[Entry, Expr]) -> Expr:
    """The expression with entries set to 0; sums of 0 vanish."""
    terms = [term for term in sympy.Add.make_args(entry) if not any(term.has(node) for node in values)]
    return sympy.Add(*terms)


def _scale(entry: Expr) -> Expr:
    """The number and sizes in front of the right-hand side."""
    term = sympy.Add.make_args(entry)[0]
    return Mul(*(part for part in Mul.make_args(term) if not part.has(Entry, Sum, Delta)))


def _applied(left: Tensor, parameter: str, work: Rewriting) -> Expr:
    """The matrix times the parameter at the gradient's indices."""
    row, column = left.indices
    place = fresh(column.extent)
    entry = replace_indices(left.entry, {row: work.indices[0], column: place})
    return Sum.over(entry * Entry(parameter, place, *work.indices[1:]), [place])
