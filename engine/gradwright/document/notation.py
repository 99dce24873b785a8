"""How values, shapes and adjoints are written: one tree in LaTeX for a page and in text for an answer."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from gradwright.document.blocks import Line, Math
from gradwright.errors import GradwrightError
from gradwright.language.latex import to_latex
from gradwright.language.scope import Composite, Scope, Value
from gradwright.language.shapes import infer
from gradwright.language.text import to_text
from gradwright.language.tree import Call, Name, Tree

_LETTER = re.compile(r"^(\\?[A-Za-z]+|\\(?:mathrm|mathbf|operatorname)\{[^{}]*\})((?:_|\^).*)?$", re.DOTALL)


@dataclass(frozen=True)
class Notation:
    """Writes trees.

    Args:
        adjoints: The value of each adjoint's name, such as ``{"dZ": "Z"}``; they are written with a bar.
        composites: The functions whose names have a LaTeX form of their own.
        values: Shapes of the named values, adjoints included; they tell a scaling from a product of entries.
    """

    adjoints: Mapping[str, str] = field(default_factory=dict)
    composites: Mapping[str, Composite] = field(default_factory=dict)
    values: Mapping[str, Value] = field(default_factory=dict)

    def math(self, tree: Tree) -> Math:
        """A tree."""
        scope = Scope(self.values, self.composites)
        return Math(to_latex(tree, self._names(), self.composites, partial(order, scope)), to_text(tree))

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

    def _names(self) -> dict[str, str]:
        return {
            adjoint: barred(to_latex(Name(value), {}, self.composites))
            for adjoint, value in self.adjoints.items()
        }


def order(scope: Scope, tree: Tree) -> int | None:
    """How many axes a sub-tree has, or None where the scope does not tell."""
    try:
        return len(infer(tree, scope).shape)
    except GradwrightError:
        return None


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
    return Math(" \\times ".join(size.latex for size in sizes), " × ".join(size.text for size in sizes))


def size_math(extent: Any) -> Math:
    """An axis's size: a letter, or a product or difference of letters."""
    text = str(extent).replace("**", "^")
    latex = re.sub(r"[A-Za-z]\w*", lambda match: _size_name(match.group(0)), text).replace("*", "\\,")
    return Math(latex, text)


def _size_name(name: str) -> str:
    letter, rest = name[0], name[1:]
    return (
        name
        if not rest
        else f"{letter}_{{{rest}}}"
        if len(rest) <= 2
        else f"\\mathrm{{{name}}}".replace("_", "\\_")
    )
