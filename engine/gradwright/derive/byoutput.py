"""A function's slope written by its output, branch by branch: what the backward pass needs is at hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import sympy
from sympy import Dummy, Expr, Symbol

from gradwright.derive.activation import Activation, plain
from gradwright.derive.bounded import within
from gradwright.derive.branches import PATIENCE, piecewise, seams
from gradwright.derive.closed import put_back
from gradwright.errors import UsageError
from gradwright.language.index_form import index_form
from gradwright.language.tree import Call, Tree, walk
from gradwright.tensor.nodes import Entry, Tensor


@dataclass(frozen=True)
class Piece:
    """One branch: its ends, its value, its slope, and its slope by the output ``y``, if it has one."""

    low: Expr
    high: Expr
    value: Tree
    slope: Tree
    by_output: Tree | None


def slope_of(found: Activation) -> Tree:
    """The slope as the derivation gives it, in ``x``, the output ``y``, and functions of ``x``."""
    own = next(one for one in found.derivation.adjoints if one.of == "x")
    tree = own.matrix
    if tree is None or any(isinstance(node, Call) and node.function == "ones" for node in walk(tree)):
        tree = scalar(own.tensor)
    hidden = {one.name: one.tree for one in found.derivation.model.definitions if not one.written}
    return put_back(tree, hidden)


def scalar(tensor: Tensor) -> Tree:
    """An entrywise formula without its indices."""
    entries = {node: Entry(node.name) for node in tensor.entry.atoms(Entry)}
    return _tree(tensor.entry.xreplace(entries))


def pieces(found: Activation) -> tuple[Piece, ...]:
    """The branches, the function's further numbers left as letters where the branches allow it."""
    x = found.function.x
    letters = {key: Symbol(key, positive=True) for key in found.settings}
    try:
        return _pieces(found, x, letters)
    except (UsageError, TypeError):
        return _pieces(found, x, found.settings)


def _pieces(found: Activation, x: Symbol, settings: Mapping[str, Expr]) -> tuple[Piece, ...]:
    value, slope = plain(found.derivation, x, settings)
    kinks = found.function.kinks
    if not set(kinks) <= set(seams(value, x)):
        raise UsageError("the branches depend on a letter")
    return tuple(
        Piece(
            one.low,
            one.high,
            _tree(one.formula),
            _tree(steep.formula),
            _by_output(one.formula, steep.formula, x),
        )
        for one, steep in zip(
            piecewise(value, x, kinks).branches, piecewise(slope, x, kinks).branches, strict=True
        )
    )


def _by_output(formula: Expr, slope: Expr, x: Symbol) -> Tree | None:
    """The slope in ``y``, the formula: solved for its exponential, which is then put in."""
    if x not in slope.free_symbols:
        return _tree(slope)
    kernel, output = Dummy("u", positive=True), Symbol("y", real=True)
    inner = {sympy.exp(x): kernel}
    above, below = (side.rewrite(sympy.exp).expand(power_exp=True).subs(inner) for side in (formula, slope))
    if x in above.free_symbols | below.free_symbols:
        return None
    solved = within(PATIENCE, lambda: sympy.solve(above - output, kernel))
    if solved is None or len(solved) != 1:
        return None
    return _tree(sympy.factor_terms(sympy.simplify(sympy.expand(below.subs(kernel, solved[0])))))


def _tree(entry: Expr) -> Tree:
    return index_form(Tensor((), entry))[1]
