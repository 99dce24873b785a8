"""A student's own variant: random numbers that only the holder of the secret can foresee, and new letters."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

_PARTS = re.compile(r"([A-Za-z])(\d*)")
_FAMILY = re.compile(r"([A-Za-z]_?)([a-z])")
_CAPITALS = ("XAUF", "WVBC", "YTDR", "ZSMQ", "PGKH")
_SMALL = ("xuza", "wvcq", "yrpf", "bhsg")


def generator(
    secret: bytes, homework: str, question: str, student: str, attempt: int = 1
) -> np.random.Generator:
    """Random numbers that belong to one student's attempt at one question.

    The seed is HMAC-SHA256 of ``set | question | student | attempt``: the same call gives the same variant,
    and nobody without the secret can tell what a fellow student was asked.
    """
    message = "|".join((homework, question, student, str(attempt)))
    digest = hmac.new(secret, message.encode("utf-8"), hashlib.sha256).digest()
    return np.random.default_rng(int.from_bytes(digest, "big"))


def renaming(names: Sequence[str], reserved: Iterable[str], rng: np.random.Generator) -> Mapping[str, str]:
    """New names for values: a letter for a letter of like use, digits kept, so that ``W1, W2`` stay a family.

    Args:
        names: The values that may be renamed; only names of one letter and digits are, and those that end
            in such a letter: with ``f`` becomes ``p``, the ``W_f`` and ``z_f`` of that gate follow it.
        reserved: Names that must not be taken (axes, the loss).
        rng: The student's random numbers.
    """
    plain = [name for name in names if _PARTS.fullmatch(name)]
    families = [match for name in names if name not in plain and (match := _FAMILY.fullmatch(name))]
    taken = set(reserved) | (set(names) - set(plain))
    taken |= {match.group(1)[0] for match in families if match.group(1).endswith("_")}
    letters = list(dict.fromkeys(name[0] for name in plain))
    chosen: dict[str, str] = {}
    for letter in letters:
        groups = _CAPITALS if letter.isupper() else _SMALL
        pool = next((group for group in groups if letter in group), letter)
        free = [one for one in pool if one not in taken and one not in chosen.values()]
        prefixes = [match.group(1) for match in families if match.group(2) == letter and letter in plain]
        free = [one for one in free if one == letter or one not in letters]
        free = [one for one in free if one == letter or not any(p + one in names for p in prefixes)]
        free = free or [letter]
        chosen[letter] = free[int(rng.integers(len(free)))]
    renamed = {name: chosen[name[0]] + name[1:] for name in plain}
    for match in families:
        if match.group(2) in plain:
            renamed[match.group()] = match.group(1) + chosen[match.group(2)]
    return renamed
