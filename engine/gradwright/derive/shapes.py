"""What the tidying of closed forms has to know of names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sympy import Expr

from gradwright.language.tree import Binary, Call, Name, Negate, Number, Tree

KEEPING = frozenset({"transpose", "inv", "exp", "log", "tanh", "sqrt", "step", "sign", "abs"})
"""Functions whose value has as many axes as their argument."""

WHOLE = frozenset({"sum", "mean", "max", "min", "var", "std", "norm2", "norm1", "norm"})
"""Functions that make one number of their one argument."""


@dataclass(frozen=True)
class Shapes:
    """What the tidying has to know of names: how many axes each has, and which are symmetric matrices."""

    orders: Mapping[str, int]
    symmetric: frozenset[str] = frozenset()
    elementwise: frozenset[str] = frozenset({"sigmoid", "softmax", "relu"})
    squares: frozenset[str] = frozenset()

    def square(self, tree: Tree) -> bool:
        """Whether a tree's value surely is a square matrix."""
        match tree:
            case Name():
                return tree.name in self.squares
            case Call(function="inv" | "eye"):
                return True
            case Call(function="transpose", arguments=(inner,)):
                return self.square(inner)
            case _:
                return False

    def order(self, tree: Tree) -> int | None:
        """The number of axes of a tree's value, or None where that isn't plain to see."""
        match tree:
            case Number():
                return 0
            case Name():
                return self.orders.get(tree.name)
            case Negate():
                return self.order(tree.operand)
            case Binary(operator="@"):
                left, right = self.order(tree.left), self.order(tree.right)
                if left is None or right is None or max(left, right) > 2:
                    return None
                return left + right - 2
            case Binary():
                left, right = self.order(tree.left), self.order(tree.right)
                return None if left is None or right is None else max(left, right)
            case Call(function=function, arguments=arguments) if function in KEEPING | self.elementwise:
                return self.order(arguments[0])
            case Call(function="trace" | "det" | "logdet"):
                return 0
            case Call(function="outer" | "eye"):
                return 2
            case Call(function=function, options=()) if function in WHOLE and len(tree.arguments) == 1:
                return 0
            case _:
                return None


def shapes_of(
    values: Mapping[str, tuple[Expr, ...]],
    adjoints: Mapping[str, tuple[Expr, ...]],
    symmetric: frozenset[str],
) -> Shapes:
    """What is known of named values, of the sizes of their axes, and of adjoints."""
    orders = {name: len(shape) for name, shape in values.items()}
    orders.update({symbol.name: 0 for shape in values.values() for e in shape for symbol in e.free_symbols})
    orders.update({name: len(shape) for name, shape in adjoints.items()})
    squares = frozenset(name for name, shape in values.items() if len(shape) == 2 and shape[0] == shape[1])
    return Shapes(orders, symmetric, squares=squares)
