"""The tree of steps that a derivation is: what was before, what is after, by which rule, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sympy import Expr

from gradwright.language.index_form import index_form
from gradwright.language.recognise import recognise
from gradwright.language.tree import Name, Tree
from gradwright.tensor.nodes import Tensor


@dataclass(frozen=True)
class Factor:
    """One factor of a backprop step as the page shows it: a name or a formula, and its shape.

    Args:
        tensor: Its value; for a local derivative its axes are those of the defined value, then of the one
            differentiated by.
        name: How it is called, if it has a name (an upstream adjoint has).
        indexed: Whether only index notation shows it rightly (a local derivative).
        shapes: The shapes of the values in it; needed where slices of them are read.
    """

    tensor: Tensor
    name: str = ""
    indexed: bool = False
    shapes: Mapping[str, tuple[Expr, ...]] = field(default_factory=dict)

    @property
    def shape(self) -> tuple[Expr, ...]:
        """One extent an axis."""
        return self.tensor.shape

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the indices in ``tree``, where it is in index notation."""
        return self._index[0] if self._matrix is None and not self.name else ()

    @property
    def tree(self) -> Tree:
        """The name, or the formula in matrix notation, or that in index notation."""
        if self.name:
            return Name(self.name)
        return self._matrix if self._matrix is not None else self._index[1]

    @property
    def _matrix(self) -> Tree | None:
        return None if self.indexed else recognise(self.tensor, shapes=self.shapes)

    @property
    def _index(self) -> tuple[tuple[str, ...], Tree]:
        return index_form(self.tensor, shapes=self.shapes)


@dataclass(frozen=True)
class Step:
    """One rule applied at one place.

    Args:
        rule: The rule's key, also the key of its message and of ``gradwright explain``.
        target: The name of the value that is being rewritten, such as ``dZ``.
        before: The tensor before the rule.
        after: An equal tensor with the same free indices.
        because: What the rule's message names: values, facts, functions.
        where: The named value whose definition the step uses ("" where there is none).
        parts: The finer steps that it consists of.
        upstream: For a chain-rule step, the adjoint that comes from above.
        local: For a chain-rule step, the derivative of the definition.
        downstream: For a chain-rule step, their product: the adjoint handed down.
    """

    rule: str
    target: str
    before: Tensor
    after: Tensor
    because: Mapping[str, str] = field(default_factory=dict)
    where: str = ""
    parts: tuple[Step, ...] = ()
    upstream: Factor | None = None
    local: Factor | None = None
    downstream: Factor | None = None


@dataclass(frozen=True)
class Adjoint:
    """The derivative of the loss by one named value, in names.

    Args:
        of: The value, such as ``Z``.
        name: The adjoint's own name, such as ``dZ``.
        tensor: Its formula in entries of named values and of other adjoints.
        matrix: The formula in matrix notation, or None where there is none.
        index: The formula in index notation.
        steps: The steps that lead from the chain rule to ``tensor``; the last one's ``after`` is ``tensor``.
        names: The names of its indices in ``index``, one an axis.
        subscript: The leading indices that ``matrix`` holds fixed, as ``t`` in ``dh[t] = ...``; mostly none.
    """

    of: str
    name: str
    tensor: Tensor
    matrix: Tree | None
    index: Tree
    steps: tuple[Step, ...]
    names: tuple[str, ...] = ()
    subscript: tuple[str, ...] = ()


@dataclass(frozen=True)
class Gradient:
    """The gradient of the loss by one parameter in closed form.

    Args:
        parameter: The parameter's name.
        matrix: The closed form in matrix notation with intermediate names put back, or None.
        index: The closed form in index notation.
        named: The last formula in names, such as ``X.T @ dZ``.
    """

    parameter: str
    matrix: Tree | None
    index: Tree
    named: Tree
