"""Arrays made, turned and put together: ones, transposes, reshapes, concatenations."""

from __future__ import annotations

from functools import partial

from sympy import Expr, Integer, Lt

from gradwright.language.array import Array, Place, quotient
from gradwright.language.extents import ONE, flattened, plain, product, spell
from gradwright.language.options import axis_of, extents_of, option, size_of, whole_numbers
from gradwright.language.reader import Reader
from gradwright.language.scope import ReadError, Shape
from gradwright.language.table import Primitive
from gradwright.language.tree import Call, Negate, Number, Sequence, Tree
from gradwright.tensor.nodes import ZERO, Delta, Where


def _build_constant(value: Expr, call: Call, reader: Reader) -> Array:
    shapes = tuple(extents_of(tree, reader) for tree in call.arguments[:1])
    return Array(shapes[0], lambda _: value)


def _build_like(value: Expr, call: Call, reader: Reader) -> Array:
    return Array(reader.array(call.arguments[0]).shape, lambda _: value)


def _build_full(call: Call, reader: Reader) -> Array:
    shape = extents_of(call.arguments[0], reader)
    value = reader.array(call.arguments[1])
    if value.shape:
        raise ReadError("full takes a shape and a scalar", call.span)
    return Array(shape, lambda _: value.at(()))


def _build_arange(call: Call, reader: Reader) -> Array:
    return Array((size_of(call.arguments[0], reader),), lambda place: place[0])


def _build_eye(call: Call, reader: Reader) -> Array:
    rows, columns = (size_of(tree, reader) for tree in (call.arguments[0], call.arguments[-1]))
    return Array((rows, columns), lambda place: Delta(*place))


def _build_shape(call: Call, reader: Reader) -> Array:
    array = reader.array(call.arguments[0])
    if len(call.arguments) < 2:
        raise ReadError("a shape is no value here; take one axis of it, as in X.shape[0]", call.span)
    extent = plain(array.shape[axis_of(call.arguments[1], array.shape)])
    return Array((), lambda _: extent)


def _build_size(call: Call, reader: Reader) -> Array:
    count = product(reader.array(call.arguments[0]).shape)
    return Array((), lambda _: count)


def _build_len(call: Call, reader: Reader) -> Array:
    array = reader.array(call.arguments[0])
    if not array.shape:
        raise ReadError("a scalar has no length", call.span)
    return Array((), lambda _: plain(array.shape[0]))


def _turned(array: Array, order: tuple[int, ...]) -> Array:
    """The array with its axes in another order: axis ``order[k]`` becomes axis ``k``."""
    back = tuple(order.index(axis) for axis in range(len(order)))
    shape = tuple(array.shape[axis] for axis in order)
    return Array(shape, lambda place: array.at(tuple(place[k] for k in back)), array.padded, open=array.open)


def _build_transpose(call: Call, reader: Reader) -> Array:
    array = reader.array(call.arguments[0])
    tree = option(call, "axes", 1)
    if len(call.arguments) > 2:
        tree = Sequence(call.arguments[1:], call.span)
    if len(array.shape) < 2 and tree is None:
        return array
    order = tuple(range(len(array.shape)))[::-1]
    if tree is not None:
        order = tuple(number % max(len(array.shape), 1) for number in whole_numbers(tree))
        if sorted(order) != list(range(len(array.shape))):
            raise ReadError(f"these are not the axes of {spell(array.shape)}, each once", call.span)
    return _turned(array, order)


def _build_swapaxes(call: Call, reader: Reader) -> Array:
    array = reader.array(call.arguments[0])
    one, other = (axis_of(tree, array.shape) for tree in call.arguments[1:])
    order = list(range(len(array.shape)))
    order[one], order[other] = order[other], order[one]
    return _turned(array, tuple(order))


def _build_moveaxis(call: Call, reader: Reader) -> Array:
    array = reader.array(call.arguments[0])
    source, target = (axis_of(tree, array.shape) for tree in call.arguments[1:])
    order = [axis for axis in range(len(array.shape)) if axis != source]
    order.insert(target, source)
    return _turned(array, tuple(order))


