"""Declared names as LaTeX spells them: which value a letter, a run of letters or a subscripted letter is."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator

from gradwright.language.tex import macros
from gradwright.language.tex.spoken import function_named
from gradwright.language.words import listed

_RAW = re.compile(r"[A-Za-z][A-Za-z0-9]{0,40}(?:_[A-Za-z0-9]{1,40}){1,4}")
_BRACED = re.compile(r"([A-Za-z]{2,8})_\{([A-Za-z0-9]{1,40})\}")
_ELEMENTARY = listed("exp log ln sin cos tan sinh cosh tanh arcsin arccos arctan sqrt max min")
"""Functions whose names are read without a stroke and without brackets."""
_KINDS = {**dict.fromkeys(macros.FUNCTIONS, "func"), "sqrt": "root"}
_UNKNOWN = 100
_ALIKE = {name: group for group in macros.SPELLINGS for name in group}

Piece = tuple[str, str, int]
Labels = tuple[tuple[str, str], ...]


class Declared:
    """The names that a text may use.

    Args:
        values: The declared values; None where nothing is declared, so that each letter is a value.
        sizes: The names of axes.
        labels: The words for functions that are formulas, and the functions.
        gathers: Whether some values are places of an axis, which data counts from 0.
    """

    def __init__(
        self,
        values: Collection[str] | None,
        sizes: Collection[str] = (),
        labels: Labels = (),
        gathers: bool = False,
    ) -> None:
        self.gathers = gathers
        self.open = values is None
        self.values = frozenset(values or ())
        self.sizes = frozenset(sizes) - self.values
        self.labels = labels
        self.known = self.values | self.sizes
        self.longest = max((len(name) for name in self.known), default=1)

    def is_value(self, name: str) -> bool:
        """Whether the name is a declared value."""
        return name in self.values

    def find(self, candidates: Iterable[str]) -> str | None:
        """The first of the candidates that is declared, in its own or another spelling of its letters."""
        tried = tuple(candidates)
        for name in tried:
            if name in self.known:
                return name
        for name in tried:
            for other in _respelled(name):
                if other in self.known:
                    return other
        return None

    def raw(self, text: str, start: int) -> tuple[str, int] | None:
        """A declared name that stands in the text as it was declared, such as ``W_hh``, and its end."""
        braced = _BRACED.match(text, start)
        if braced is not None and f"{braced[1]}_{braced[2]}" in self.known:
            return f"{braced[1]}_{braced[2]}", braced.end()
        match = _RAW.match(text, start)
        if match is None:
            return None
        name = match[0]
        if len(name) > self.longest:
            name = name[: self.longest + 1].rpartition("_")[0]
        while "_" in name:
            head, _, tail = name.rpartition("_")
            if name in self.known and (len(tail) > 1 or len(head) > 1 or name in self.sizes):
                return name, start + len(name)
            name = name.rpartition("_")[0]
        return None

    def cut(self, run: str, called: bool) -> list[Piece]:
        """A run of letters and digits as declared names, functions, and single letters."""
        if len(run) == 1:
            return [("symbol", run, 1)]
        letters = run.rstrip("0123456789")
        every = all(letter in self.values for letter in letters) and not self.open
        if run in self.known and not (every and len(run) == len(letters)):
            return [("symbol", run, len(run))]
        if letters == run and not every:
            function = self._function(run, called)
            if function is not None:
                return [(_KINDS.get(run, "func"), function, len(run))]
        if every and len(letters) == len(run):
            return [("symbol", letter, 1) for letter in run]
        return list(self._pieces(run))

    def _function(self, run: str, called: bool) -> str | None:
        """The function that a run of letters is: a macro's name, or a word before brackets."""
        if run in _ELEMENTARY:
            return macros.FUNCTIONS.get(run, run)
        return function_named(run, self.labels) if called else None

    def _pieces(self, run: str) -> Iterator[Piece]:
        """The run in the fewest declared names, with as few undeclared letters as can be."""
        costs = [0.0] + [float("inf")] * len(run)
        steps = [1] * (len(run) + 1)
        for end in range(1, len(run) + 1):
            for width in range(1, min(end, max(self.longest, 1)) + 1):
                piece = run[end - width : end]
                known = piece in self.known
                if width > 1 and not known:
                    continue
                cost = costs[end - width] + (1 if known else _UNKNOWN)
                if cost < costs[end]:
                    costs[end], steps[end] = cost, width
        cuts: list[str] = []
        end = len(run)
        while end:
            cuts.append(run[end - steps[end] : end])
            end -= steps[end]
        digits = ""
        for piece in reversed(cuts):
            if piece.isdigit():
                digits += piece
                continue
            if digits:
                yield "number", digits, len(digits)
                digits = ""
            yield "symbol", piece, len(piece)
        if digits:
            yield "number", digits, len(digits)


def _respelled(name: str) -> Iterator[str]:
    """Other spellings of a name: of its letter, and of how its marks are joined to it."""
    head, _, tail = name.partition("_")
    if tail.endswith("bar"):
        # An adjoint dZ is written with a bar over its value.
        yield f"d{head}{tail[:-3].rstrip('_')}"
        yield f"d{head}_{tail[:-4]}"
        marks = tail[:-4]
        yield from (f"d{head}_{marks[:at]}_{marks[at:]}" for at in range(1, len(marks)))
        yield "_".join((f"d{head}", *marks))
    heads = sorted(_ALIKE.get(head, frozenset((head,))), key=lambda word: word != head)
    for other in heads:
        yield f"{other}_{tail}" if tail else other
        if tail:
            yield other + tail.replace("_", "")
            yield other + tail
            yield from (f"{other}_{tail[:at]}_{tail[at:]}" for at in range(1, len(tail)))
            parts = tail.split("_")
            if len(parts) > 1:
                yield "_".join((other, *reversed(parts)))
                yield other + "".join(parts[1:]) + "_" + parts[0]
                yield other + parts[0] + "_" + "_".join(parts[1:])
