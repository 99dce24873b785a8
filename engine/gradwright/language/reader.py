"""From a syntax tree to the array that it stands for: shapes are checked at once, entries made on demand."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from sympy import E, Expr, Integer, Rational, S, Symbol, pi

from gradwright.errors import nearest
from gradwright.language import clashes, operators
from gradwright.language.array import Array, Place, aligned, scalar
from gradwright.language.bounds import EXTENT
from gradwright.language.compose import inline
from gradwright.language.extents import Equations
from gradwright.language.free import as_subscripts
from gradwright.language.products import matrix_product
from gradwright.language.scope import ReadError, Scope, Shape
from gradwright.language.subscripts import subscript
from gradwright.language.table import primitives
from gradwright.language.tree import Binary, Call, Compare, Formula, Item, Name, Negate, Number, Text, Tree
from gradwright.language.tree import Sequence as Items
from gradwright.language.written import counted
from gradwright.tensor.nodes import Delta, Entry, Iverson, Where, size

_CONSTANTS: Mapping[str, Expr] = {"pi": pi, "E": E, "inf": S.Infinity}
_SIGNS = {"+": "+-", "-": "+-", "*": "*/", "/": "*/"}
_NO_SIZES = (S.NaN, S.Infinity, S.NegativeInfinity, S.ComplexInfinity, Entry, Iverson, Where, Delta)
_DEEPEST, _DEEPEST_ENTRY = 12, 60


@dataclass
class Slot:
    """A named index while its body is read: the extent found for it, and its place while an entry is made.

    ``likely`` is the extent of an axis that it subscripts as ``t - 1``, for want of a plain ``t``.
    """

    extent: Expr | None = None
    likely: Expr | None = None
    place: Expr = S.NaN


class Reader:
    """Reads the trees of one text in one scope.

    Args:
        scope: The declared values and composite functions.
        arrays: Names that stand for arrays already read: the arguments of a composite function.
        slots: The named indices in reach.
        equations: Where equations between sizes are gathered.
        lettered: How far an index of that letter runs where nothing in its body says so.
    """

    def __init__(
        self,
        scope: Scope,
        arrays: Mapping[str, Array] | None = None,
        slots: Mapping[str, Slot] | None = None,
        equations: Equations | None = None,
        lettered: Mapping[str, Expr] | None = None,
    ) -> None:
        self.scope = scope
        self.arrays: dict[str, Array] = dict(arrays or {})
        self.slots: dict[str, Slot] = dict(slots or {})
        self.equations = equations or Equations()
        self.lettered = lettered or {}
        self.depth = 0

    @property
    def sizes(self) -> frozenset[str]:
        """The names of the axes of the declared values."""
        return self.scope.axes

    def array(self, tree: Tree) -> Array:
        """The array that a tree stands for.

        Raises:
            ReadError: A name is not declared, shapes clash, or the tree is no value.
        """
        match tree:
            case Number():
                return scalar(Rational(tree.value.numerator, tree.value.denominator))
            case Name():
                return self._name(tree)
            case Binary():
                return self._binary(tree)
            case Negate():
                inner = self.array(tree.operand)
                return self.elementwise([inner], lambda part: -part, tree, padded=inner.padded)
            case Call():
                return self._call(tree)
            case Compare():
                return self._compare(tree)
            case Item():
                return subscript(tree, self)
            case Items():
                return self.call("stack", (tree,), tree)
            case Text():
                raise ReadError("a string is no value here", tree.span)
            case _:
                raise ReadError("a slice stands only inside a subscript", tree.span)

    def call(self, function: str, arguments: tuple[Tree, ...], tree: Tree) -> Array:
        """The array that a primitive makes of trees."""
        return self._call(Call(function, arguments, (), tree.span))

    def elementwise(
        self, parts: Sequence[Array], join: Callable[..., Expr], tree: Tree, padded: bool = False
    ) -> Array:
        """The array whose entries ``join`` makes of the entries of broadcast arrays."""
        shape = parts[0].shape
        for count in range(1, len(parts)):
            shape = self.broadcast(shape, parts[count].shape, tree)
        entries = [aligned(part, shape) for part in parts]
        is_open = any(part.open for part in parts)
        if len(entries) == 1:
            only = entries[0]
            return Array(shape, lambda place: join(only(place)), padded, open=is_open)
        return Array(shape, lambda place: join(*(entry(place) for entry in entries)), padded, open=is_open)

    def broadcast(self, left: Shape, right: Shape, tree: Tree) -> Shape:
        """The shape of an elementwise operation, or an error with both shapes and a likely fix."""
        if left == right or not right:
            return left
        if not left:
            return right
        long, short = (left, right) if len(left) >= len(right) else (right, left)
        skip = len(long) - len(short)
        tail = [self.equations.broadcast(a, b) for a, b in zip(long[skip:], short, strict=True)]
        if None in tail:
            raise clashes.elementwise(tree, left, right)
        return long[:skip] + tuple(extent for extent in tail if extent is not None)

    @contextmanager
    def binding(self, names: Mapping[str, Slot]) -> Iterator[None]:
        """Named indices in reach for a while; they hide values of the same name."""
        before, hidden = self.slots, {name: self.arrays.pop(name) for name in names if name in self.arrays}
        self.slots = {**before, **names}
        try:
            yield
        finally:
            self.slots = before
            self.arrays.update(hidden)

    def inside(self, arrays: Mapping[str, Array], tree: Tree) -> Reader:
        """A reader of a composite function's formulas, which see its arguments alone."""
        if self.depth > _DEEPEST:
            raise ReadError("functions that call one another without end", tree.span)
        reader = Reader(Scope({}, self.scope.composites), arrays, equations=self.equations)
        reader.depth = self.depth + 1
        return reader

    def formula(self, formula: Formula) -> Array:
        """The array that a formula defines: the axes of the indices on its left side, then its body's."""
        return self.bound(formula.indices, formula.body)

    def bound(self, indices: Sequence[str], tree: Tree) -> Array:
        """The array of a tree's values at all places of named indices, which are its leading axes."""
        if not indices:
            return self.array(tree)
        slots = {name: Slot() for name in indices}
        with self.binding(slots):
            body = self.array(tree)
        lead = tuple(self.run(name, slot, tree) for name, slot in slots.items())
        count = len(lead)

        def entry(place: Place) -> Expr:
            for slot, at in zip(slots.values(), place[:count], strict=True):
                slot.place = at
            return body.at(place[count:])

        return Array(lead + body.shape, entry, open=body.open)

    def run(self, name: str, slot: Slot, tree: Tree) -> Expr:
        """How many places a named index runs over, once its body has been read."""
        found = (one for one in (slot.extent, slot.likely, self.lettered.get(name)) if one is not None)
        slot.extent = next(found, None)
        if slot.extent is None:
            hint = f"subscript an axis by it, as in X[{name}], or call its axis {name.upper()}"
            raise ReadError(f"nothing says how far {name} runs", tree.span, hint)
        return slot.extent

    def extent(self, tree: Tree) -> Expr:
        """The integer that a tree of numbers and axis sizes stands for."""
        value = self.array(tree)
        entry = value.at(()) if not value.shape else S.NaN
        positive = all(isinstance(symbol, Symbol) and symbol.is_positive for symbol in entry.free_symbols)
        if not positive or entry.has(*_NO_SIZES) or (entry.is_number and entry.is_integer is not True):
            raise ReadError(
                "a size is expected here: a number, an axis such as n, or a formula of these", tree.span
            )
        if entry.is_Integer and abs(entry) > EXTENT:
            raise ReadError(
                f"a size may be at most {EXTENT}", tree.span, "write the name of an axis, or a smaller number"
            )
        return entry

    def is_value(self, name: str) -> bool:
        """Whether the name is a declared value, an argument or a named index in reach."""
        return name in self.slots or name in self.arrays or name in self.scope.values

    def _name(self, tree: Name) -> Array:
        name = tree.name
        if name in self.arrays:
            return self.arrays[name]
        slot = self.slots.get(name)
        if slot is not None:
            return Array((), lambda _: slot.place)
        value = self.scope.values.get(name)
        if value is not None:
            return Array(value.shape, lambda place: Entry(name, *place), padded=bool(value.shape), name=name)
        if name in _CONSTANTS:
            return scalar(_CONSTANTS[name])
        if name in self.sizes:
            return scalar(size(name))
        if name in ("True", "False"):
            return scalar(Integer(name == "True"))
        known = [*self.arrays, *self.slots, *self.scope.values, *self.sizes]
        entry = as_subscripts(name, self.scope)
        hint = f"write {entry}" if entry else nearest(name, known)
        hint = hint or (f"known names: {', '.join(known[:12])}" if known else "")
        raise ReadError(f"{name} is not declared", tree.span, hint)

    def _binary(self, tree: Binary) -> Array:
        if tree.operator == "@":
            return matrix_product(self.array(tree.left), self.array(tree.right), tree, self)
        if tree.operator == "**":
            base, exponent = self.array(tree.left), self.array(tree.right)
            return self.elementwise([base, exponent], operators.power(tree), tree)
        return self._chain(tree)

    def _chain(self, tree: Binary) -> Array:
        """A run of one precedence, ``a + b - c`` or ``a*b/c``, as one operation of many operands."""
        together = _SIGNS[tree.operator]
        runs: list[Binary] = []
        node: Tree = tree
        while isinstance(node, Binary) and node.operator in together:
            runs.append(node)
            node = node.left
        first = self.array(node)
        parts, signs, shape = [first], [together[0]], first.shape
        for run in reversed(runs):
            part = self.array(run.right)
            shape = self.broadcast(shape, part.shape, run)
            parts.append(part)
            signs.append(run.operator)
        combine = operators.add if together == "+-" else operators.multiply(tree)
        entries = [(sign, aligned(part, shape)) for sign, part in zip(signs, parts, strict=True)]
        whole = [part.padded and part.shape == shape for part in parts]
        padded = (
            all(whole) if together == "+-" else any(w and s == "*" for w, s in zip(whole, signs, strict=True))
        )
        return Array(
            shape,
            lambda place: combine([(sign, entry(place)) for sign, entry in entries]),
            padded,
            open=any(part.open for part in parts),
        )

    def _compare(self, tree: Compare) -> Array:
        left, right = self.array(tree.left), self.array(tree.right)
        shape = self.broadcast(left.shape, right.shape, tree)
        return operators.comparison(tree, left, right, shape, self.scope.values)

    def _call(self, tree: Call) -> Array:
        primitive = primitives().get(tree.function)
        if primitive is None:
            composite = self.scope.composites.get(tree.function)
            if composite is not None:
                return self._metered(inline(composite, tree, self), tree)
            known = [*primitives(), *self.scope.composites]
            raise ReadError(f"there is no function {tree.function}", tree.span, nearest(tree.function, known))
        least, most = primitive.operands
        if not least <= len(tree.arguments) <= most:
            count = len(tree.arguments)
            raise ReadError(f"{tree.function} takes {counted(least, most)}, here it has {count}", tree.span)
        for option, value in tree.options:
            if option not in primitive.options:
                hint = nearest(option, primitive.options) or (
                    f"it takes {', '.join(primitive.options)}" if primitive.options else "it takes none"
                )
                raise ReadError(f"{tree.function} has no option {option}", value.span, hint)
        return self._metered(primitive.build(tree, self), tree)

    def _metered(self, array: Array, tree: Call) -> Array:
        equations, at = self.equations, array.at

        def entry(place: Place) -> Expr:
            equations.work -= 1
            equations.level += 1
            try:
                if equations.work < 0 or equations.level > _DEEPEST_ENTRY:
                    raise ReadError("too large to write out in index form", tree.span, "name parts of it")
                return at(place)
            finally:
                equations.level -= 1

        return replace(array, at=entry)
