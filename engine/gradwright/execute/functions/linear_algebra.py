"""Products, traces, norms, diagonals, and functions of a whole matrix."""

from __future__ import annotations

from fractions import Fraction
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from gradwright.execute.function import Function, axes_of, axis_of, flag, option
from gradwright.execute.functions.reductions import extreme, total
from gradwright.language.scope import ReadError
from gradwright.language.tree import Call, Name, Sequence, Text, Tree

if TYPE_CHECKING:
    from gradwright.execute.evaluate import Evaluation

Array = Any
_LARGEST_POWER = 1000


def _matmul(call: Call, run: Evaluation) -> Array:
    left, right = (run.value(argument) for argument in call.arguments)
    return run.product(left, right, call)


def _contract(left: Array, right: Array, axes: Any, call: Call, run: Evaluation) -> Array:
    """A product of two arrays summed over pairs of axes; the axes that are left follow in order."""
    run.work.check(left.size * right.size if left.size < 2 or right.size < 2 else _cost(left, right, axes))
    try:
        return np.tensordot(left, right, axes=axes)
    except ValueError:
        raise ReadError(f"the summed axes differ: {left.shape} and {right.shape}", call.span) from None


def _cost(left: Array, right: Array, axes: Any) -> int:
    summed = tuple(range(left.ndim - axes, left.ndim)) if isinstance(axes, int) else axes[0]
    inner = prod(left.shape[axis] for axis in summed)
    return int(left.size * right.size // max(inner, 1))


def _dot(call: Call, run: Evaluation) -> Array:
    left, right = (run.value(argument) for argument in call.arguments)
    if not left.ndim or not right.ndim:
        return run.elementwise("multiply", [left, right], call)
    return _contract(left, right, ([left.ndim - 1], [max(right.ndim - 2, 0)]), call, run)


def _vdot(call: Call, run: Evaluation) -> Array:
    left, right = (np.ravel(run.value(argument)) for argument in call.arguments)
    return run.product(left, right, call)


def _inner(call: Call, run: Evaluation) -> Array:
    left, right = (run.value(argument) for argument in call.arguments)
    if not left.ndim or not right.ndim:
        return run.elementwise("multiply", [left, right], call)
    return _contract(left, right, ([left.ndim - 1], [right.ndim - 1]), call, run)


def _outer(call: Call, run: Evaluation) -> Array:
    left, right = (np.ravel(run.value(argument)) for argument in call.arguments)
    return run.elementwise("multiply", [left[:, None], right[None, :]], call)


def _tensordot(call: Call, run: Evaluation) -> Array:
    left, right = (run.value(argument) for argument in call.arguments[:2])
    tree = option(call, "axes", 2)
    if not isinstance(tree, Sequence):
        count = 2 if tree is None else run.whole(tree)
        if not 0 <= count <= min(left.ndim, right.ndim):
            raise ReadError(f"{left.shape} and {right.shape} have no {count} axes to sum", call.span)
        return _contract(left, right, count, call, run)
    if len(tree.items) != 2:
        raise ReadError("axes is a number or a pair", tree.span)
    first = [axis_of(number, left.ndim, tree) for number in run.wholes(tree.items[0])]
    second = [axis_of(number, right.ndim, tree) for number in run.wholes(tree.items[1])]
    return _contract(left, right, (first, second), call, run)


def _kron(call: Call, run: Evaluation) -> Array:
    left, right = (run.value(argument) for argument in call.arguments)
    run.work.check(left.size * right.size)
    return np.kron(left, right)


def _square(call: Call, run: Evaluation) -> Array:
    matrix = run.value(call.arguments[0])
    if matrix.ndim < 2 or matrix.shape[-1] != matrix.shape[-2]:
        raise ReadError(f"{call.function} takes a square matrix, and this is {matrix.shape}", call.span)
    return matrix


def _matrix_function(call: Call, run: Evaluation) -> Array:
    matrix = run.value(call.arguments[0]) if call.function == "pinv" else _square(call, run)
    if matrix.ndim < 2:
        raise ReadError(f"{call.function} takes a matrix, and this is {matrix.shape}", call.span)
    run.work.check(matrix.size * matrix.shape[-1])
    return run.field.matrices[call.function](matrix)


def _solve(call: Call, run: Evaluation) -> Array:
    matrix, right = _square(call, run), run.value(call.arguments[1])
    if right.ndim == 0 or matrix.shape[-1] != right.shape[0 if right.ndim == 1 else -2]:
        raise ReadError(f"solve: {matrix.shape} and {right.shape} do not fit", call.span)
    run.work.check(matrix.size * matrix.shape[-1])
    return run.field.matrices["solve"](matrix, right)


def _power(call: Call, run: Evaluation) -> Array:
    matrix, count = _square(call, run), run.whole(call.arguments[1])
    if abs(count) > _LARGEST_POWER:
        raise ReadError(f"a matrix power beyond {_LARGEST_POWER}", call.span)
    if count < 0:
        matrix, count = run.settle(run.field.matrices["inv"](matrix)), -count
    result = run.field.wrap(np.broadcast_to(np.eye(matrix.shape[-1]), matrix.shape))
    for digit in bin(count)[2:] if count else "":
        result = run.product(result, result, call)
        if digit == "1":
            result = run.product(result, matrix, call)
    return result


def _trace(call: Call, run: Evaluation) -> Array:
    return np.trace(_square(call, run))


def _diag(call: Call, run: Evaluation) -> Array:
    array = run.value(call.arguments[0])
    if array.ndim == 2:
        return np.diagonal(array)
    if array.ndim != 1:
        raise ReadError(f"diag takes a vector or a matrix, and this is {array.shape}", call.span)
    run.work.check(array.size**2)
    return run.elementwise("multiply", [run.field.wrap(np.eye(array.size)), array], call)


def _norm(call: Call, run: Evaluation) -> Array:
    array = run.value(call.arguments[0])
    axes, keep = axes_of(option(call, "axis"), array, run), flag(call, "keepdims")
    kind = _kind(option(call, "ord", 1), call, run)
    if kind == "2" and (len(axes) != 2 or call.function == "norm2"):
        kind = "fro"
    if kind == "fro":
        squares = total(array * array, axes, keep, run)
        return run.elementwise("sqrt", [run.settle(squares)], call)
    absolute = run.elementwise("abs", [array], call)
    if call.function == "norm1":
        return total(absolute, axes, keep, run)
    if len(axes) == 2 and array.ndim == 2 and kind in ("1", "2", "inf"):
        value = _of_matrix(kind, array, absolute, run)
        return np.reshape(value, (1, 1)) if keep else value
    return _of_entries(kind, absolute, axes, keep, call, run)


def _kind(tree: Tree | None, call: Call, run: Evaluation) -> str:
    if tree is None:
        return "1" if call.function == "norm1" else "fro"
    if isinstance(tree, Text):
        if tree.value != "fro":
            raise ReadError(f"a norm of kind {tree.value} is not known", tree.span)
        return "fro"
    if isinstance(tree, Name) and tree.name == "inf":
        return "inf"
    return str(run.exact(tree))


def _of_matrix(kind: str, array: Array, absolute: Array, run: Evaluation) -> Array:
    if kind == "2":
        return run.settle(run.field.matrices["spectral"](array))
    sums = total(absolute, (0,) if kind == "1" else (1,), False, run)
    return extreme("maximum", sums, (0,), False, run)


def _of_entries(
    kind: str, absolute: Array, axes: tuple[int, ...], keep: bool, call: Call, run: Evaluation
) -> Array:
    if kind == "inf":
        return extreme("maximum", absolute, axes, keep, run)
    order = Fraction(kind)
    if order <= 0 or len(axes) != 1:
        raise ReadError(f"a norm of order {kind} over {len(axes)} axes is not known", call.span)
    if order == 1:
        return total(absolute, axes, keep, run)
    powers = run.elementwise("power", [absolute, run.field.number(order)], call)
    return run.elementwise(
        "power", [run.settle(total(powers, axes, keep, run)), run.field.number(1 / order)], call
    )


LINEAR_ALGEBRA = (
    Function("matmul", _matmul),
    Function("dot", _dot),
    Function("vdot", _vdot),
    Function("inner", _inner),
    Function("outer", _outer),
    Function("tensordot", _tensordot),
    Function("kron", _kron),
    Function("solve", _solve),
    Function("mpow", _power),
    Function("trace", _trace),
    Function("diag", _diag),
    Function("diagonal", lambda call, run: np.diagonal(_square(call, run))),
    Function("norm", _norm),
    Function("norm1", _norm),
    Function("norm2", _norm),
    *(Function(name, _matrix_function) for name in ("inv", "pinv", "det", "logdet", "expm", "cholesky")),
)
