"""Random formulas of several lines, each made of values of the lines before."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from tests.execute.native.formulas import Case

LEAVES = {
    "X": "n d",
    "A": "d d",
    "W": "d k",
    "R": "T n d",
    "U": "T d",
    "P": "n d k",
    "b": "d",
    "c": "k",
    "x": "T",
    "E": "V d",
    "s": "",
    "words": "n < V",
    "places": "T < n",
}
UNARY = (
    "tanh({})",
    "sigmoid({})",
    "relu({})",
    "softplus({})",
    "abs({})",
    "sin({})",
    "exp(-{}**2)",
    "sqrt(1 + {}**2)",
    "log(2 + {}**2)",
    "clip({}, -0.5, 0.7)",
    "gelu({})",
    "where({} > 0.1, 2, -1)",
    "-{}",
    "({})/3",
)
BINARY = (
    "{} + {}",
    "{} - {}",
    "{} * {}",
    "{}/(1 + {}**2)",
    "maximum({}, {})",
    "minimum({}, {})",
    "where({} > {}, 0.5, -0.5)",
)
REDUCTIONS = (
    "sum({}, axis={})/9",
    "mean({}, axis={})",
    "max({}, axis={})",
    "min({}, axis={})",
    "logsumexp({}, axis={})",
    "var({}, axis={})",
)
ROWS = (
    "softmax({}, axis={})",
    "log_softmax({}, axis={})",
    "{0} - mean({0}, axis={1}, keepdims=True)",
    "cumsum({}, axis={})/5",
    "{0}/sqrt(1 + sum({0}**2, axis={1}, keepdims=True))",
)
STEPS = (
    "tanh({u}[t] + h[t-1]/2)",
    "tanh({u}[t] - h[t+1]/2)",
    "{u}[t]/4 + h[t-1]*0.9",
    "sigmoid({u}[t])*h[t-1] + tanh({u}[t])",
    "tanh({u}[t] + h[t-1]/2 - h[t-2]/3)",
    "maximum({u}[t], h[t-1])",
)
SHIFTS = ("{u}[t-1]", "{u}[t+1] - {u}[t]", "{u}[t-1]*{u}[t+2]", "tanh({u}[t-2]) + {u}[t]")

Axes = tuple[str, ...]
Made = tuple[str, Axes]


@dataclass
class Writer:
    """Writes formulas: ``values`` are the axes of all names so far.

    Args:
        rng: What chooses.
    """

    rng: np.random.Generator
    values: dict[str, Axes] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)

    def write(self, count: int) -> Case:
        """A case of that many lines; its loss is made of every value that no other is made of."""
        self.values = {name: tuple(axes.split()) for name, axes in LEAVES.items() if "<" not in axes}
        while len(self.lines) < count:
            self.line()
        self.lines.append("L = " + " + ".join(f"mean(tanh({name}) + {name}**2/3)" for name in self.unread))
        text = "\n".join(self.lines)
        words = set("".join(letter if letter.isalnum() else " " for letter in text).split())
        return Case(text, "; ".join(f"{name}: {axes}" for name, axes in LEAVES.items() if name in words))

    def line(self) -> None:
        """One more value, if one of the kind drawn can be made."""
        kinds: tuple[Callable[[str], Made | None], ...] = (
            *(self._unary, self._binary, self._product, self._product, self._reduction, self._rows),
            *(
                self._steps,
                self._shift,
                self._broadcast,
                self._turned,
                self._part,
                self._gather,
                self._joined,
            ),
        )
        name = f"v{len(self.lines)}"
        made = kinds[self.rng.integers(len(kinds))](name)
        if made is None:
            return
        text, axes = made
        self.lines.append(text if "[t]" in text[: len(name) + 3] else f"{name} = {text}")
        self.values[name] = axes
        self.unread.append(name)

    def _take(self, *wanted: Callable[[Axes], bool]) -> list[str]:
        """A value for each condition, late ones more often; empty if there is none."""
        taken = []
        for condition in wanted:
            known = [name for name, axes in self.values.items() if condition(axes)]
            if not known:
                return []
            own = [name for name in known if name.startswith("v")]
            pool = own if own and self.rng.random() < 0.7 else known
            taken.append(pool[self.rng.integers(len(pool))])
        for name in taken:
            if name in self.unread:
                self.unread.remove(name)
        return taken

    def _one_of(self, patterns: tuple[str, ...]) -> str:
        return patterns[self.rng.integers(len(patterns))]

    def _unary(self, name: str) -> Made | None:
        (value,) = self._take(lambda axes: True)
        return self._one_of(UNARY).format(value), self.values[value]

    def _binary(self, name: str) -> Made | None:
        (left,) = self._take(lambda axes: True)
        (right,) = self._take(lambda axes: axes == self.values[left])
        return self._one_of(BINARY).format(left, right), self.values[left]

    def _product(self, name: str) -> Made | None:
        (left,) = self._take(lambda axes: len(axes) > 0)
        inner = self.values[left][-1]
        found = self._take(lambda axes: len(axes) in (1, 2) and axes[0] == inner)
        turned = (
            self._take(lambda axes: len(axes) == 2 and axes[1] == inner)
            if not found or self.rng.random() < 0.3
            else []
        )
        if turned:
            return f"tanh({left} @ {turned[0]}.T)", (*self.values[left][:-1], self.values[turned[0]][0])
        if found:
            return f"tanh({left} @ {found[0]})", (*self.values[left][:-1], *self.values[found[0]][1:])
        return f"sum({left}**2)/9", ()

    def _reduction(self, name: str) -> Made | None:
        (value,) = self._take(lambda axes: len(axes) > 0)
        axes = self.values[value]
        axis = int(self.rng.integers(len(axes)))
        return self._one_of(REDUCTIONS).format(value, axis), axes[:axis] + axes[axis + 1 :]

    def _rows(self, name: str) -> Made | None:
        (value,) = self._take(lambda axes: len(axes) > 0)
        axes = self.values[value]
        return self._one_of(ROWS).format(value, int(self.rng.integers(len(axes)))), axes

    def _steps(self, name: str) -> Made | None:
        (value,) = self._take(lambda axes: 0 < len(axes) < 4)
        step = self._one_of(STEPS).format(u=value).replace("h[", f"{name}[")
        axes = self.values[value]
        if len(axes) > 1 and axes[-1] == "d" and self.rng.random() < 0.5:
            step = f"tanh({value}[t] + {name}[t-1] @ A / 3)"
        return f"{name}[t] = {step}", axes

    def _shift(self, name: str) -> Made | None:
        (value,) = self._take(lambda axes: 0 < len(axes) < 4)
        return f"{name}[t] = {self._one_of(SHIFTS).format(u=value)}", self.values[value]

    def _broadcast(self, name: str) -> Made | None:
        (value,) = self._take(lambda axes: len(axes) > 1)
        axes = self.values[value]
        found = self._take(lambda other: 0 < len(other) < len(axes) and other == axes[-len(other) :])
        first = self._take(lambda other: other == axes[:1]) if not found else []
        if found:
            return f"{value} * {found[0]} + {found[0]}", axes
        if first:
            return f"{value} - {first[0]}[{', '.join([':', *['None'] * (len(axes) - 1)])}]", axes
        return f"{value} + s", axes

    def _turned(self, name: str) -> Made | None:
        (value,) = self._take(lambda axes: len(axes) > 1)
        axes = self.values[value]
        if len(axes) == 2:
            return f"{value}.T", axes[::-1]
        order = [int(at) for at in self.rng.permutation(len(axes))]
        return f"transpose({value}, ({', '.join(map(str, order))}))", tuple(axes[at] for at in order)

    def _part(self, name: str) -> Made | None:
        (value,) = self._take(lambda axes: len(axes) > 1)
        axes = self.values[value]
        return (
            (f"{value}[0]", axes[1:])
            if self.rng.random() < 0.5
            else (f"{value}[:, -1]", (axes[0], *axes[2:]))
        )

    def _gather(self, name: str) -> Made | None:
        if self.rng.random() < 0.5:
            return "E[words]", ("n", "d")
        (value,) = self._take(lambda axes: axes[:1] == ("n",))
        return f"{value}[places]", ("T", *self.values[value][1:])

    def _joined(self, name: str) -> Made | None:
        (left,) = self._take(lambda axes: len(axes) > 0)
        (right,) = self._take(lambda axes: axes == self.values[left])
        kind = ("concatenate([{}, {}])", "stack([{}, {}])")[self.rng.integers(2)]
        return f"mean({kind.format(left, right)}, axis=0)", self.values[left][
            1:
        ] if "conc" in kind else self.values[left]


def composition(seed: int, count: int = 6) -> Case:
    """The random case of a seed."""
    return Writer(np.random.default_rng(seed)).write(count)
