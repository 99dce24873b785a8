"""How values, shapes and adjoints are written: one tree in LaTeX for a page and in text for an answer."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any

from sympy import Expr

from gradwright.errors import GradwrightError
from gradwright.language.index_form import index_form
from gradwright.language.latex import to_latex
from gradwright.language.scope import Composite, Scope, Value
from gradwright.language.shapes import infer
from gradwright.language.text import to_text
from gradwright.language.tree import Call, Item, Name, Tree, names, walk
from gradwright.messages import Line, Math
from gradwright.tensor.nodes import Index, Tensor

_LETTER = re.compile(r"^(\\?[A-Za-z]+|\\(?:mathrm|mathbf|operatorname)\{[^{}]*\})((?:_|\^).*)?$", re.DOTALL)


@dataclass(frozen=True)
class Notation:
    """Writes trees.

    Args:
        adjoints: The value of each adjoint's name, such as ``{"dZ": "Z"}``; they are written with a bar.
        composites: The functions whose names have a LaTeX form of their own.
        values: Shapes of the named values, adjoints included; they tell a scaling from a product of entries.
        written: The LaTeX of names that are not to be spelled by the usual rules.
    """

    adjoints: Mapping[str, str] = field(default_factory=dict)
    composites: Mapping[str, Composite] = field(default_factory=dict)
    values: Mapping[str, Value] = field(default_factory=dict)
    written: Mapping[str, str] = field(default_factory=dict)

    def math(self, tree: Tree) -> Math:
        """A tree."""
        bound = named_indices(tree, self.values, self._sizes)
        orders = partial(order, Scope(self.values, self.composites), bound)
        latex = to_latex(tree, self._names, self.composites, orders)
        # Neither KaTeX's fonts nor LaTeX's own have a blackboard-bold digit.
        return Math(latex.replace("\\mathbb{1}", "\\mathbf{1}"), to_text(tree))

    def value(self, name: str) -> Math:
        """A named value or an adjoint."""
        return self.math(Name(name))

    def call(self, function: str, arguments: Sequence[str]) -> Math:
        """A function of named values."""
        return self.math(Call(function, tuple(Name(argument) for argument in arguments)))

    def derivative(self, loss: str, name: str) -> Math:
        """The derivative of the loss by a value, as a fraction."""
        above, below = self.value(loss), self.value(name)
        return Math(f"\\frac{{\\partial {above.latex}}}{{\\partial {below.latex}}}", f"d{below.text}")

    @cached_property
    def _sizes(self) -> frozenset[str]:
        return sizes_of(self.values)

    @cached_property
    def _names(self) -> dict[str, str]:
        written = {letter: _size_name(letter) for letter in sorted(self._sizes - self.values.keys())}
        written |= {name: name for name in ("E",) if name in self.values}  # a value, not Euler's number
        adjoints = self.adjoints.items()
        barred_names = {
            one: barred(to_latex(Name(value), written, self.composites)) for one, value in adjoints
        }
        return {**written, **barred_names, **self.written}


def order(scope: Scope, bound: Mapping[str, Index], tree: Tree) -> int | None:
    """How many axes a sub-tree has, or None where the scope does not tell."""
    try:
        return len(infer(tree, scope, bound).shape)
    except GradwrightError:
        return None


def sizes_of(values: Mapping[str, Value]) -> frozenset[str]:
    """The letters of the axes of values."""
    extents = {extent for value in values.values() for extent in value.shape}
    return frozenset(str(letter) for extent in extents for letter in extent.free_symbols)


def named_indices(
    tree: Tree, values: Mapping[str, Value], sizes: frozenset[str] | None = None
) -> dict[str, Index]:
    """The named indices of a formula, such as the ``t`` of ``h[t-1]``, by the axes that they stand on."""
    sizes = sizes_of(values) if sizes is None else sizes
    found: dict[str, Index] = {}
    for node in walk(tree):
        if isinstance(node, Item) and isinstance(node.target, Name) and node.target.name in values:
            shape = values[node.target.name].shape
            for selector, extent in zip(node.selectors, shape, strict=False):
                for name in names(selector) - sizes - values.keys():
                    found.setdefault(name, Index(name, extent))
    return found


def barred(latex: str) -> str:
    r"""A letter with a bar over it, and not over its subscript.

    >>> barred("W_{1}")
    '\\bar{W}_{1}'
    """
    match = _LETTER.match(latex)
    if match is None:
        return f"\\overline{{{latex}}}"
    letter, rest = match.group(1), match.group(2) or ""
    short = len(letter) == 1 or (letter.startswith("\\") and "{" not in letter)
    return f"\\bar{{{letter}}}{rest}" if short else f"\\overline{{{letter}}}{rest}"


def shape_math(shape: Sequence[Any], scalar: str) -> Line:
    """A shape as a page shows it: ``n × d``, a vector's length, or the word for a scalar."""
    if not shape:
        return (scalar,)
    return (shape_formula(shape),)


def shape_formula(shape: Sequence[Any]) -> Math:
    r"""A shape as a formula.

    >>> shape_formula(("n", "d"))
    Math(latex='n \\times d', text='n × d')
    """
    sizes = [size_math(extent) for extent in shape]
    compound = len(sizes) > 1
    latex = [f"({size.latex})" if compound and _is_sum(size.text) else size.latex for size in sizes]
    text = [f"({size.text})" if compound and _is_sum(size.text) else size.text for size in sizes]
    return Math(" \\times ".join(latex), " × ".join(text))


def _is_sum(text: str) -> bool:
    return " + " in text or " - " in text


def size_math(extent: Any) -> Math:
    """An axis's size: a letter, or a formula of letters."""
    if isinstance(extent, Expr) and not extent.is_Atom:
        tree = index_form(Tensor((), extent))[1]
        written = {str(letter): _size_name(str(letter)) for letter in extent.free_symbols}
        return Math(to_latex(tree, written), to_text(tree))
    return Math(_size_name(str(extent)), str(extent))


def _size_name(name: str) -> str:
    r"""The name of a size: ``kh``, a height of ``k``, is a letter with a subscript.

    >>> _size_name("kh")
    'k_{h}'
    """
    if not name.isidentifier():
        return name
    latex = to_latex(Name(name))
    return f"{name[0]}_{{{name[1:]}}}" if latex == f"\\mathrm{{{name}}}" and len(name) == 2 else latex
