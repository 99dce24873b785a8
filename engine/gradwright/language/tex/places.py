r"""Whether a text counts the places of an axis from 1, as mathematics does, or from 0, as NumPy does.

``\sum_{i=1}^n`` and ``x_n`` count from 1; ``\sum_{i=0}^{n-1}`` and ``x_0`` from 0, and so does ``h_{T-1}``
where nothing else tells: the pages of a derivation write the last time so. Numbers alone, as in ``x_1``,
count from 1, unless data holds places of an axis: they are counted from 0.
"""

from __future__ import annotations

import re

from gradwright.language.tex.labels import names_of
from gradwright.language.tex.spelled import Declared

_FROM_ONE = re.compile(r"_\s*\{[^{}]*=\s*1\s*\}")
_FROM_ZERO = re.compile(r"_\s*\{[^{}]*=\s*0\s*\}")
_NOUGHT = re.compile(r"([A-Za-z]*)[)\]}]?\s*_\s*(?:0(?!\d)|\{\s*0\s*\})")


def first_place(text: str, declared: Declared) -> int | None:
    r"""The number of the first place on an axis; None where the text says both.

    >>> first_place(r"\sum_{i=0}^{n-1} x_i", Declared(("x",), ("n",)))
    0
    """
    from_zero = _FROM_ZERO.search(text) is not None or any(
        declared.find(names_of(letter, "0")) is None for letter in _NOUGHT.findall(text)
    )
    sizes = "|".join(re.escape(size) for size in sorted(declared.sizes))
    from_one = _FROM_ONE.search(text) is not None
    if sizes:
        from_one = (
            from_one
            or re.search(rf"_\s*(?:(?:{sizes})(?![A-Za-z0-9])|\{{\s*(?:{sizes})\s*\}})", text) is not None
        )
        last = (
            rf"(?:_\s*\{{[^{{}}]*|[=<>]\s*|\\(?:le|ge|ne|lt|gt)q?\s*)(?<![A-Za-z])(?:{sizes})\s*-\s*1(?!\d)"
        )
        if not from_one and re.search(last, text) is not None:
            from_zero = True
    if from_one and from_zero:
        return None
    return 0 if from_zero or (declared.gathers and not from_one) else 1
