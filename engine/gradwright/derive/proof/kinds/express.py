"""Express values linearly by others: a convex combination, a rotation, or any matrix."""

from __future__ import annotations

from collections.abc import Sequence

import sympy
from sympy import Expr, S

from gradwright.derive.proof.chain import Chain
from gradwright.derive.proof.claims import Reading, definitions, lettered
from gradwright.derive.proof.fraction import fraction, sign
from gradwright.derive.proof.kind import Kind
from gradwright.derive.proof.line import Item, Line, Linear, Proved, Say, Side
from gradwright.derive.proof.reduce import reduce
from gradwright.derive.proof.simplify import Simplifier, between, positive
from gradwright.errors import nearest
from gradwright.language.tree import Name
from gradwright.tensor.canonical import canonical
from gradwright.tensor.instantiate import instantiate, spelled_out
from gradwright.tensor.nodes import Entry, Index, Tensor

SHAPES = ("linear", "convex", "rotation")


def prove_linear(reading: Reading) -> Proved:
    """The proof of ``express = "h"``, ``by = "a, b"``, ``is = "convex"``.

    Raises:
        ModelError: A value is not linear in the others, or the coefficients are not as claimed.
    """
    targets, sources = reading.names("express"), reading.names("by")
    wanted = reading.text("is", f"one of {', '.join(SHAPES)}", "linear")
    if wanted not in SHAPES:
        raise reading.error(f"there is no shape {wanted!r} of coefficients", "is", nearest(wanted, SHAPES))
    if wanted == "rotation" and len(targets) != len(sources):
        raise reading.error("a rotation makes as many values as it is given", "express")
    indices = _indices(reading, targets[0])
    places = tuple(
        Entry(name, *indices[: len(reading.statement.scope.values[name].shape)]) for name in sources
    )
    chains = [_opened(reading, name, sources, indices) for name in targets]
    rows = tuple(_coefficients(reading, chain.entry, places) for chain in chains)
    free = reading.names("free_of") if "free_of" in reading.claim.table else ()
    _check_free(reading, free, [Tensor(indices, entry) for row in rows for entry in row])
    sides = tuple(tuple(Side(Tensor(indices, entry)) for entry in row) for row in rows)
    left = tuple(chain.start for chain in chains)
    right = tuple(Side(Tensor(indices, entry), Name(entry.name)) for entry in places)
    proof: list[Item] = [line for chain in chains for line in chain.lines]
    if wanted == "convex":
        proof += _convex(reading, rows, indices, sources)
    elif wanted == "rotation":
        proof += [
            Say("matrix"),
            Linear(left, sides, right),
            Say("is-rotation"),
            *_rotation(reading, rows, indices),
        ]
    else:
        proof += [Say("matrix"), Linear(left, sides, right)]
    if free:
        proof.append(Say("free", {"values": ", ".join(free)}))
    values = {"targets": ", ".join(targets), "sources": ", ".join(sources)}
    asked = Say(wanted, values)
    if wanted == "rotation" and free:
        asked = Say("rotation-free", {**values, "free": ", ".join(free)})
    return Proved("express", reading.claim.title, (asked,), tuple(proof))


def _check_free(reading: Reading, free: Sequence[str], coefficients: Sequence[Tensor]) -> None:
    """Raise a ModelError for a name on which a coefficient depends, by a defined value or directly."""
    tensors = definitions(reading.statement)
    for name in free:
        opened = (spelled_out(one, tensors).entry for one in coefficients)
        if any(node.name == name for entry in opened for node in entry.atoms(Entry)):
            raise reading.error(f"the coefficients depend on {name}", "free_of")


def _indices(reading: Reading, name: str) -> tuple[Index, ...]:
    """Letters for the axes of the first value that is expressed."""
    tensor = definitions(reading.statement).get(name)
    if tensor is None:
        hint = f"give {name} a formula"
        raise reading.error(f"{name} is given, so there is nothing to express", "express", hint)
    return lettered(tensor, (), reading.statement).indices


