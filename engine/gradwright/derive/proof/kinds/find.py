"""Find the shortest form of an expression, such as a variance."""

from __future__ import annotations

from gradwright.derive.proof.claims import Reading
from gradwright.derive.proof.fraction import shortest
from gradwright.derive.proof.kind import Kind
from gradwright.derive.proof.line import Line, Proved, Say
from gradwright.derive.proof.simplify import Simplifier


def answer(reading: Reading) -> Proved:
    """The answer to ``find = "Var(s)"``.

    Raises:
        ModelError: No rule changes the expression.
    """
    start = reading.side(reading.text("find", "an expression"), "find")
    work = Simplifier(reading.statement, reading.known)
    chain = work.chain(start)
    chain.apply("fraction", shortest)
    if not chain.lines:
        raise reading.error("no rule makes this shorter: it is its own answer", "find")
    asked = Say("find", {"value": start})
    result = Line("result", start, chain.end)
    proof = (*work.lemmas, *([Say("now")] if work.lemmas else []), *chain.lines)
    return Proved("find", reading.claim.title, (asked,), proof, (result,), lemmas=work.found)


FIND = Kind("find", (), answer)
