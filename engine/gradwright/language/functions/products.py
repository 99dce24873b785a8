"""Products of arrays: dot, inner and outer products, tensordot, einsum, the Kronecker product."""

from __future__ import annotations

from sympy import Expr

from gradwright.language.array import Array, Place, quotient, total
from gradwright.language.extents import ONE, flattened, spell
from gradwright.language.functions.arrays import reshaped
from gradwright.language.options import option, text_of, whole, whole_numbers
from gradwright.language.products import matrix_product
from gradwright.language.reader import Reader
from gradwright.language.scope import ReadError
from gradwright.language.table import Primitive
from gradwright.language.tree import Call, Sequence
from gradwright.tensor.nodes import ZERO


def _build_dot(call: Call, reader: Reader) -> Array:
    left, right = (reader.array(argument) for argument in call.arguments)
    if not left.shape or not right.shape:
        return reader.elementwise([left, right], lambda a, b: a * b, call)
    if len(right.shape) <= 2 or len(left.shape) == 1:
        if len(left.shape) == 1 and len(right.shape) > 2:
            return _contract(left, right, (0,), (len(right.shape) - 2,), call, reader)
        return matrix_product(left, right, call, reader)
    return _contract(left, right, (len(left.shape) - 1,), (len(right.shape) - 2,), call, reader)


def _build_vdot(call: Call, reader: Reader) -> Array:
    left, right = (reader.array(argument) for argument in call.arguments)
    if len(left.shape) != len(right.shape):
        raise ReadError(
            f"{call.function} takes arrays of one shape: {spell(left.shape)} and {spell(right.shape)}",
            call.span,
        )
    return _contract(left, right, tuple(range(len(left.shape))), tuple(range(len(right.shape))), call, reader)


def _build_inner(call: Call, reader: Reader) -> Array:
    left, right = (reader.array(argument) for argument in call.arguments)
    if not left.shape or not right.shape:
        return reader.elementwise([left, right], lambda a, b: a * b, call)
    return _contract(left, right, (len(left.shape) - 1,), (len(right.shape) - 1,), call, reader)


def _contract(
    left: Array, right: Array, first: tuple[int, ...], second: tuple[int, ...], call: Call, reader: Reader
) -> Array:
    """The product of two arrays summed over pairs of their axes; the axes that are left follow in order."""
    extents: list[Expr] = []
    for one, other in zip(first, second, strict=True):
        extent = reader.equations.meet(left.shape[one], right.shape[other])
        if extent is None:
            raise ReadError(
                f"{call.function} : the summed axes differ: {spell(left.shape)} and {spell(right.shape)}",
                call.span,
            )
        extents.append(extent)
    kept = tuple(axis for axis in range(len(left.shape)) if axis not in first)
    others = tuple(axis for axis in range(len(right.shape)) if axis not in second)

    def entry(place: Place) -> Expr:
        def body(inner: Place) -> Expr:
            here = {**dict(zip(kept, place, strict=False)), **dict(zip(first, inner, strict=True))}
            there = {
                **dict(zip(others, place[len(kept) :], strict=True)),
                **dict(zip(second, inner, strict=True)),
            }
            return left.at(tuple(here[axis] for axis in sorted(here))) * right.at(
                tuple(there[axis] for axis in sorted(there))
            )

        return total(extents, body)

    shape = (*(left.shape[axis] for axis in kept), *(right.shape[axis] for axis in others))
    return Array(shape, entry, left.padded and right.padded)


def _build_tensordot(call: Call, reader: Reader) -> Array:
    left, right = (reader.array(argument) for argument in call.arguments[:2])
    tree = option(call, "axes", 2)
    if isinstance(tree, Sequence):
        if len(tree.items) != 2:
            raise ReadError("axes is a number or a pair", tree.span)
        first, second = (whole_numbers(item) for item in tree.items)
        if len(first) != len(second):
            raise ReadError("axes names as many axes of the one as of the other", tree.span)
        for numbers, array in ((first, left), (second, right)):
            if any(not -len(array.shape) <= number < len(array.shape) for number in numbers):
                raise ReadError(f"there is no such axis in {spell(array.shape)}", tree.span)
        first = tuple(number % len(left.shape) for number in first)
        second = tuple(number % len(right.shape) for number in second)
        return _contract(left, right, first, second, call, reader)
    count = 2 if tree is None else whole(tree)
    if not 0 <= count <= min(len(left.shape), len(right.shape)):
        raise ReadError(
            f"{spell(left.shape)} and {spell(right.shape)} have no {count} axes to sum", call.span
        )
    order = len(left.shape)
    return _contract(left, right, tuple(range(order - count, order)), tuple(range(count)), call, reader)


