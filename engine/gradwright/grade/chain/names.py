"""The spellings of a name: ``dW``, ``dL_dW``, ``grad_W``, ``W_bar`` are one derivative."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

_LOSS = r"(?:L|J|C|E|F|R|l|ell|loss|Loss|cost|Cost|mathcal_L)"
_DERIVATIVE = tuple(
    re.compile(pattern)
    for pattern in (
        rf"d_?{_LOSS}_?_d_?(?P<value>\w+)",
        rf"d{_LOSS}d(?P<value>\w+)",
        rf"partial_?{_LOSS}_partial_?(?P<value>\w+)",
        r"(?:grad|nabla|gradient|partial)_?(?P<value>\w+)",
        r"(?P<value>\w+?)_?(?:grad|bar|gradient|adj|adjoint)",
        r"d_?(?P<value>\w+)",
    )
)
_DELTA = re.compile(r"delta_?(\w*)")
_SPELLINGS = (
    "d{}", "dL_d{}", "dJ_d{}", "dloss_d{}", "dE_d{}", "dC_d{}", "dell_d{}", "grad_{}", "nabla_{}", "{}_bar",
    "{}_grad", "d_{}",
)  # fmt: skip


def derived_from(name: str) -> tuple[str, ...]:
    """The values whose derivative a name may be, the likeliest first.

    >>> derived_from("dL_dW1"), derived_from("grad_b"), derived_from("yhat")
    (('W1', 'L_dW1'), ('b',), ())
    """
    found = (pattern.fullmatch(name) for pattern in _DERIVATIVE)
    values = (match["value"] for match in found if match is not None)
    return tuple(dict.fromkeys(value for value in values if value.strip("_")))


def bare(name: str) -> str:
    """A name without what only sets its parts apart: ``W_1`` and ``W1`` are one."""
    return name.replace("_", "")


def aliases(names: Iterable[str], values: Iterable[str]) -> dict[str, str]:
    """Other spellings of the names, each with the name that it stands for.

    Args:
        names: The reference's names.
        values: All names that are taken: none of them becomes a spelling of another.
    """
    taken = {*values}
    found: dict[str, str] = {}
    for name in names:
        for value in derived_from(name):
            if value in taken:
                for spelling in _SPELLINGS:
                    found.setdefault(spelling.format(value), name)
                if value[0] in "zZ":
                    found.setdefault(f"delta{value[1:]}", name)
                    found.setdefault(f"delta_{value[1:].lstrip('_')}".rstrip("_"), name)
                break
    return {spelling: name for spelling, name in found.items() if spelling not in taken}


def resolve(written: str, names: Iterable[str], values: Iterable[str]) -> str:
    """The reference's name that a written one stands for; the written one itself if there is none.

    Args:
        written: The name in its one spelling.
        names: The reference's names.
        values: All names that have a meaning, the declared ones among them.
    """
    names, values = tuple(names), frozenset(values)
    if written in values or written in names:
        return written
    own = {value: name for name in reversed(names) for value in derived_from(name)[:1]}
    for value in (*derived_from(written), *_pre_activations(written)):
        found = own.get(value) or _only(value, own)
        if found:
            return found
    return _only(written, {name: name for name in (*names, *values)}) or written


def _pre_activations(written: str) -> tuple[str, ...]:
    """The values whose adjoint textbooks call delta: ``delta2`` is the derivative by ``Z2`` or ``z2``."""
    found = _DELTA.fullmatch(written)
    return (f"Z{found[1]}", f"z{found[1]}") if found is not None else ()


def _only(written: str, known: Mapping[str, str]) -> str:
    """What the one known name stands for that differs from the written one by underscores alone."""
    found = {name for value, name in known.items() if bare(value) == bare(written)}
    return found.pop() if len(found) == 1 else ""
