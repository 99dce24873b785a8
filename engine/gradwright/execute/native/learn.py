"""An optimizer's formulas as a kernel over all numbers of the parameters."""

from __future__ import annotations

from gradwright.execute.native.read import Reader
from gradwright.execute.native.tree import Buffer, Expr, Kernel, Load, Place, Store, Var, change_loads, var_place
from gradwright.execute.update import PLACE, Update

GRADIENT = "~gradient"
SETTINGS = "~settings"


def slot(name: str) -> str:
    """The buffer of an optimizer's slot."""
    return f"~slot {name}"


def update_kernel(update: Update, count: int) -> tuple[Kernel, dict[str, Buffer]]:
    """The kernel that changes every slot, and the buffers that it brings.

    Args:
        update: The optimizer's formulas.
        count: How many numbers the parameters have together.
    """
    place = Var("p", count)
    at = (var_place(place),)
    reader = Reader({}, frozenset())
    reader.vars[PLACE] = place
    made = {formula.name: bool(formula.tensor.indices) for formula in update.formulas}

    def known(load: Load) -> Expr:
        if load.buffer in update.settings:
            return Load(SETTINGS, (Place(update.settings.index(load.buffer)),))
        if load.buffer == "g":
            return Load(GRADIENT, at)
        if load.buffer in made:
            return Load(f"~new {load.buffer}", at if made[load.buffer] else ())
        return Load(slot(load.buffer), at)

    stores = []
    for formula in update.formulas:
        places = at if made[formula.name] else ()
        value = change_loads(reader.number(formula.tensor.entry), known)
        stores.append(Store(f"~new {formula.name}", places, value))
    for name, result in update.results.items():
        if result != name:
            stores.append(Store(slot(name), at, known(Load(result, ()))))
    buffers = {f"~new {name}": Buffer((count,) if own else ()) for name, own in made.items()}
    buffers |= {slot(name): Buffer((count,), given=True) for name in update.slots}
    buffers[GRADIENT] = Buffer((count,))
    buffers[SETTINGS] = Buffer((len(update.settings),), given=True)
    return Kernel((place,), tuple(stores)), buffers
