"""Names that scripts are a part of: of values with subscripts, and of derivatives."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gradwright.language.tex.nodes import Derivative, Fenced, Script, Symbol

_STARS = {"*": "star", r"\ast": "star", r"\star": "star", "ast": "star"}


_SHIFTED = re.compile(r"([A-Za-z])([+-])(\d+)")
_WORDY = re.compile(r"[A-Za-z0-9]+")


def gradient_names(node: Derivative) -> tuple[str, ...]:
    """The names that a derivative may be declared by: ``dL_dW``, ``dW``, ``grad_W``."""
    top, bottom = _bare(node.top), _bare(node.bottom)
    longer = (f"d{top}_d{bottom}", f"d{top}d{bottom}") if top else ()
    base, _, below = node.bottom.partition("_")
    joined = (f"d{_bare(base)}_{_bare(below)}",) if below else ()
    spelled = (f"d{bottom}", *joined, f"grad_{bottom}", f"grad{bottom}", f"{bottom}_grad", f"g_{bottom}")
    return (*longer, *spelled)


def _bare(text: str) -> str:
    r"""Letters alone: ``W_{1}`` is ``W1``, ``\theta`` is ``theta``, ``\mathcal{L}`` is ``L``."""
    text = re.sub(r"\\(?:mathcal|mathbf|boldsymbol|bm|mathrm|text)(?![A-Za-z])", "", text)
    text = re.sub(r"\([^()]*\)", "", text)
    return re.sub(r"[^A-Za-z0-9]", "", text).replace("lambda", "lam").replace("varepsilon", "epsilon")


def names_of(base: str, below: str, above: str = "") -> Iterator[str]:
    """The names that a letter with scripts may be declared by."""
    for script in (below + above, f"{below}_{above}") if above else (below,):
        yield f"{base}_{script}"
        head, _, mark = base.partition("_")
        if mark:
            yield f"{head}{script}_{mark}"
            yield f"{head}_{script}_{mark}"
            yield f"{head}{mark}_{script}"
        else:
            yield f"{base}{script}"


def written(script: Script | None) -> str:
    """The letters and figures of a script, if it holds nothing else."""
    if script is None:
        return ""
    text = script.text.replace(",", "")
    if text in _STARS:
        return _STARS[text]
    shifted = _SHIFTED.fullmatch(text)
    if shifted is not None:
        return f"{shifted[1]}_{'plus' if shifted[2] == '+' else 'minus'}_{shifted[3]}"
    return text if _WORDY.fullmatch(text) else ""


def label_of(script: Script | None, loose: bool = False) -> str:
    """A superscript that may be a part of a name: bracketed, an upright word, or a star.

    Args:
        script: The superscript.
        loose: Whether letters in a row may be a word too, as where such a name is declared.
    """
    if script is None:
        return ""
    if isinstance(script.node, Fenced) and script.node.kind in "([":
        return written(script)
    text = script.text
    if text in _STARS:
        return _STARS[text]
    if text in ("+", "-"):
        return {"+": "plus", "-": "minus"}[text]
    upright = loose or (isinstance(script.node, Symbol) and script.node.word)
    return text if upright and len(text) > 1 and text.isalpha() and text.isascii() else ""
