"""A kind of claim: the key that names it, the keys that go with it, and how it is proved."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from gradwright.derive.proof.claims import Reading
from gradwright.derive.proof.line import Proved


@dataclass(frozen=True)
class Kind:
    """One kind of claim.

    Args:
        name: The key of a claim that asks for it, such as ``show``.
        keys: The other keys that the claim may have.
        prove: From the claim to its proof; raises ModelError where there is none.
    """

    name: str
    keys: tuple[str, ...]
    prove: Callable[[Reading], Proved]
