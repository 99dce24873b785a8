"""From a statement to the proof of each of its claims."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from sympy import Expr

from gradwright.derive.proof.claims import Reading
from gradwright.derive.proof.kind import Kind
from gradwright.derive.proof.line import Proved
from gradwright.errors import ModelError, nearest
from gradwright.model.statement import Claim, Statement
from gradwright.registry import collect


@dataclass(frozen=True)
class Proof:
    """A statement with all its claims proved, in their order."""

    statement: Statement
    parts: tuple[Proved, ...]


@cache
def kinds() -> dict[str, Kind]:
    """Every kind of claim by the key that asks for it."""
    return collect("gradwright.derive.proof.kinds", Kind)


def prove(statement: Statement) -> Proof:
    """Prove every claim of a statement and answer every question.

    Raises:
        ModelError: A claim can't be read, is false, or is beyond the rules.
    """
    parts: list[Proved] = []
    known: dict[Expr, Expr] = {}
    for claim in statement.claims:
        parts.append(_proved(statement, claim, dict(known)))
        known |= parts[-1].known
    return Proof(statement, tuple(parts))


def _proved(statement: Statement, claim: Claim, found: Mapping[Expr, Expr]) -> Proved:
    known = kinds()
    asked = [key for key in claim.table if key in known]
    if len(asked) != 1:
        has = ", ".join(asked) or ", ".join(claim.table) or "nothing"
        message = f"claim {claim.number + 1} has {has}; expected exactly one of {', '.join(known)}"
        hint = next((nearest(key, known) for key in claim.table if nearest(key, known)), "")
        raise ModelError(message, statement.place(claim), hint)
    kind = known[asked[0]]
    for key in claim.table:
        allowed = (kind.name, "title", *kind.keys)
        if key not in allowed:
            hint = nearest(key, allowed) or f"known here: {', '.join(allowed)}"
            raise ModelError(f"unknown key {key} of a claim", statement.place(claim, key), hint)
    return kind.prove(Reading(statement, Claim(kind.name, claim.table, claim.number), found))
