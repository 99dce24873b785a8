"""An optimizer's formulas as a kernel over all parameters' numbers, but for those changed row by row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sympy import Expr as Formula

from gradwright.execute.native import sparse
from gradwright.execute.native.buffer import Buffer
from gradwright.execute.native.entries import Entries
from gradwright.execute.native.form import SETTINGS, slot
from gradwright.execute.native.index import Place, Var, var_place
from gradwright.execute.native.statement import Kernel, Program, Statement, Store
from gradwright.execute.native.tree import Expr, Load, change_loads
from gradwright.execute.update import PLACE, Update

GRADIENT = "~gradient"
PLACES = Var("p", 1)


def with_update(
    program: Program, update: Update, parameters: Sequence[str], gradients: Sequence[str]
) -> Program:
    """The program that ends a training step by the optimizer's formulas.

    Args:
        program: The loss and its gradients.
        update: The optimizer's formulas.
        parameters: The trained values, in the order in which their numbers lie in the optimizer's slots.
        gradients: Their gradients.
    """
    factor = sparse.multiple(update)
    rows: frozenset[str] = frozenset()
    if factor is not None:
        pairs = dict(zip(parameters, gradients, strict=True))
        number = _Formulas(update, PLACES).number(factor)
        program, rows = sparse.with_sparse_steps(program, pairs, number)
    count = sum(program.buffers[name].size for name in parameters)
    buffers = {slot(name): Buffer((count,), given=True) for name in update.slots}
    buffers[GRADIENT] = Buffer((count,))
    buffers[SETTINGS] = Buffer((len(update.settings),), given=True)
    kernels: list[Statement] = []
    for begin, end in _stretches(program, parameters, rows):
        formulas = _Formulas(update, Var("p", end - begin), begin)
        kernels.append(formulas.kernel())
        buffers |= formulas.buffers
    return replace(program, buffers={**program.buffers, **buffers}, update=[*program.update, *kernels])


def _stretches(program: Program, parameters: Sequence[str], rows: frozenset[str]) -> list[tuple[int, int]]:
    """Where the numbers lie that are changed as a whole: neighbours together."""
    found: list[tuple[int, int]] = []
    at = 0
    for name in parameters:
        end = at + program.buffers[name].size
        if name not in rows:
            if found and found[-1][1] == at:
                found[-1] = (found[-1][0], end)
            else:
                found.append((at, end))
        at = end
    return found


class _Formulas:
    """An optimizer's formulas for some numbers of the parameters.

    Args:
        update: The formulas.
        place: The counter of the numbers.
        begin: Where the first of them lies.
    """

    def __init__(self, update: Update, place: Var, begin: int = 0) -> None:
        self.update, self.place = update, place
        self.at = (Place(begin, ((place, 1),)),)
        self.made = {formula.name: bool(formula.tensor.indices) for formula in update.formulas}
        self.reader = Entries(frozenset())
        self.reader.vars[PLACE] = place
        self.prefix = f"~new {begin} "
        self.buffers = {
            f"{self.prefix}{name}": Buffer((place.extent,) if own else ()) for name, own in self.made.items()
        }

    def number(self, formula: Formula) -> Expr:
        """A formula of slots, settings, the gradient and earlier values."""
        return change_loads(self.reader.number(formula), self._known)

    def _known(self, load: Load) -> Expr:
        name, settings = load.buffer, self.update.settings
        if name in settings:
            return Load(SETTINGS, (Place(settings.index(name)),))
        if name in self.made:
            return Load(f"{self.prefix}{name}", self._own() if self.made[name] else ())
        return Load(GRADIENT if name == "g" else slot(name), self.at)

    def _own(self) -> tuple[Place, ...]:
        return (var_place(self.place),)

    def kernel(self) -> Kernel:
        """The kernel that changes every slot."""
        stores = []
        for formula in self.update.formulas:
            places = self._own() if self.made[formula.name] else ()
            stores.append(Store(f"{self.prefix}{formula.name}", places, self.number(formula.tensor.entry)))
        for name, result in self.update.results.items():
            if result != name:
                stores.append(Store(slot(name), self.at, self._known(Load(result, ()))))
        return Kernel((self.place,), tuple(stores))
