"""Functions by the words that LaTeX writes for them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from gradwright.language.scope import Composite
from gradwright.language.words import ALIASES, PRIMITIVES, UNARY, listed

_WHOLE = listed(
    "trace det logdet inv pinv norm1 norm2 ravel diag diagonal ones_like zeros_like expm cholesky size array"
)
ENTRYWISE = (UNARY - _WHOLE) | listed("elu gelu leaky_relu log10 log2 arccot arcsec arccsc logit")
"""Functions of each entry alone."""
_LABEL = re.compile(r"\\(?:operatorname|mathrm|text)\{([A-Za-z]+)\}")
_SPELLED = {
    "tr": "tr", "trace": "tr", "arsinh": "arcsinh", "arcosh": "arccosh", "artanh": "arctanh",
    "lse": "logsumexp",
    "logsumexp": "logsumexp", "softplus": "softplus", "sgn": "sign", "sig": "sigmoid", "vec": "vec",
    "concat": "concat",
    "logit": "logit", "avg": "mean", "heaviside": "heaviside", "inv": "inv", "ln": "log", "cosec": "csc",
    "max": "max",
    "min": "min", "argmax": "argmax", "argmin": "argmin", "gcd": "gcd", "lcm": "lcm", "ceiling": "ceil",
    "arccot": "arccot", "arcsec": "arcsec", "arccsc": "arccsc", "smax": "softmax", "expm": "expm",
    "logdet": "logdet",
    "abs": "abs", "exp": "exp", "log": "log", "sqrt": "sqrt",
}  # fmt: skip


_CAPITALISED = {"Tr": "tr", "Re": "real", "Im": "imag"}


@lru_cache(64)
def _spoken(labels: tuple[tuple[str, str], ...]) -> Mapping[str, str]:
    known = {name: name for name in PRIMITIVES} | ALIASES
    plain = {_plain(word): name for word, name in known.items()} | _SPELLED
    for word, name in labels:
        plain[_plain(name)] = name
        plain[word] = name
    return plain


def labels_of(composites: Mapping[str, Composite]) -> tuple[tuple[str, str], ...]:
    """The words that LaTeX writes for functions that are formulas, and the functions."""
    words: dict[str, str] = {}
    for name, composite in composites.items():
        words[name] = name
        label = _LABEL.fullmatch(composite.latex)
        if label is not None:
            words[label[1]] = name
    return tuple(words.items())


def function_named(word: str, labels: tuple[tuple[str, str], ...]) -> str | None:
    """The function that a word names, or None; large and small letters are one in longer words."""
    known = _spoken(labels)
    return known.get(word) or _CAPITALISED.get(word) or (known.get(_plain(word)) if len(word) > 2 else None)


def _plain(word: str) -> str:
    return word.replace("_", "").replace("-", "").replace(" ", "").lower()


def is_elementwise(name: str) -> bool:
    """Whether a function acts on each entry alone."""
    return name in ENTRYWISE or name in ("sigmoid", "relu", "softplus", "silu")