def _build_expand(call: Call, reader: Reader) -> Array:
    array = reader.array(call.arguments[0])
    tree = option(call, "axis", 1)
    if tree is None:
        raise ReadError("expand_dims needs an axis", call.span)
    axis = axis_of(tree, array.shape, extra=1)
    shape = (*array.shape[:axis], ONE, *array.shape[axis:])
    return Array(shape, lambda place: array.at(place[:axis] + place[axis + 1 :]))


def _build_squeeze(call: Call, reader: Reader) -> Array:
    array = reader.array(call.arguments[0])
    tree = option(call, "axis", 1)
    drop = [k for k, extent in enumerate(array.shape) if extent == ONE]
    if tree is not None:
        axis = axis_of(tree, array.shape)
        if axis not in drop:
            raise ReadError(f"axis {axis} of {spell(array.shape)} is not of one place", call.span)
        drop = [axis]
    kept = [k for k in range(len(array.shape)) if k not in drop]

    def entry(place: Place) -> Expr:
        at = dict(zip(kept, place, strict=True))
        return array.at(tuple(at.get(k, ZERO) for k in range(len(array.shape))))

    return Array(tuple(array.shape[k] for k in kept), entry)


def _build_ravel(call: Call, reader: Reader) -> Array:
    array = reader.array(call.arguments[0])
    return reshaped(array, (flattened(array.shape),))


def _build_reshape(call: Call, reader: Reader) -> Array:
    array = reader.array(call.arguments[0])
    trees: tuple[Tree, ...] = call.arguments[1:]
    if len(trees) == 1 and isinstance(trees[0], Sequence):
        trees = trees[0].items
    elif len(trees) == 1 and isinstance(trees[0], Call):
        shape = extents_of(trees[0], reader)
        return reshaped(array, _checked(array, shape, call, reader))
    rest = [k for k, tree in enumerate(trees) if _is_rest(tree)]
    if len(rest) > 1:
        raise ReadError("only one axis of a reshape can be -1", call.span)
    extents = [ONE if k in rest else size_of(tree, reader) for k, tree in enumerate(trees)]
    for k in rest:
        extents[k] = product(array.shape) / product(tuple(extents))
    return reshaped(array, _checked(array, tuple(extents), call, reader))


def _checked(array: Array, shape: Shape, call: Call, reader: Reader) -> Shape:
    if reader.equations.meet(product(array.shape), product(shape)) is None or any(
        extent.is_integer is False for extent in shape
    ):
        raise ReadError(f"{spell(array.shape)} does not reshape to {spell(shape)}", call.span)
    return shape


def _is_rest(tree: Tree) -> bool:
    return isinstance(tree, Negate) and isinstance(tree.operand, Number) and tree.operand.value == 1


def reshaped(array: Array, shape: Shape) -> Array:
    """Row-major reshaping; axes that both shapes share at the front stay as they are."""
    same = 0
    while same < min(len(shape), len(array.shape)) and shape[same] == array.shape[same]:
        same += 1
    old, new = array.shape[same:], shape[same:]

    def entry(place: Place) -> Expr:
        flat: Expr = ZERO
        for at, extent in zip(place[same:], new, strict=True):
            flat = flat * extent + at
        inside: list[Expr] = []
        for extent in reversed(old[1:]):
            flat, within = quotient(flat, extent)
            inside.append(within)
        head = (flat,) if old else ()
        return array.at((*place[:same], *head, *reversed(inside)))

    return Array(shape, entry)


def _items(call: Call, reader: Reader) -> list[Array]:
    tree = call.arguments[0]
    if not isinstance(tree, Sequence) or not tree.items:
        raise ReadError(
            f"{call.function} takes a list of arrays", call.span, f"write {call.function}([a, b])"
        )
    return [reader.array(item) for item in tree.items]


