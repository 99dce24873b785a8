"""A derivation as the reference of a chain: the forward formulas, and the adjoints as its steps."""

from __future__ import annotations

from dataclasses import dataclass

from gradwright.derive.derivation import Derivation
from gradwright.derive.step import Adjoint
from gradwright.language.recognise import recognise
from gradwright.language.scope import ReadError
from gradwright.language.tree import Formula, Tree
from gradwright.model.sort import groups
from gradwright.tensor.instantiate import replace_indices
from gradwright.tensor.nodes import Index, Tensor


@dataclass(frozen=True)
class Derived:
    """What ``check_chain`` needs of a derivation.

    Args:
        vars: The shapes of the declared values.
        domain: What is known of their entries.
        definitions: The forward formulas and the adjoints.
    """

    vars: dict[str, tuple[str, ...]]
    domain: dict[str, str]
    definitions: tuple[Formula, ...]


def derived(derivation: Derivation) -> Derived:
    """The reference that a derivation is."""
    model = derivation.model
    vars = {name: tuple(map(str, value.shape)) for name, value in model.scope.values.items()}
    domain = {name: value.domain for name, value in model.scope.values.items() if value.domain != "real"}
    forward = tuple(definition.equation for definition in model.definitions)
    return Derived(vars, domain, (*forward, *_backward(derivation)))


def _backward(derivation: Derivation) -> tuple[Formula, ...]:
    """The adjoints, those of a recurrence all at one place of its leading axis."""
    shapes = {name: value.shape for name, value in derivation.model.shapes.items()}
    shapes |= {adjoint.name: adjoint.tensor.shape for adjoint in derivation.adjoints}
    plain = tuple(_formula(adjoint) for adjoint in derivation.adjoints)
    try:
        groups(plain)
    except ReadError:
        led = {one.of for one in derivation.adjoints if _recurs(one, derivation)}
        return tuple(
            _at_a_place(one, shapes) if one.of in led else _formula(one) for one in derivation.adjoints
        )
    return plain


def _recurs(adjoint: Adjoint, derivation: Derivation) -> bool:
    """Whether the value itself is defined along a leading index."""
    return any(one.name == adjoint.of and one.formula.indices for one in derivation.model.definitions)


def _formula(adjoint: Adjoint) -> Formula:
    if adjoint.matrix is not None:
        return Formula(adjoint.name, adjoint.subscript, adjoint.matrix)
    return Formula(adjoint.name, adjoint.names, adjoint.index)


def _at_a_place(adjoint: Adjoint, shapes: dict[str, tuple[object, ...]]) -> Formula:
    """The adjoint with its leading index held, in matrix notation if it has one so."""
    if adjoint.subscript or adjoint.matrix is None:
        return _formula(adjoint)
    first, *rest = adjoint.tensor.indices
    held = Index(adjoint.names[0], first.extent)
    entry = replace_indices(adjoint.tensor.entry, {first: held})
    matrix: Tree | None = recognise(Tensor((held, *rest), entry), frozenset({held}), shapes)
    if matrix is None:
        return Formula(adjoint.name, adjoint.names, adjoint.index)
    return Formula(adjoint.name, adjoint.names[:1], matrix)
