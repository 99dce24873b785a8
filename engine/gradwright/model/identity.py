"""What a model is, as one text: two models of one identity have the same formulas for the same values."""

from __future__ import annotations

import hashlib

from gradwright.language.scope import Composite
from gradwright.language.tree import Call, Formula, walk
from gradwright.model.model import Model


def identity(model: Model) -> str:
    """A number made of all that a model's loss and gradients depend on, the functions that it calls too.

    >>> from gradwright.model.load import from_expression
    >>> one, other = (from_expression(text, {"x": "n"}) for text in ("sum(x**2)", "sum(x**3)"))
    >>> identity(one) == identity(from_expression("sum(x**2)", {"x": "n"})) != identity(other)
    True
    """
    parameters = {name: parameter.value for name, parameter in model.parameters.items()}
    own = (
        [(one.target, one.indices, one.body) for one in model.formulas],
        [(one.name, one.tree, one.written) for one in model.definitions],
        dict(model.data),
        parameters,
        dict(model.constants),
        model.minimise,
        model.facts,
        model.equations,
        dict(model.running),
        list(_called(model).values()),
    )
    return hashlib.sha256(repr(own).encode()).hexdigest()


def _called(model: Model) -> dict[str, Composite]:
    """The functions that the formulas call, and those that these call."""
    found: dict[str, Composite] = {}
    trees = [one.body for one in model.formulas] + [one.tree for one in model.definitions]
    names = [name for tree in trees for name in _names(Formula("", (), tree))]
    while names:
        name = names.pop()
        if name in model.composites and name not in found:
            found[name] = model.composites[name]
            formulas = (*found[name].formulas, *found[name].stable)
            names += [inner for formula in formulas for inner in _names(formula)]
    return dict(sorted(found.items()))


def _names(formula: Formula) -> list[str]:
    return [node.function for node in walk(formula.body) if isinstance(node, Call)]
