r"""The left side of a LaTeX line as a known name and its indices: ``\frac{\partial L}{\partial z_{f,t}}``."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from gradwright.language.words import canonical_name

_LOOKS = re.compile(
    r"\\(?:left|right|big|Big|displaystyle|textstyle|limits|,|;|!|:|>)(?![A-Za-z])|\\ |~|\s+(?=[_^])"
)
_FONTS = re.compile(
    r"\\(?:mathbf|boldsymbol|bm|mathrm|mathit|mathcal|text|operatorname|mathsf|vec|textbf)\s*"
    r"(?:\{([^{}]*)\}|([A-Za-z]))"
)
_GREEK = re.compile(r"\\([A-Za-z]+)\s*")
_D = r"(?:\\partial\s*|∂\s*|d\s*)"
_LOSS = r"(?:\\?[A-Za-z]+|ℓ)"
_SYMBOL = r"(?P<symbol>\\?[^\W\d_]+\d*(?:\s*[_^](?:\{[^{}]*\}|\w))*)"
_FORMS = tuple(
    re.compile(pattern)
    for pattern in (
        rf"\\[dt]?frac\s*\{{\s*{_D}{_LOSS}\s*\}}\s*\{{\s*{_D}{_SYMBOL}\s*\}}",
        rf"{_D}{_LOSS}\s*/\s*{_D}{_SYMBOL}",
        rf"\\nabla\s*_\s*\{{\s*{_SYMBOL}\s*\}}\s*{_LOSS}?",
        rf"\\nabla\s*_\s*{_SYMBOL}\s*{_LOSS}?",
        rf"\\bar\s*\{{\s*{_SYMBOL}\s*\}}(?P<outer>(?:[_^](?:\{{[^{{}}]*\}}|\w))*)",
        rf"\\bar\s+{_SYMBOL}",
        rf"\(?\s*(?:d|\\delta)\s*{_SYMBOL}\s*\)?(?P<outer>(?:[_^](?:\{{[^{{}}]*\}}|\w))*)",
    )
)
_GROUPED = re.compile(r"[(\[]\s*([^()\[\]]+)\s*[)\]]((?:[_^](?:\{[^{}]*\}|\w))*)")
_PLAIN = re.compile(_SYMBOL)
_SCRIPT = re.compile(r"[_^](?:\{([^{}]*)\}|(\w))")


@dataclass(frozen=True)
class TexLeft:
    """A left side that is known.

    Args:
        name: The reference's name.
        indices: The letters after it that are indices.
    """

    name: str
    indices: tuple[str, ...] = ()


def tex_left(left: str, known: Callable[[str], str]) -> TexLeft | None:
    r"""The known name that a left side is, or None.

    Args:
        left: The LaTeX before the sign of equality.
        known: The reference's name that a written name stands for, or an empty text.

    >>> tex_left(r"\frac{\partial L}{\partial z_{f,t}}", lambda name: name if name == "dz_f" else "")
    TexLeft(name='dz_f', indices=('t',))
    """
    bare = _FONTS.sub(lambda found: found[1] or found[2], _LOOKS.sub("", left)).strip()
    grouped = _GROUPED.fullmatch(bare)
    if grouped is not None:
        inner = tex_left(grouped[1], known)
        outer = tuple(
            part for found in _SCRIPT.finditer(grouped[2]) for part in _letters(found[1] or found[2])
        )
        return TexLeft(inner.name, inner.indices + outer) if inner is not None else None
    for prefix, form in [*(("d", form) for form in _FORMS), ("", _PLAIN)]:
        found = form.fullmatch(bare)
        if found is None:
            continue
        scripts = found["symbol"] + (found.groupdict().get("outer") or "")
        made = _known(prefix, scripts, known)
        if made is not None:
            return made
    return None


def _known(prefix: str, written: str, known: Callable[[str], str]) -> TexLeft | None:
    """The longest known name that begins a symbol with scripts; what is left of these are indices."""
    start = _SCRIPT.search(written)
    base = written[: start.start()] if start is not None else written
    letter = _GREEK.fullmatch(base.strip())
    symbol = (
        {"lambda": "lam"}.get(letter[1], letter[1]) if letter is not None else canonical_name(base.strip())
    )
    parts = [part for found in _SCRIPT.finditer(written) for part in _letters(found[1] or found[2])]
    for count in range(len(parts), -1, -1):
        label, rest = parts[:count], parts[count:]
        if not all(len(part) == 1 and part.isalpha() for part in rest):
            continue
        name = known(prefix + "_".join([symbol, *label])) or known(prefix + "".join([symbol, *label]))
        if name:
            return TexLeft(name, tuple(rest))
    return None


def _letters(script: str) -> list[str]:
    """The parts of a script: ``f,t`` are two, ``ij`` are two, ``12`` is one, ``(t)`` is one."""
    parts = re.split(
        r"[\s,]+", script.strip("()[]⟨⟩ ").replace("\\langle", "").replace("\\rangle", "").strip()
    )
    return [piece for part in parts if part for piece in re.findall(r"\d+|[A-Za-z]", part)]