def _build_concatenate(call: Call, reader: Reader) -> Array:
    parts = _items(call, reader)
    shape = parts[0].shape
    if not shape:
        raise ReadError("scalars are stacked, not concatenated", call.span, "write stack([a, b])")
    tree = option(call, "axis", 1)
    axis = axis_of(tree, shape) if tree is not None else 0
    starts, extent = [ZERO], shape[axis]
    for part in parts[1:]:
        if len(part.shape) != len(shape):
            raise ReadError(f"concatenate: {spell(shape)} and {spell(part.shape)} differ in order", call.span)
        reader.broadcast(_less(shape, axis), _less(part.shape, axis), call)
        starts.append(extent)
        extent = extent + part.shape[axis]

    def entry(place: Place) -> Expr:
        at = place[axis]
        result: Expr | None = None
        for part, start in reversed(list(zip(parts, starts, strict=True))):
            inside = ZERO if part.shape[axis] == ONE else at - start
            own = part.at((*place[:axis], inside, *place[axis + 1 :]))
            stop = start + part.shape[axis]
            result = own if result is None else Where(_before(at, stop), own, result)
        assert result is not None
        return result

    return Array((*shape[:axis], extent, *shape[axis + 1 :]), entry)


def _before(at: Expr, stop: Expr) -> Expr:
    """The relation ``at < stop``, decided where the index's own extent decides it."""
    inside = getattr(at, "extent", None)
    if inside is not None and (stop - inside).is_nonnegative:
        return Lt(Integer(0), Integer(1))
    if (at - stop).is_number:
        return Lt(at - stop, 0)
    return Lt(at, stop, evaluate=False)


def _less(shape: Shape, axis: int) -> Shape:
    return shape[:axis] + shape[axis + 1 :]


def _build_stack(call: Call, reader: Reader) -> Array:
    parts = _items(call, reader)
    shape = parts[0].shape
    for part in parts[1:]:
        if len(part.shape) != len(shape):
            raise ReadError(f"stack: {spell(shape)} and {spell(part.shape)} differ in order", call.span)
        shape = reader.broadcast(shape, part.shape, call)
    tree = option(call, "axis", 1)
    axis = axis_of(tree, shape, extra=1) if tree is not None else 0

    def entry(place: Place) -> Expr:
        at, rest = place[axis], place[:axis] + place[axis + 1 :]
        result = parts[-1].at(rest)
        for number, part in reversed(list(enumerate(parts[:-1]))):
            result = Where(_before(at, Integer(number + 1)), part.at(rest), result)
        return result

    return Array((*shape[:axis], Integer(len(parts)), *shape[axis:]), entry)


ARRAYS = (
    Primitive("ones", partial(_build_constant, Integer(1)), (1, 1), ("dtype",)),
    Primitive("zeros", partial(_build_constant, Integer(0)), (1, 1), ("dtype",)),
    Primitive("ones_like", partial(_build_like, Integer(1))),
    Primitive("zeros_like", partial(_build_like, Integer(0))),
    Primitive("full", _build_full, (2, 2)),
    Primitive("arange", _build_arange),
    Primitive("eye", _build_eye, (1, 2), names=("identity",)),
    Primitive("shape", _build_shape, (1, 2)),
    Primitive("size", _build_size),
    Primitive("len", _build_len),
    Primitive("transpose", _build_transpose, (1, 9), ("axes",)),
    Primitive("swapaxes", _build_swapaxes, (3, 3)),
    Primitive("moveaxis", _build_moveaxis, (3, 3)),
    Primitive("expand_dims", _build_expand, (1, 2), ("axis",)),
    Primitive("squeeze", _build_squeeze, (1, 2), ("axis",)),
    Primitive("ravel", _build_ravel, names=("flatten",)),
    Primitive("reshape", _build_reshape, (2, 9)),
    Primitive("concatenate", _build_concatenate, (1, 2), ("axis",)),
    Primitive("stack", _build_stack, (1, 2), ("axis",), ("array",)),
)
