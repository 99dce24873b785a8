"""The tree of steps that a derivation is: what was before, what is after, by which rule, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sympy import Expr

from gradwright.language.tree import Tree
from gradwright.tensor.nodes import Tensor


@dataclass(frozen=True)
class Factor:
    """One factor of a backprop step as the page shows it: a symbol or formula, and its shape."""

    tree: Tree
    shape: tuple[Expr, ...]


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
