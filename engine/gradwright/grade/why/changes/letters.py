"""The indices of ``einsum`` and of entries: two exchanged, one not tied, one shifted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations

from gradwright.grade.why.build import binary, number
from gradwright.grade.why.rule import Change, Sight
from gradwright.language.tree import Binary, Call, Item, Name, Number, Text, Tree


def slipped(node: Tree, _: Sight) -> Iterator[Change]:
    """Two letters of one operand, or of the result, exchanged; two subscripts of an entry exchanged."""
    if isinstance(node, Call) and node.function == "einsum" and isinstance(node.arguments[0], Text):
        inputs, _arrow, output = node.arguments[0].value.replace(" ", "").partition("->")
        words = [*inputs.split(","), output]
        for place, word in enumerate(words):
            for one, other in combinations(range(len(word)), 2):
                letters = list(word)
                letters[one], letters[other] = letters[other], letters[one]
                yield Change(_einsum(node, [*words[:place], "".join(letters), *words[place + 1 :]]), node)
    if isinstance(node, Item):
        for one, other in combinations(range(len(node.selectors)), 2):
            if isinstance(node.selectors[one], Name) and isinstance(node.selectors[other], Name):
                order = list(node.selectors)
                order[one], order[other] = order[other], order[one]
                yield Change(replace(node, selectors=tuple(order)), node)


def summed_out(node: Tree, _: Sight) -> Iterator[Change]:
    """A letter of the result left out, so that it is summed over."""
    if isinstance(node, Call) and node.function == "einsum" and isinstance(node.arguments[0], Text):
        inputs, _arrow, output = node.arguments[0].value.replace(" ", "").partition("->")
        for letter in output:
            yield Change(_einsum(node, [*inputs.split(","), output.replace(letter, "")]), node)


def untied(node: Tree, _: Sight) -> Iterator[Change]:
    """A letter that two operands share, another one in one of them."""
    if not (isinstance(node, Call) and node.function == "einsum" and isinstance(node.arguments[0], Text)):
        return
    inputs, _arrow, output = node.arguments[0].value.replace(" ", "").partition("->")
    words = inputs.split(",")
    free = next(letter for letter in "zyxwvutsrq" if letter not in inputs)
    for letter in sorted(set(inputs) - {","}):
        for place, word in enumerate(words):
            if letter not in word or sum(letter in one for one in words) < 2:
                continue
            changed = [*words[:place], word.replace(letter, free), *words[place + 1 :]]
            yield Change(_einsum(node, [*changed, output]), node)
            for at in range(len(output) + 1):
                yield Change(_einsum(node, [*changed, output[:at] + free + output[at:]]), node)


def _einsum(node: Call, words: list[str]) -> Call:
    pattern = ",".join(words[:-1]) + "->" + words[-1]
    return replace(node, arguments=(Text(pattern), *node.arguments[1:]))


def shifted(node: Tree, _: Sight) -> Iterator[Change]:
    """``h[t]`` for ``h[t-1]``, ``h[t+1]`` for ``h[t]``, and so on; a slice that starts one later."""
    if not isinstance(node, Item):
        return
    for place, selector in enumerate(node.selectors):
        for which, other in enumerate(_near(selector)):
            order = (*node.selectors[:place], other, *node.selectors[place + 1 :])
            kind = f"{type(selector).__name__} {which}"
            yield Change(replace(node, selectors=order), node, {"kind": kind})


def _near(selector: Tree) -> list[Tree]:
    match selector:
        case Name(name=name) if name != "None":
            return [binary("-", selector, number(1)), binary("+", selector, number(1))]
        case Binary(operator="+" | "-", left=Name() as name, right=Number(value=value)) if value == 1:
            other = "-" if selector.operator == "+" else "+"
            return [name, binary(other, name, number(1)), binary(selector.operator, name, number(2))]
        case _:
            return []
