"""The cut: formulas into small named ones, as a person writes them on paper.

A name goes to the argument of a nonlinear function that holds a product, to every call of a composite or
opaque function, to a compound operand of a matrix product, and to a product that occurs twice. A composite
function of several formulas is opened: its inner values become named values too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from gradwright.language.index_form import index_form
from gradwright.language.scope import Composite, Scope
from gradwright.language.tree import (
    Binary,
    Call,
    Compare,
    Formula,
    Item,
    Name,
    Negate,
    Number,
    Tree,
    children,
    names,
    rebuild,
    substitute,
    walk,
)
from gradwright.language.tree import Sequence as Items
from gradwright.tensor.nodes import Tensor

OPAQUE = frozenset({"inv", "det", "logdet", "pinv", "expm", "mpow"})
NORMS = frozenset({"norm", "norm2", "std"})
REDUCED = frozenset({"sum", "mean", "var", "trace", "max", "min", "prod", "norm1"})
LINEAR = frozenset({"sum", "mean", "trace", "transpose", "diag", "diagonal", "swapaxes", "reshape", "ravel"})
CONTRACTIONS = frozenset({"einsum", "tensordot", "kron", "dot", "inner", "vdot"})
PRODUCTS = CONTRACTIONS | {"corr", "convfull", "conv2d", "solve"}
WHOLE = frozenset({"eye", "ones", "zeros", "ones_like", "zeros_like", "shape"})


def cut(formulas: Sequence[Formula], scope: Scope) -> tuple[Formula, ...]:
    """The formulas with every part that deserves a name given one; an equal program in smaller steps."""
    cutter = _Cutter(formulas, scope)
    for formula in formulas:
        cutter.formula(formula)
    return tuple(cutter.done)


class _Cutter:
    """Cuts formulas one after another and remembers which trees have names."""

    def __init__(self, formulas: Sequence[Formula], scope: Scope) -> None:
        self.scope = scope
        self.taken = set(scope.values) | {formula.target for formula in formulas}
        self.taken |= {
            symbol.name for value in scope.values.values() for e in value.shape for symbol in e.free_symbols
        }
        for formula in formulas:
            self.taken |= names(formula.body)
        self.computed = {formula.target for formula in formulas}
        self.named: dict[Tree, Tree] = {}
        self.done: list[Formula] = []
        self.current = formulas[0] if formulas else None
        self.repeated: set[Tree] = set()
        self.counter = 0

    def formula(self, formula: Formula) -> None:
        """Cut one formula; what it needs named goes before it."""
        self.current = formula
        counts = Counter(
            node for node in walk(formula.body) if isinstance(node, Binary) and node.operator == "@"
        )
        self.repeated = {node for node, count in counts.items() if count > 1}
        body = formula.body
        if self._is_call(body) and isinstance(body, Call):
            opened = self._block(body, formula.target)
            tree: Tree | None = None if opened else self._with_named_arguments(body)
        else:
            tree = self._visit(body, linear=True)
        if tree is not None:
            self.done.append(replace(formula, body=tree))
            self.named.setdefault(body, self._reference(formula.target, formula.indices))

    def _visit(self, tree: Tree, linear: bool) -> Tree:
        """The tree with names in the places that deserve one; a product stays where it is ``linear``."""
        if tree in self.named:
            return self.named[tree]
        if tree in self.repeated:
            return self._name(tree)
        match tree:
            case Negate() | Compare():
                return rebuild(tree, lambda part: self._visit(part, linear))
            case Binary(operator="+" | "-"):
                return rebuild(tree, lambda part: self._visit(part, linear))
            case Binary(operator="*" | "/"):
                return self._elementwise(tree, linear)
            case Binary(operator="**"):
                return replace(tree, left=self._nonlinear(tree.left), right=self._nonlinear(tree.right))
            case Binary(operator="@"):
                return rebuild(tree, self._operand)
            case Call():
                return self._call(tree, linear)
            case _:
                return (
                    tree
                    if isinstance(tree, Name | Number | Item)
                    else rebuild(tree, lambda p: self._visit(p, linear))
                )

    def _call(self, tree: Call, linear: bool) -> Tree:
        if self._is_call(tree) or (not linear and tree.function in REDUCED):
            return self._name(tree)
        if tree.function in WHOLE:
            return _with_letters(tree, self.scope)
        if tree.function == "solve" and len(tree.arguments) == 2:
            matrix, right = tree.arguments
            return self._visit(Binary("@", Call("inv", (matrix,)), right), linear)
        if tree.function == "where":
            condition, *rest = tree.arguments
            kept = self._visit(condition, linear=False)
            return replace(tree, arguments=(kept, *(self._nonlinear(part) for part in rest)))
        if tree.function in CONTRACTIONS:
            return replace(tree, arguments=tuple(self._factor(part) for part in tree.arguments))
        if tree.function in LINEAR or tree.function == "outer":
            return replace(tree, arguments=tuple(self._visit(part, linear) for part in tree.arguments))
        return replace(tree, arguments=tuple(self._nonlinear(part) for part in tree.arguments))

    def _elementwise(self, tree: Binary, linear: bool) -> Tree:
        """A product or quotient: a side that holds a product stays only where the other is plain.

        Beside a computed value it is named, since that value's derivative is made of it.
        """
        left, right = tree.left, tree.right
        if tree.operator == "/":
            return replace(tree, left=self._visit(left, linear), right=self._nonlinear(right))
        if self._heavy(left) and self._heavy(right):
            return replace(tree, left=self._nonlinear(left), right=self._nonlinear(right))
        if self._product_inside(right) and names(left) & self.computed:
            return replace(tree, left=self._visit(left, linear), right=self._nonlinear(right))
        if self._product_inside(left) and names(right) & self.computed:
            return replace(tree, left=self._nonlinear(left), right=self._visit(right, linear))
        return replace(tree, left=self._visit(left, linear), right=self._visit(right, linear))

    def _nonlinear(self, tree: Tree) -> Tree:
        """An argument of something nonlinear: named as a whole if it holds a matrix product."""
        if tree in self.named:
            return self.named[tree]
        if isinstance(tree, Call) and (self._is_call(tree) or tree.function in REDUCED):
            return self._name(tree)
        if isinstance(tree, Items):
            return rebuild(tree, self._nonlinear)
        if self._product_inside(tree) and not isinstance(tree, Name | Item):
            return self._name(tree)
        return self._visit(tree, linear=False)

    def _product_inside(self, tree: Tree) -> bool:
        """Whether a matrix product stands in the tree outside of calls that get a name anyway."""
        if isinstance(tree, Binary) and tree.operator == "@":
            return True
        if isinstance(tree, Call) and self._is_call(tree):
            return False
        if isinstance(tree, Call):
            return tree.function in PRODUCTS or any(self._product_inside(part) for part in tree.arguments)
        if isinstance(tree, Binary | Negate):
            return any(self._product_inside(part) for part in children(tree))
        return False

    def _operand(self, tree: Tree) -> Tree:
        """An operand of a matrix product: a name, a transposed name, a multiple of one, a product."""
        if tree in self.named:
            return self.named[tree]
        match tree:
            case Name() | Item() | Number():
                return tree
            case Binary(operator="@"):
                return self._name(tree) if tree in self.repeated else rebuild(tree, self._operand)
            case Negate():
                return replace(tree, operand=self._operand(tree.operand))
            case Call(function="transpose" | "swapaxes"):
                return replace(tree, arguments=(self._operand(tree.arguments[0]), *tree.arguments[1:]))
            case Call(function=function) if function in WHOLE or function in ("outer", "diag"):
                return self._visit(tree, linear=True)
            case Binary(operator="*" | "/") if isinstance(tree.left, Number) or isinstance(
                tree.right, Number
            ):
                return rebuild(tree, self._operand)
            case _:
                return self._name(tree)

    def _factor(self, tree: Tree) -> Tree:
        """An operand of a contraction: a product of matrices is named, so that it is computed once."""
        product = isinstance(tree, Binary | Negate) and self._product_inside(tree)
        return self._name(tree) if product else self._visit(tree, linear=True)

    def _heavy(self, tree: Tree) -> bool:
        return any(
            (isinstance(node, Binary) and node.operator == "@")
            or (isinstance(node, Call) and (self._is_call(node) or node.function in LINEAR - {"transpose"}))
            for node in walk(tree)
        )

    def _is_call(self, tree: Tree) -> bool:
        """Whether the tree is a call that gets a name: of a composite or of an opaque function."""
        return isinstance(tree, Call) and (
            tree.function in self.scope.composites or tree.function in OPAQUE | NORMS
        )

    def _name(self, tree: Tree) -> Tree:
        """A new name for a tree, defined before the current formula."""
        if tree in self.named:
            return self.named[tree]
        assert self.current is not None
        indices = tuple(index for index in self.current.indices if index in names(tree))
        self.repeated = self.repeated - {tree}
        target = self._fresh()
        if self._is_call(tree) and isinstance(tree, Call):
            if not self._block(tree, target, indices):
                self._define(target, indices, self._with_named_arguments(tree))
        else:
            self._define(target, indices, self._visit(tree, linear=True))
        self.named[tree] = self._reference(target, indices)
        return self.named[tree]

    def _define(self, target: str, indices: tuple[str, ...], body: Tree) -> None:
        assert self.current is not None
        made = replace(self.current, target=target, indices=indices, body=body, running=None)
        self.done.append(made)

    def _with_named_arguments(self, call: Call) -> Call:
        """The call with every array argument a name."""
        arguments = tuple(
            part if isinstance(part, Name | Number | Item) else self._name(part) for part in call.arguments
        )
        return replace(call, arguments=arguments)

    def _block(self, call: Call, target: str, indices: tuple[str, ...] | None = None) -> bool:
        """Open a composite of several formulas: its inner values become named ones; True if it was opened."""
        composite = self.scope.composites.get(call.function)
        if composite is None or not composite.open:
            return False
        assert self.current is not None
        held = self.current if indices is None else replace(self.current, indices=indices)
        values = arguments_of(composite, self._with_named_arguments(call))
        inner = {formula.target for formula in composite.formulas[:-1]}
        renamed: dict[str, Tree] = {
            name: self._reference(self._fresh(f"{target}_{name}"), held.indices) for name in sorted(inner)
        }
        for formula in composite.formulas:
            body = _with_letters(substitute(formula.body, {**values, **renamed}), self.scope)
            if formula is composite.formulas[-1]:
                self.formula(replace(held, target=target, body=body))
            else:
                running = composite.running.get(formula.target)
                self.formula(replace(held, target=_head(renamed[formula.target]), body=body, running=running))
        self.current = held
        return True

    def _reference(self, target: str, indices: tuple[str, ...]) -> Tree:
        return Item(Name(target), tuple(Name(index) for index in indices)) if indices else Name(target)

    def _fresh(self, wish: str = "") -> str:
        while not wish or wish in self.taken:
            self.counter += 1
            wish = f"T{self.counter}"
        self.taken.add(wish)
        return wish


def arguments_of(composite: Composite, call: Call) -> dict[str, Tree]:
    """What a call puts for the parameters and options of a composite function."""
    values = dict(composite.defaults)
    values.update(zip(composite.parameters, call.arguments, strict=False))
    values.update(call.options)
    return values


def _with_letters(tree: Tree, scope: Scope) -> Tree:
    """The tree with the extent that ``X.shape[1]`` asks for in its place, where it is a letter or has one."""
    match tree:
        case Call(
            function="shape",
            arguments=(Name(name=name), (Number(value=axis) | Negate(operand=Number(value=axis))) as said),
        ) if name in scope.values:
            place, shape = int(axis if isinstance(said, Number) else -axis), scope.values[name].shape
            if -len(shape) <= place < len(shape) and not shape[place].is_number:
                return replace(index_form(Tensor((), shape[place]), frozenset())[1], span=tree.span)
    return rebuild(tree, lambda part: _with_letters(part, scope))


def _head(reference: Tree) -> str:
    inner = reference.target if isinstance(reference, Item) else reference
    assert isinstance(inner, Name)
    return inner.name
