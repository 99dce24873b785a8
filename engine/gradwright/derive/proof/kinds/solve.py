"""Find the value for which an equation holds, such as the variance of weights that keeps a variance."""

from __future__ import annotations

from dataclasses import replace

from gradwright.derive.proof.claims import Reading
from gradwright.derive.proof.fraction import shortest, solved
from gradwright.derive.proof.kind import Kind
from gradwright.derive.proof.line import Item, Line, Proved, Say, Side, named
from gradwright.derive.proof.simplify import Simplifier, positive
from gradwright.tensor.nodes import Entry, Tensor


def answer(reading: Reading) -> Proved:
    """The answer to ``solve = "v"``, ``where = "Var(y) = Var(x)"``.

    Raises:
        ModelError: There is no one value that makes the equation hold.
    """
    names = reading.names("solve")
    if len(names) != 1 or reading.statement.scope.values[names[0]].shape:
        raise reading.error("the unknown of an equation is one scalar", "solve")
    unknown = Entry(names[0])
    left, relation, right = _on_all(*reading.sides("where"))
    if relation != "=":
        raise reading.error("an equation is solved, so write left = right", "where")
    work = Simplifier(reading.statement, reading.known)
    chains = [work.chain(side) for side in (left, right)]
    for chain in chains:
        chain.apply("fraction", shortest)
    difference = chains[0].entry - chains[1].entry
    roots = solved(difference, unknown, positive(reading.statement))
    if len(roots) != 1 or roots[0].has(unknown):
        raise reading.error(f"there are {len(roots)} values of {names[0]} found, expected one", "where")
    proof: list[Item] = list(work.lemmas)
    for key, chain in zip(("left-side", "right-side"), chains, strict=True):
        proof += [Say(key), *chain.lines] if chain.lines else []
    proof += [Say("so")] if chains[0].lines or chains[1].lines else []
    proof.append(Line("equation", chains[0].end, chains[1].end, assumed=True))
    value = Side(Tensor((), roots[0]))
    result = Line("solved", named(names[0]), value, because={"value": names[0]}, assumed=True)
    proof.append(result)
    asked = (Say("solve", {"value": named(names[0])}), Line("claim", left, right, assumed=True))
    solution = {names[0]: value.tensor}
    return Proved("solve", reading.claim.title, asked, tuple(proof), (result,), solution, lemmas=work.found)


def _on_all(left: Side, relation: str, right: Side) -> tuple[Side, str, Side]:
    """Both sides on the indices of either: ``Var(y[j]) = Var(z[i])`` is about all ``i`` and ``j``."""
    indices = tuple(dict.fromkeys((*left.tensor.indices, *right.tensor.indices)))
    first, second = (replace(side, tensor=Tensor(indices, side.tensor.entry)) for side in (left, right))
    return first, relation, second


SOLVE = Kind("solve", ("where",), answer)
