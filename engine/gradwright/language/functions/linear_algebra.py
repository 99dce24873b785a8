"""Traces, diagonals, matrix powers, and the opaque functions of a named matrix."""

from __future__ import annotations

from functools import partial

from sympy import Expr

from gradwright.language.array import Array, Place, over
from gradwright.language.extents import spell
from gradwright.language.options import whole
from gradwright.language.products import matrix_product
from gradwright.language.reader import Reader
from gradwright.language.scope import ReadError
from gradwright.language.table import Primitive
from gradwright.language.tree import Call
from gradwright.tensor.nodes import Apply, Delta, Sum

_LARGEST_POWER = 12


def _matrix(call: Call, reader: Reader, at: int = 0, square: bool = True) -> Array:
    """An argument that must be a matrix, a square one unless told otherwise."""
    return _checked(reader.array(call.arguments[at]), call, reader, square)


def _checked(array: Array, call: Call, reader: Reader, square: bool = True) -> Array:
    if array.open and len(array.shape) < 2:
        raise ReadError(f"the shape of what {call.function} takes is not known yet", call.span)
    if len(array.shape) != 2:
        raise ReadError(f"{call.function} takes a matrix, and this is {spell(array.shape)}", call.span)
    if square and reader.equations.meet(*array.shape) is None:
        raise ReadError(f"{call.function} takes a square matrix, and this is {spell(array.shape)}", call.span)
    return array


def _refused(call: Call, what: str) -> ReadError:
    return ReadError(
        f"{call.function} needs a name: write A = {what} first, then {call.function}(A)", call.span
    )


def _build_opaque(result: str, call: Call, reader: Reader) -> Array:
    """A function known only by its name, of a named matrix; ``result`` names its axes by the matrix's."""
    return _opaque(_matrix(call, reader, square=call.function != "pinv"), result, call)


def _opaque(array: Array, result: str, call: Call) -> Array:
    shape = {"": (), "same": array.shape, "flipped": array.shape[::-1]}[result]

    def entry(place: Place) -> Expr:
        if not array.name:
            raise _refused(call, "...")
        return Apply(call.function, (array.name,), *place)

    return Array(shape, entry)


def _build_solve(call: Call, reader: Reader) -> Array:
    inverse = _build_opaque("same", Call("inv", call.arguments[:1], (), call.span), reader)
    return matrix_product(inverse, reader.array(call.arguments[1]), call, reader)


def _build_mpow(call: Call, reader: Reader) -> Array:
    power = whole(call.arguments[1])
    if abs(power) > _LARGEST_POWER:
        raise ReadError(f"a matrix power beyond {_LARGEST_POWER} is not written out", call.span)
    array = _matrix(call, reader)
    if power < 0:
        array, power = _opaque(array, "same", Call("inv", call.arguments[:1], (), call.span)), -power
    if power == 0:
        return Array(array.shape, lambda place: Delta(*place))
    result = array
    for _ in range(power - 1):
        result = matrix_product(result, array, call, reader)
    return result


def _build_matmul(call: Call, reader: Reader) -> Array:
    left, right = (reader.array(argument) for argument in call.arguments)
    return matrix_product(left, right, call, reader)


def _build_trace(call: Call, reader: Reader) -> Array:
    array = _matrix(call, reader)

    def entry(_: Place) -> Expr:
        indices, at = over(array.shape[0])
        return Sum.over(array.at((at, at)), indices)

    return Array((), entry)


def _build_diag(call: Call, reader: Reader) -> Array:
    array = reader.array(call.arguments[0])
    if len(array.shape) == 2:
        return _diagonal(_checked(array, call, reader))
    if len(array.shape) != 1:
        raise ReadError(f"diag takes a vector or a matrix, and this is {spell(array.shape)}", call.span)

    def entry(place: Place) -> Expr:
        return array.at(place[:1]) * Delta(*place)

    return Array(array.shape * 2, entry, array.padded)


def _build_diagonal(call: Call, reader: Reader) -> Array:
    return _diagonal(_matrix(call, reader))


def _diagonal(array: Array) -> Array:
    return Array(array.shape[:1], lambda place: array.at((place[0], place[0])), array.padded)


LINEAR_ALGEBRA = (
    Primitive("inv", partial(_build_opaque, "same")),
    Primitive("pinv", partial(_build_opaque, "flipped")),
    Primitive("expm", partial(_build_opaque, "same")),
    Primitive("cholesky", partial(_build_opaque, "same")),
    Primitive("det", partial(_build_opaque, "")),
    Primitive("logdet", partial(_build_opaque, "")),
    Primitive("solve", _build_solve, (2, 2)),
    Primitive("mpow", _build_mpow, (2, 2), names=("matrix_power",)),
    Primitive("matmul", _build_matmul, (2, 2)),
    Primitive("trace", _build_trace, names=("tr",)),
    Primitive("diag", _build_diag),
    Primitive("diagonal", _build_diagonal),
)
