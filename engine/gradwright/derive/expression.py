"""One expression's gradient, as a row of a batch asks for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gradwright.derive.closed import put_back
from gradwright.derive.derivation import Derivation, derive
from gradwright.derive.shapes import Shapes
from gradwright.errors import UsageError
from gradwright.language.index_form import index_form
from gradwright.language.latex import to_latex
from gradwright.language.text import to_text
from gradwright.language.tree import Item, Name, Tree
from gradwright.model.load import from_expression
from gradwright.tensor.instantiate import spelled_out

NO_FORM = "there is no matrix notation for this gradient; see index_form"


@dataclass(frozen=True)
class ExpressionGradient:
    """The gradient of a scalar expression by one of its values.

    Args:
        derivation: The whole derivation.
        wrt: The value.
    """

    derivation: Derivation
    wrt: str

    @property
    def matrix(self) -> Tree | None:
        """The gradient in matrix notation, if it has one."""
        return self.derivation.gradients[self.wrt].matrix

    @property
    def index(self) -> tuple[tuple[str, ...], Tree]:
        """The names of the gradient's indices, and its entry in index notation: no adjoint is left in it.

        A value that the cut named stands as its own expression, with a subscript.
        """
        model = self.derivation.model
        adjoints = {adjoint.name: adjoint.tensor for adjoint in self.derivation.adjoints}
        whole = adjoints.pop(self.derivation.adjoint_of[self.wrt])
        names, tree = index_form(
            spelled_out(whole, adjoints), frozenset(model.shapes), self.derivation.shapes
        )
        return names, put_back(tree, {d.name: d.tree for d in model.definitions})

    def row(self) -> dict[str, object]:
        """What a batch prints of it, but for its check."""
        names, index = self.index
        head: Tree = Name(f"d{self.wrt}")
        left = Item(head, tuple(Name(name) for name in names)) if names else head
        steps = [
            {
                "name": one.name,
                "formula": to_text(one.matrix if one.matrix is not None else one.index),
                "rules": [step.rule for step in one.steps],
            }
            for one in self.derivation.adjoints
        ]
        shown = self.matrix if self.matrix is not None else index
        row: dict[str, object] = (
            {"gradient": to_text(self.matrix)} if self.matrix is not None else {"error": NO_FORM}
        )
        row["index_form"] = f"{to_text(left)} = {to_text(index)}"
        orders = {name: len(value.shape) for name, value in self.derivation.model.shapes.items()}
        row["latex"] = to_latex(shown, {}, self.derivation.model.composites, Shapes(orders).order)
        row["steps"] = steps
        return row


def derive_expression(
    text: str, variables: Mapping[str, str | Sequence[str]], wrt: str, domain: Mapping[str, str] | None = None
) -> ExpressionGradient:
    """The gradient of a scalar expression.

    Args:
        text: The expression, in the grammar of models and answers.
        variables: The axes of each value, such as ``{"X": ["n", "d"], "s": []}``.
        wrt: The value to differentiate by.
        domain: Domains of values, such as ``{"Y": "onehot"}``; they are facts the derivation may use.

    Raises:
        UsageError: ``wrt`` is not among the values.
        GradwrightError: The expression can't be read, is no scalar, or has no derivative.
    """
    if wrt not in variables:
        known = ", ".join(variables)
        raise UsageError(f"there is no value {wrt} to differentiate by; the values are {known}")
    model = from_expression(text, variables, wrt, domain or {})
    return ExpressionGradient(derive(model, [wrt]), wrt)