def _build_outer(call: Call, reader: Reader) -> Array:
    left, right = (_flat(reader.array(argument)) for argument in call.arguments)

    def entry(place: Place) -> Expr:
        return left.at(place[:1]) * right.at(place[1:])

    return Array(left.shape + right.shape, entry, left.padded and right.padded)


def _flat(array: Array) -> Array:
    if len(array.shape) == 1:
        return array
    if not array.shape:
        return Array((ONE,), lambda _: array.at(()))
    return reshaped(array, (flattened(array.shape),))


def _build_kron(call: Call, reader: Reader) -> Array:
    left, right = (reader.array(argument) for argument in call.arguments)
    order = max(len(left.shape), len(right.shape))
    left, right = _raised(left, order), _raised(right, order)

    def entry(place: Place) -> Expr:
        split = [quotient(at, extent) for at, extent in zip(place, right.shape, strict=True)]
        return left.at(tuple(at for at, _ in split)) * right.at(tuple(at for _, at in split))

    return Array(tuple(flattened((a, b)) for a, b in zip(left.shape, right.shape, strict=True)), entry)


def _raised(array: Array, order: int) -> Array:
    lack = order - len(array.shape)
    return Array((ONE,) * lack + array.shape, lambda place: array.at(place[lack:])) if lack else array


def _build_einsum(call: Call, reader: Reader) -> Array:
    pattern = text_of(call.arguments[0])
    if pattern is None:
        raise ReadError("einsum starts with its pattern", call.span, "write einsum('ij,jk->ik', A, B)")
    parts = [reader.array(tree) for tree in call.arguments[1:]]
    inputs, output = _pattern(pattern, len(parts), call)
    extents: dict[str, Expr] = {}
    for letters, part in zip(inputs, parts, strict=True):
        if len(letters) != len(part.shape):
            raise ReadError(f"einsum: '{letters}' does not fit {spell(part.shape)}", call.arguments[0].span)
        for name, extent in zip(letters, part.shape, strict=True):
            both = reader.equations.broadcast(extents.get(name, extent), extent)
            if both is None:
                raise ReadError(
                    f"einsum: {name} is both {extents[name]} and {extent}", call.arguments[0].span
                )
            extents[name] = both
    summed = tuple(sorted(set(extents) - set(output)))

    def entry(place: Place) -> Expr:
        def body(inner: Place) -> Expr:
            at = {**dict(zip(output, place, strict=True)), **dict(zip(summed, inner, strict=True))}
            result: Expr = ONE
            for letters, part in zip(inputs, parts, strict=True):
                spot = (ZERO if e == ONE else at[name] for name, e in zip(letters, part.shape, strict=True))
                result = result * part.at(tuple(spot))
            return result

        return total([extents[name] for name in summed], body)

    return Array(tuple(extents[name] for name in output), entry)


def _pattern(text: str, count: int, call: Call) -> tuple[list[str], str]:
    """The letters of each operand and of the result."""
    span = call.arguments[0].span
    head, arrow, output = text.replace(" ", "").partition("->")
    inputs = head.split(",")
    if not all(letters.isalpha() or not letters for letters in (*inputs, output)):
        hint = "write a letter for every axis" if "..." in text else "write einsum('ij,jk->ik', A, B)"
        raise ReadError("an einsum pattern is letters, commas and one ->", span, hint)
    if len(inputs) != count:
        raise ReadError(f"the pattern names {len(inputs)} arrays, and {count} follow", span)
    if not arrow:
        joined = "".join(inputs)
        output = "".join(sorted(name for name in set(joined) if joined.count(name) == 1))
    if len(set(output)) < len(output) or not set(output) <= set("".join(inputs)):
        raise ReadError("the result's letters occur in the operands, each once in the result", span)
    return inputs, output


PRODUCTS = (
    Primitive("dot", _build_dot, (2, 2)),
    Primitive("vdot", _build_vdot, (2, 2)),
    Primitive("inner", _build_inner, (2, 2)),
    Primitive("outer", _build_outer, (2, 2)),
    Primitive("tensordot", _build_tensordot, (2, 3), ("axes",)),
    Primitive("kron", _build_kron, (2, 2)),
    Primitive("einsum", _build_einsum, (2, 9)),
)
