r"""Adjoints inside a form, spelled so that a ``d`` before a symbol is not taken for a factor.

``x_t^\top dz_{f,t}`` holds ``dz_f`` at ``t``; where ``d`` is also an axis, only the names that are known
can tell. A known adjoint becomes one upright word, which can be read in one way only.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from gradwright.grade.chain.texleft import TexLeft, tex_left
from gradwright.language.tree import Span

_SCRIPTS = r"(?:_(?:\{[^{}]*\}|[A-Za-z0-9]))?(?:\^\{\s*[\[(][^{}]*[\])]\s*\})?"
_FRACTION = (
    r"\\[dt]?frac\s*\{\s*(?:\\partial|d)\s*\\?[A-Za-z]+\s*\}"
    r"\s*\{\s*(?:\\partial\s*|d)\\?[A-Za-z]+\d*(?:\s*[_^](?:\{[^{}]*\}|[A-Za-z0-9]))*\s*\}"
)
_ADJOINT = re.compile(
    rf"(?P<fraction>{_FRACTION})|(?P<delta>\\delta(?![A-Za-z]){_SCRIPTS})"
    rf"|(?<!\\)(?P<run>\b[A-Za-z]*d(?:\\[a-z]+|[A-Za-z][A-Za-z0-9]*)){_SCRIPTS}"
)

_RATIO = re.compile(r"(?<![\w.])(?:∂\s*\w+\s*/\s*∂\s*|d(?:L|J|loss|ell)\s*/\s*d)(\w+)")


@dataclass(frozen=True)
class Spelled:
    """A form with its adjoints spelled out.

    Args:
        text: The form.
        moved: For each replaced part its span in ``text`` and its span in the form as it was written.
    """

    text: str
    moved: tuple[tuple[Span, Span], ...] = ()

    def written(self, span: Span) -> Span:
        """The place in the form as it was written."""
        start, end = span
        return self._back(start, start, 0), self._back(end, max(start, end - 1), 1)

    def _back(self, place: int, letter: int, side: int) -> int:
        """The place that stands at a letter (side 0) or behind it (side 1)."""
        shift = 0
        for new, old in self.moved:
            if letter < new[0]:
                break
            if letter < new[1]:
                return old[side]
            shift = old[1] - new[1]
        return place + shift


def spelled(form: str, known: Callable[[str], str]) -> Spelled:
    r"""Spell the known adjoints of a form as upright words.

    Args:
        form: LaTeX.
        known: The reference's name that a written name stands for, or an empty text.

    >>> spelled(r"x_t^\top dz_{f,t}", lambda name: name if name == "dz_f" else "").text
    'x_t^\\top \\mathrm{dz\\_f}_{t}'
    """
    found = (_adjoint(match, known) for match in _ADJOINT.finditer(form))
    return _replaced(form, [(start, end, _word(made)) for start, end, made in found if made is not None])


def spelled_text(form: str, known: Callable[[str], str]) -> Spelled:
    """The same in plain text: ``∂L/∂Z`` and ``dL/dZ`` are one name where they are a known adjoint.

    >>> spelled_text("X.T @ ∂L/∂Z", lambda name: name if name == "dZ" else "").text
    'X.T @ dZ'
    """
    found = [(match, known(f"d{match[1]}")) for match in _RATIO.finditer(form)]
    return _replaced(form, [(match.start(), match.end(), name) for match, name in found if name])


def _word(made: TexLeft) -> str:
    word = rf"\mathrm{{{made.name.replace('_', chr(92) + '_')}}}"
    return word + (f"_{{{','.join(made.indices)}}}" if made.indices else "")


def _replaced(form: str, words: Iterable[tuple[int, int, str]]) -> Spelled:
    """The form with some of its parts replaced."""
    pieces: list[str] = []
    moved: list[tuple[Span, Span]] = []
    last = length = 0
    for start, end, word in words:
        pieces += [form[last:start], word]
        length += start - last
        moved.append(((length, length + len(word)), (start, end)))
        length += len(word)
        last = end
    return Spelled("".join([*pieces, form[last:]]), tuple(moved))


def _adjoint(found: re.Match[str], known: Callable[[str], str]) -> tuple[int, int, TexLeft | None]:
    """Where the adjoint at the end of a run of letters begins and ends, and which it is."""
    if found["fraction"] or found["delta"]:
        return *found.span(), tex_left(found[0], known)
    for place, letter in enumerate(found["run"]):
        if letter == "d":
            start = found.start() + place
            made = tex_left(found.string[start : found.end()], known)
            if made is not None:
                return start, found.end(), made
    return *found.span(), None
