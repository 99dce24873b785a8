"""An optimizer's formulas as stores: each slot's new value at some numbers of the parameters."""

from __future__ import annotations

from collections.abc import Callable

from sympy import Expr as Formula

from gradwright.execute.native.buffer import Buffer
from gradwright.execute.native.entries import Entries
from gradwright.execute.native.form import SETTINGS, slot
from gradwright.execute.native.index import Place, Var, var_place
from gradwright.execute.native.statement import Kernel, Store
from gradwright.execute.native.tree import Const, Expr, Load, Op, change_loads
from gradwright.execute.update import PLACE, Update
from gradwright.tensor.nodes import Index

GRADIENT = "~gradient"


def part(name: str, parameter: str) -> str:
    """The buffer of those numbers of a slot that are a parameter's, in its shape; ``w`` is the parameter."""
    return parameter if name == "w" else f"{slot(name)} {parameter}"


class Formulas:
    """An optimizer's formulas for some numbers of the parameters.

    Args:
        update: The formulas.
        loops: The counters of the numbers.
        entry: Where a slot's number, or ``g``, lies.
        mark: Tells the new values from those at other numbers.
    """

    def __init__(
        self, update: Update, loops: tuple[Var, ...], entry: Callable[[str], Load], mark: str
    ) -> None:
        self.update, self.loops, self.entry = update, loops, entry
        self.own = tuple(map(var_place, loops))
        self.whole = {formula.name for formula in update.whole}
        self.own_formulas = [one for one in update.formulas if one.name not in self.whole]
        self.made = {formula.name: bool(formula.tensor.indices) for formula in self.own_formulas}
        self.reader = Entries(frozenset())
        self.reader.vars[PLACE] = Var("p", 1)  # of an entry the name alone is looked at
        self.prefix = f"~new {mark} "
        shape = tuple(var.extent for var in loops)
        self.buffers = {
            f"{self.prefix}{name}": Buffer(shape if own else ()) for name, own in self.made.items()
        }

    def number(self, formula: Formula) -> Expr:
        """A formula of slots, settings, the gradient and earlier values."""
        return _by_reciprocals(change_loads(self.reader.number(formula), self._known))

    def _known(self, load: Load) -> Expr:
        name, settings = load.buffer, self.update.settings
        if name in settings:
            return Load(SETTINGS, (Place(settings.index(name)),))
        if name in self.made:
            return Load(f"{self.prefix}{name}", self.own if self.made[name] else ())
        if name in self.whole:
            return Load(common(name), ())
        return self.entry(name)

    def kernel(self) -> Kernel:
        """The kernel that changes every slot."""
        stores = []
        for formula in self.own_formulas:
            places = self.own if self.made[formula.name] else ()
            stores.append(Store(f"{self.prefix}{formula.name}", places, self.number(formula.tensor.entry)))
        for name, result in self.update.results.items():
            if result != name:
                to = self.entry(name)
                stores.append(Store(to.buffer, to.places, self._known(Load(result, ()))))
        return Kernel(self.loops, tuple(stores))


def common(name: str) -> str:
    """The buffer of a scalar that all numbers of the gradient make."""
    return f"~all {name}"


def whole_kernels(update: Update, count: int) -> list[Kernel]:
    """The kernels that compute what all numbers of the gradient make.

    Args:
        update: The formulas; those of whole vectors read the gradient alone.
        count: How many numbers there are.
    """
    kernels = []
    for formula in update.whole:
        reader = Entries(frozenset())
        for index in formula.tensor.entry.atoms(Index):
            reader.vars[index] = Var("p", count)
        value = change_loads(reader.number(formula.tensor.entry), lambda load: Load(GRADIENT, load.places))
        kernels.append(Kernel((), (Store(common(formula.name), (), value),)))
    return kernels


def _by_reciprocals(expr: Expr) -> Expr:
    """The expression with one division for all numbers where they have the divisor in common."""
    if not isinstance(expr, Op):
        return expr
    args = tuple(map(_by_reciprocals, expr.args))
    if expr.name == "div" and not args[1].vars and args[0].vars:
        return Op("mul", (args[0], Op("div", (Const(1.0), args[1]))))
    return Op(expr.name, args)
