"""The right answer and the names of a question about a model: the gradient by one of its values."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from gradwright.cli.question import Question
from gradwright.cli.targets import read_target
from gradwright.errors import UsageError

if TYPE_CHECKING:
    from gradwright.derive.derivation import Derivation
    from gradwright.language.tree import Formula, Tree
    from gradwright.model.model import Model


def asked_of_model(question: Question, target: str, wrt: str | None, in_steps: bool = False) -> Question:
    """The question with the model's values as names, and the derived gradient as its reference.

    Args:
        question: What is known already; its own definitions come after the model's.
        target: A model's name or file.
        wrt: The value whose gradient is asked; without one the reference is left as it is.
        in_steps: Whether the adjoints on the way are names too: they are the steps of the derivation.

    Raises:
        UsageError: There is no such model or value.
    """
    from gradwright.derive.derivation import derive
    from gradwright.grade.why.derivation import from_derivation

    if question.vars is not None:
        raise UsageError("--model brings its names with it; leave --var out")
    model = read_target(target)
    if wrt is None:
        return replace(question, **_names(model), definitions=(*_forward(model), *question.definitions))
    derivation = derive(model, [wrt])
    reference, adjoints = _gradient(derivation, wrt, in_steps)
    definitions = (*_forward(derivation.model), *adjoints, *question.definitions)
    steps = None if in_steps else from_derivation(derivation, wrt)
    return replace(question, reference=reference, **_names(model), definitions=definitions, derivation=steps)


def _names(model: Model) -> dict[str, Any]:
    """The shapes and domains of the declared values."""
    values = model.scope.values
    return {
        "vars": {name: tuple(str(extent) for extent in value.shape) for name, value in values.items()},
        "domain": {name: value.domain for name, value in values.items() if value.domain != "real"},
    }


def _forward(model: Model) -> tuple[str, ...]:
    """The formulas of the computed values, those that the author did not name too."""
    return tuple(_text(definition.equation) for definition in model.definitions)


def _gradient(derivation: Derivation, wrt: str, in_steps: bool) -> tuple[Tree, tuple[str, ...]]:
    """The closed form, and the formulas of the adjoints if they are asked for or it has to name them."""
    from gradwright.language.text import to_text
    from gradwright.language.tree import names

    one = derivation.gradients[wrt]
    form = one.matrix if one.matrix is not None else one.index
    adjoints = {adjoint.name for adjoint in derivation.adjoints}
    if not (in_steps or names(form) & adjoints):
        return form, ()
    own = derivation.adjoint_of[wrt]
    return form, tuple(
        f"{to_text(left)} = {to_text(right)}"
        for left, right in derivation.equations()
        if in_steps or own not in names(left)
    )


def _text(formula: Formula) -> str:
    from gradwright.language.text import to_text

    left = f"{formula.target}[{', '.join(formula.indices)}]" if formula.indices else formula.target
    return f"{left} = {to_text(formula.body)}"
