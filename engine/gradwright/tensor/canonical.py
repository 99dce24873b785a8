"""Canonical form: bound indices renamed by a rule, so that equal sums are one tree and like terms merge."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from functools import lru_cache

from sympy import Add, Expr, Pow, Tuple, preorder_traversal
from sympy.core.basic import Basic

from gradwright.tensor.instantiate import BINDERS, freshen
from gradwright.tensor.nodes import Apply, Delta, Entry, First, Index, Iverson, Sum

_NUMBER = re.compile(r"_\d+")


def complexity(expression: Basic) -> int:
    """How much there is to read: the nodes, entries counting once; heads and bound indices are free."""
    total = 0
    stack: list[Basic] = [expression]
    while stack:
        node = stack.pop()
        if isinstance(node, Entry):
            total += 1
        elif isinstance(node, Delta | Iverson | First):
            total += 3
            stack.extend(node.args[:1])
        elif isinstance(node, BINDERS):
            total += 2
            stack.append(node.body)
        elif isinstance(node, Pow) and node.exp == -1:
            total += 1
            stack.append(node.base)
        elif isinstance(node, Add) and (content := node.primitive()[0]) != 1:
            total += 1 if content == -1 else 2
            stack.append(node / content)
        else:
            total += 1
            stack.extend(node.args)
    return total


_BY_HEIGHT = re.compile(r"b(\d+)_\d+_*$")


@lru_cache(maxsize=4096)
def canonical(expression: Expr) -> Expr:
    """The expression with every bound index renamed by the height of its binder; like terms merge by it.

    >>> from sympy import symbols
    >>> from gradwright.tensor.nodes import Entry, Index, size
    >>> i, j = Index("i", size("n")), Index("j", size("n"))
    >>> canonical(Sum(Entry("x", i), i) - Sum(Entry("x", j), j))
    0
    """
    naming = _Naming()
    result: Expr = naming.node(expression)[0]
    if naming.clash:
        result = _Naming().node(freshen(expression))[0]
    return result


class _Naming:
    """Renames bound indices; ``clash`` tells that a name was in use already, free or in a sum inside."""

    def __init__(self) -> None:
        self.clash = False

    def node(self, node: Basic) -> tuple[Basic, int]:
        """The canonical node and the height of its highest binder."""
        if not node.args or isinstance(node, Entry):
            return node, 0
        if isinstance(node, BINDERS):
            body, height = self.node(node.body)
            body, names = self.rename(body, node.bound, height)
            return node.func(body, *names), height + 1
        if isinstance(node, First):
            body, height = self.node(node.body)
            body, names = self.rename(body, node.bound, height, ordered=True)
            return First(body, Tuple(*names), node.args[2]), height + 1
        done = [self.node(argument) for argument in node.args]
        height = max(level for _, level in done)
        if all(new is old for (new, _), old in zip(done, node.args, strict=True)):
            return node, height
        return node.func(*(new for new, _ in done)), height

    def rename(
        self, body: Basic, bound: Sequence[Index], height: int, ordered: bool = False
    ) -> tuple[Basic, tuple[Index, ...]]:
        """The body under canonical bound names, in the order that sorts first among equal extents."""
        groups: dict[Expr, list[Index]] = {}
        for index in bound:
            groups.setdefault(index.extent, []).append(index)
        keys = list(groups.items())
        if len(keys) > 1 and not ordered:
            keys.sort(key=lambda pair: str(pair[0]))
        best: tuple[str, Basic, tuple[Index, ...]] | None = None
        single = ordered or len(bound) == len(keys)
        choices = [[tuple(members)] if single else _orders(members) for _, members in keys]
        taken = {symbol.name for symbol in body.free_symbols - set(bound) if isinstance(symbol, Index)}
        for choice in itertools.product(*choices):
            flat = list(bound) if ordered else [index for members in choice for index in members]
            names = self._names(flat, height, taken)
            renamed = body.xreplace(dict(zip(flat, names, strict=True)))
            if single:
                return renamed, names
            text = str(renamed)
            if best is None or text < best[0]:
                best = (text, renamed, names)
        assert best is not None
        return best[1], best[2]

    def _names(self, flat: Sequence[Index], height: int, taken: set[str]) -> tuple[Index, ...]:
        """Names by height; a clash if one is taken, or if an old name may be that of a sum inside."""
        names = []
        for place, index in enumerate(flat):
            name = f"b{height}_{place}"
            while name in taken:
                self.clash = True
                name += "_"
            names.append(Index(name, index.extent))
            old = _BY_HEIGHT.match(index.name)
            if old and int(old[1]) < height:
                self.clash = True
        return tuple(names)


def _orders(members: list[Index]) -> list[tuple[Index, ...]]:
    return list(itertools.permutations(members)) if len(members) <= 4 else [tuple(members)]


def reading_order(terms: Sequence[Basic]) -> list[Expr]:
    """Terms as a person orders them: positive before negative, numbers last, short before long.

    The order does not depend on how fresh indices are numbered.
    """

    def place(term: Basic) -> tuple[bool, bool, int, str]:
        assert isinstance(term, Expr)
        return (
            term.could_extract_minus_sign(),
            term.is_Rational,
            complexity(term),
            _NUMBER.sub("", str(term)),
        )

    return sorted(terms, key=place)


def mentions(expression: Basic, name: str) -> bool:
    """Whether an entry of the value ``name`` occurs."""
    return any(isinstance(node, Entry) and node.name == name for node in preorder_traversal(expression))


@lru_cache(maxsize=8192)
def entry_names(expression: Basic) -> frozenset[str]:
    """The names of the values whose entries occur."""
    return frozenset(node.name for node in preorder_traversal(expression) if isinstance(node, Entry))


def values_read(expression: Basic) -> frozenset[str]:
    """The names of the values that are read: by entries, and whole by functions of a matrix."""
    return entry_names(expression).union(*(node.operands for node in expression.atoms(Apply)))


def sums_of(expression: Basic) -> list[Sum]:
    """Every sum in the expression, outermost first."""
    return [node for node in preorder_traversal(expression) if isinstance(node, Sum)]
