"""Show that a relation holds: both sides brought to one form, or the sign of their difference seen."""

from __future__ import annotations

from collections.abc import Mapping

from gradwright.derive.proof.chain import Chain
from gradwright.derive.proof.claims import Reading
from gradwright.derive.proof.fraction import fraction, sign
from gradwright.derive.proof.kind import Kind
from gradwright.derive.proof.line import Item, Line, Proved, Say, Side, UnprovedError
from gradwright.derive.proof.simplify import Simplifier, between, positive
from gradwright.language.index_form import index_form
from gradwright.language.text import to_text
from gradwright.tensor.canonical import canonical
from gradwright.tensor.nodes import Tensor

_IMPLIED: Mapping[str, tuple[int, ...]] = {">": (1,), ">=": (1, 0), "<": (-1,), "<=": (-1, -2)}


def prove_relation(reading: Reading) -> Proved:
    """The proof of ``show = "left = right"``, or of an inequality.

    Raises:
        ModelError: The sides do not come to one form, or no sign is seen.
    """
    left, relation, right = reading.relation("show")
    claim = (Line("claim", left, right, relation),)
    made = _equal if relation == "=" else _unequal
    work = Simplifier(reading.statement, reading.known)
    proof = made(reading, work, left, relation, right)
    return Proved("show", reading.claim.title, claim, proof, lemmas=work.found)


def _equal(reading: Reading, work: Simplifier, left: Side, relation: str, right: Side) -> tuple[Item, ...]:
    first, second = work.chain(left), work.chain(right)
    if fraction(first.entry - second.entry) != 0:
        work.expand(first)
        work.expand(second)
    if fraction(first.entry - second.entry) != 0:
        message = "the claim does not follow by the rules: its sides come to two forms that differ"
        hint = "look for a missing assumption, or for a mistake in the claim"
        raise UnprovedError(reading.error(message, "show", hint), Line("claim", left, right))
    _meet(first, second)
    head: list[Item] = [*work.lemmas]
    if not second.lines:
        return (*head, *([Say("now")] if work.lemmas else []), *first.lines)
    if not first.lines:
        return (*head, Say("right-side"), *second.lines)
    return (*head, Say("left-side"), *first.lines, Say("right-side"), *second.lines, Say("same"))


def _meet(first: Chain, second: Chain) -> None:
    """Bring two chains to one form: that of the side which is as claimed, or one fraction in lowest terms."""
    if canonical(first.entry - second.entry) == 0 and (first.lines or second.lines):
        return
    if not second.lines:
        first.add("fraction", second.entry)
    elif not first.lines:
        second.add("fraction", first.entry)
    else:
        first.apply("fraction", fraction)
        second.apply("fraction", fraction)


def _unequal(reading: Reading, work: Simplifier, left: Side, relation: str, right: Side) -> tuple[Item, ...]:
    is_bare = right.tensor.entry == 0
    entry = left.tensor.entry - right.tensor.entry
    start = left if is_bare else Side(Tensor(left.tensor.indices, entry))
    chain = work.chain(start)
    chain.apply("fraction", fraction)
    found = sign(chain.entry, positive(reading.statement), between(reading.statement))
    if found is None or found not in _IMPLIED[relation]:
        message = f"the rules don't show that this is {relation} 0: {_shown(chain.end)}"
        hint = 'look for a missing assumption, such as is = "pos"'
        raise UnprovedError(reading.error(message, "show", hint), Line("claim", left, right, relation))
    zero = Side(Tensor(left.tensor.indices, entry * 0))
    last = Line("sign", chain.end, zero, relation, goes_on=bool(chain.lines))
    head: list[Item] = [*work.lemmas, *([] if is_bare else [Say("difference")])]
    return (*head, *chain.lines, last)


def _shown(side: Side) -> str:
    """A side as text, for a message."""
    return to_text(index_form(side.tensor)[1])


SHOW = Kind("show", (), prove_relation)
