"""Names and whole numbers in generated code: nothing of a user's text gets in but letters and digits."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping

from sympy import Add, Expr, Integer, Max, Min, Mod, Mul, Pow, Symbol, ceiling, floor
from sympy.core.basic import Basic

from gradwright.errors import UsageError
from gradwright.execute.affine import range_of, surely_inside
from gradwright.tensor.nodes import Entry, Index


class Spelling:
    """Python names for values, sizes and indices, and Python text for whole numbers.

    Args:
        shapes: The extents of every value.
        integers: The values that hold whole numbers.
    """

    def __init__(self, shapes: Mapping[str, tuple[Expr, ...]], integers: Iterable[str]) -> None:
        self.shapes = shapes
        self.integers = frozenset(integers)
        self._names: dict[tuple[str, str], str] = {}
        self._taken: set[str] = set()

    def value(self, name: str) -> str:
        """The variable of a value."""
        return self._name("t" if name.startswith("~") else "v", name)

    def size(self, name: str) -> str:
        """The variable of an axis's size."""
        return self._name("s", name)

    def index(self, index: Index) -> str:
        """The variable of a loop."""
        return self._name("i", index.name)

    def _name(self, kind: str, name: str) -> str:
        if (kind, name) not in self._names:
            spelled = f"{kind}_{''.join(_plain(letter) for letter in name)}"
            while spelled in self._taken:
                spelled += "_"
            self._taken.add(spelled)
            self._names[kind, name] = spelled
        return self._names[kind, name]

    def whole(self, expr: Basic) -> str:
        """A whole number: an extent, or a place on an axis."""
        if isinstance(expr, Integer):
            return str(int(expr)) if expr >= 0 else f"({int(expr)})"
        if isinstance(expr, Index):
            return self.index(expr)
        if isinstance(expr, Symbol):
            return self.size(expr.name)
        if isinstance(expr, Entry):
            return self.place(expr)
        if isinstance(expr, Add):
            return "(" + " + ".join(self.whole(term) for term in expr.args) + ")"
        if isinstance(expr, floor | ceiling):
            upper, lower = expr.args[0].together().as_numer_denom()
            if isinstance(expr, floor):
                return f"({self.whole(upper)} // {self.whole(lower)})"
            return f"(-(-{self.whole(upper)} // {self.whole(lower)}))"
        if isinstance(expr, Mod):
            return f"({self.whole(expr.args[0])} % {self.whole(expr.args[1])})"
        if isinstance(expr, Max | Min):
            inside = ", ".join(self.whole(item) for item in expr.args)
            return f"{'max' if isinstance(expr, Max) else 'min'}({inside})"
        upper, lower = expr.as_numer_denom()
        if lower != 1:
            return f"({self.whole(upper)} // {self.whole(lower)})"
        if isinstance(expr, Mul):
            return "(" + " * ".join(self.whole(factor) for factor in expr.args) + ")"
        if isinstance(expr, Pow):
            return f"({self.whole(expr.args[0])} ** {self.whole(expr.args[1])})"
        raise UsageError(f"{expr} is no whole number that can be compiled")

    def place(self, entry: Entry) -> str:
        """An entry of an array of whole numbers; 0 outside it."""
        text = self.item(entry)
        guards = self.outside(entry)
        return f"({text} if {' and '.join(guards)} else 0)" if guards else text

    def item(self, entry: Entry) -> str:
        """The entry as an array's item, or a variable; its places must lie on their axes."""
        if not entry.indices:
            return self.value(entry.name)
        return f"{self.value(entry.name)}[{', '.join(self.whole(place) for place in entry.indices)}]"

    def outside(self, entry: Entry) -> list[str]:
        """The conditions under which the entry lies in its array, but for those that always hold."""
        shape = self.shapes[entry.name]
        if len(shape) != len(entry.indices):
            raise UsageError(f"{entry} has {len(entry.indices)} indices, {entry.name} has {len(shape)} axes")
        pairs = zip(entry.indices, shape, strict=True)
        return [guard for place, extent in pairs for guard in self.range_guards(place, extent)]

    def range_guards(self, place: Expr, extent: Expr) -> list[str]:
        """The conditions under which a place lies on an axis, but for those that always hold."""
        if surely_inside(place, extent):
            return []
        text = self.whole(place)
        bounds = range_of(place)
        if bounds is not None and bounds[0].is_nonnegative:
            return [f"{text} < {self.whole(extent)}"]
        if bounds is not None and (extent - 1 - bounds[1]).expand().is_nonnegative:
            return [f"{text} >= 0"]
        return [f"0 <= {text} < {self.whole(extent)}"]


def _plain(letter: str) -> str:
    """A letter in ASCII: a Greek one by its name."""
    if letter.isascii():
        return letter if letter.isalnum() else "" if letter in ".~" else "_"
    name = unicodedata.name(letter, "").lower()
    return name.rsplit(" ", 1)[-1].replace("-", "_") if name.startswith(("greek", "combining")) else "_"
