"""Adjoints of opaque matrix functions: by implicit differentiation, or from a declared differential.

``inv`` is differentiated through its defining equation ``A @ V = eye(n)``. A function that entries can't
define for symbolic n carries one declared differential, linear in ``dA``, with its source.
"""

from __future__ import annotations

from dataclasses import dataclass

import sympy
from sympy import Expr, Mul

from gradwright.errors import ModelError
from gradwright.tensor.differentiate import differentiate
from gradwright.tensor.nodes import Apply, Delta, Entry, Index, Sum, Tensor, fresh
from gradwright.tensor.sift import sift


@dataclass(frozen=True)
class Differential:
    """A declared differential of a scalar matrix function, and its source."""

    function: str
    source: str


JACOBI = (
    "Magnus and Neudecker, Matrix Differential Calculus (2019), chapter 8: d det(A) = det(A) tr(inv(A) dA)"
)
DECLARED = {"det": Differential("det", JACOBI), "logdet": Differential("logdet", JACOBI)}


def opaque_adjoint(
    name: str, definition: Tensor, upstream: Expr, operand: str, at: tuple[Index, ...]
) -> Expr:
    """What ``name := function(operand)`` hands down to its operand.

    Raises:
        ModelError: The function has no derivative here.
    """
    node = definition.entry
    assert isinstance(node, Apply), node
    if node.function == "inv":
        return _of_inverse(name, definition, upstream, operand, at)
    if node.function in DECLARED:
        differential = _declared(node.function, name, operand, at[0].extent)
        return sift(differentiate(Tensor((), differential), upstream, "@d", at))
    raise ModelError(
        f"the derivative of {node.function} is not known; differentiable are inv, det, logdet, solve"
    )


def _declared(function: str, name: str, operand: str, extent: Expr) -> Expr:
    row, column = fresh(extent), fresh(extent)
    trace = Sum.over(Apply("inv", (operand,), row, column) * Entry("@d", column, row), [row, column])
    return Mul(Entry(name), trace) if function == "det" else trace


def _of_inverse(name: str, definition: Tensor, upstream: Expr, operand: str, at: tuple[Index, ...]) -> Expr:
    """By ``F(A, V) = A V - I = 0``: a multiplier solves ``(dF/dV)' m = dV``, and ``dA = -(dF/dA)' m``."""
    extent = at[0].extent
    i, j, k = fresh(extent), fresh(extent), fresh(extent)
    equation = Tensor((i, j), Sum.over(Entry(operand, i, k) * Entry(name, k, j), [k]) - Delta(i, j))
    given = upstream.xreplace(dict(zip(definition.indices, (k, j), strict=True)))
    multiplier = Sum.over(Entry(name, k, i) * given, [k])
    row, column = fresh(extent), fresh(extent)
    _check_multiplier(equation, multiplier, name, (row, column), given, (k, j))
    return sift(-differentiate(equation, multiplier, operand, at))


def _check_multiplier(
    equation: Tensor,
    multiplier: Expr,
    name: str,
    at: tuple[Index, Index],
    given: Expr,
    places: tuple[Index, Index],
) -> None:
    """The multiplier must enter the equation's adjoint through the operand alone, as ``A' m``."""
    handed = sift(differentiate(equation, Entry("@m", *equation.indices), name, at))
    assert isinstance(handed, Sum), handed
    assert len(sympy.Mul.make_args(handed.body)) == 2, handed