def _opened(reading: Reading, name: str, sources: Sequence[str], indices: tuple[Index, ...]) -> Chain:
    """The value in terms of the sources: its formula put in, sums of angles opened, sources named."""
    tensors = definitions(reading.statement)
    if name not in tensors or len(tensors[name].indices) != len(indices):
        raise reading.error(f"{name} has no formula of the same axes as the first one", "express")
    chain = Chain.of(Side(Tensor(indices, Entry(name, *indices)), Name(name) if not indices else None))
    chain.add("definition", canonical(instantiate(tensors[name], indices)), value=name)
    named = {
        canonical(instantiate(spelled_out(tensors[source], tensors), indices)): Entry(source, *indices)
        for source in sources
        if source in tensors and len(tensors[source].indices) == len(indices)
    }
    reduce(chain)
    chain.apply("abbreviate", lambda entry: entry.xreplace(named), value=", ".join(sources))
    return chain


def _coefficients(reading: Reading, entry: Expr, places: Sequence[Entry]) -> tuple[Expr, ...]:
    """What multiplies each source; there is nothing else."""
    rest = sympy.expand(entry)
    found = []
    for place in places:
        found.append(canonical(entry.diff(place) if entry.is_Symbol else _slope(rest, place)))
    left = rest - sympy.Add(*(c * place for c, place in zip(found, places, strict=True)))
    if fraction(left) != 0 or any(c.has(*places) for c in found):
        names = ", ".join(place.name for place in places)
        raise reading.error(f"this is not linear in {names}", "express", "look at its formula")
    return tuple(found)


def _slope(entry: Expr, place: Entry) -> Expr:
    """The difference that the source makes at 1 and at 0."""
    one, zero = (entry.xreplace({place: value}) for value in (S.One, S.Zero))
    return fraction(one - zero)


def _convex(
    reading: Reading, rows: Sequence[Sequence[Expr]], indices: tuple[Index, ...], sources: Sequence[str]
) -> list[Item]:
    """No coefficient is negative, and they add up to 1."""
    items: list[Item] = []
    work = Simplifier(reading.statement, reading.known)
    for row in rows:
        for entry, source in zip(row, sources, strict=True):
            chain = work.chain(Side(Tensor(indices, entry)))
            chain.apply("fraction", fraction)
            found = sign(chain.entry, positive(reading.statement), between(reading.statement))
            if found not in (0, 1):
                raise reading.error(f"the coefficient of {source} may be negative", "is")
            relation = ">" if found == 1 else ">="
            zero = Side(Tensor(indices, S.Zero))
            last = Line("sign", chain.end, zero, relation, goes_on=bool(chain.lines))
            items += [Say("coefficient", {"value": source}), *chain.lines, last]
        total = sympy.Add(*row, evaluate=False)
        if fraction(sympy.Add(*row) - 1) != 0:
            raise reading.error("the coefficients don't add up to 1", "is")
        one = Side(Tensor(indices, S.One))
        items += [Say("total"), Line("merge", Side(Tensor(indices, total)), one)]
    return items


def _rotation(reading: Reading, rows: Sequence[Sequence[Expr]], indices: tuple[Index, ...]) -> list[Item]:
    """The rows are of length 1 and at right angles, and the determinant is 1."""
    count = len(rows)
    items: list[Item] = []
    for i in range(count):
        for j in range(i, count):
            # Not added up here: terms that cancel are what the line shows.
            product = sympy.Add(*(rows[i][k] * rows[j][k] for k in range(count)), evaluate=False)
            items += _worth(reading, product, S.One if i == j else S.Zero, indices, "row-product")
    return items + _worth(reading, sympy.Matrix(rows).det(), S.One, indices, "determinant")


def _worth(reading: Reading, entry: Expr, value: Expr, indices: tuple[Index, ...], rule: str) -> list[Item]:
    """The line that says what an entry of ``R Rᵀ`` or the determinant is worth."""
    if entry == value:
        return []
    if fraction(entry - value) != 0:
        raise reading.error("the coefficients are no rotation", "is")
    return [Line(rule, Side(Tensor(indices, entry)), Side(Tensor(indices, value)))]


EXPRESS = Kind("express", ("by", "is", "free_of"), prove_linear)
