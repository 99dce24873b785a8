"""Calls of layers written out: a layer's formulas with the call's values for its inputs, its names marked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from gradwright.errors import ModelError, nearest
from gradwright.language.parse import parse, parse_formulas
from gradwright.language.scope import ReadError
from gradwright.language.tree import (
    Binary,
    Call,
    Formula,
    Item,
    Name,
    Number,
    Span,
    Tree,
    rebuild,
    substitute,
    walk,
)
from gradwright.model.layers import Layer, Use, marked


def expand(
    formulas: Sequence[Formula], uses: Mapping[str, Use], functions: frozenset[str]
) -> tuple[Formula, ...]:
    """Formulas with every call of a layer written out.

    Args:
        formulas: As written; a layer's call stands alone, as in ``h[t], c[t] = cell(x[t], h[t-1], c[t-1])``.
        uses: The layers by the names that they are called by.
        functions: The composite functions in reach.

    Raises:
        ReadError: A call is inside another expression, or its arguments or values do not fit the layer.
    """
    return tuple(_Writer(uses, functions).all(formulas))


@dataclass
class _Writer:
    """Writes calls out, and counts how often each layer was called: a further call shares the parameters."""

    uses: Mapping[str, Use]
    functions: frozenset[str]

    def __post_init__(self) -> None:
        self.calls: Counter[str] = Counter()

    def all(self, formulas: Sequence[Formula]) -> Iterator[Formula]:
        """The formulas, written out."""
        for formula in formulas:
            call = formula.body
            if isinstance(call, Call) and call.function in self.uses:
                _check_alone(call.arguments, self.uses)
                yield from self.stack(formula, call)
                continue
            _check_alone((formula.body,), self.uses)
            if formula.others:
                hint = (
                    f"layers of this model: {', '.join(self.uses)}" if self.uses else "declare it in [layers]"
                )
                raise ReadError("only a layer makes several values", formula.body.span, hint)
            yield formula

    def stack(self, formula: Formula, call: Call) -> Iterator[Formula]:
        """A call of a layer as often as it is stacked: what one makes is the first input of the next."""
        use = self.uses[call.function]
        self.calls[call.function] += 1
        again = str(self.calls[call.function]) if self.calls[call.function] > 1 else ""
        if len(use.marks) > 1 and formula.others:
            raise ReadError(f"{call.function} is stacked, so it makes one value", call.span)
        first, *rest = call.arguments or (None,)
        for number, mark in enumerate(use.marks):
            target, others = formula.target, formula.others
            if number + 1 < len(use.marks):
                target = marked(marked(formula.target, mark), again)
            part = (*formula.part, (marked(call.function, mark), use.layer.name))
            arguments = () if first is None else (first, *rest)
            one = replace(formula, target=target, others=others, part=part)
            yield from self.copy(one, replace(call, arguments=arguments), mark, again)
            first = _reference(target, formula.indices)

    def copy(self, formula: Formula, call: Call, mark: str, again: str) -> Iterator[Formula]:
        """One copy of a layer."""
        use = self.uses[call.function]
        layer = use.layer
        try:
            own = _formulas(layer, self.functions)
        except ReadError as error:
            raise error.placed(layer.formulas, ModelError) from None
        inside = marked(mark, again) if mark else again
        values: dict[str, Tree] = {
            name: Name(letter, call.span) for name, letter in use.axes.items() if name != letter
        }
        values |= {name: Name(marked(name, mark), call.span) for name in (*layer.parameters, *layer.data)}
        targets = dict(zip(_outputs(layer, own), _places(formula, layer, own, call), strict=False))
        for one in own:
            if one.target not in targets:
                targets[one.target] = (marked(one.target, inside), formula.indices)
        values |= {name: _reference(*place) for name, place in targets.items()}
        for name, tree in _inputs(layer, call, self.functions).items():
            if _simple(tree) or _occurrences(name, own) < 2:
                values[name] = tree
            else:
                given = marked(name, inside)
                values[name] = _reference(given, formula.indices)
                yield replace(formula, target=given, others=(), body=tree)
        nested = _Writer(use.inner(mark), self.functions)
        written = []
        for one in own:
            target, indices = targets[one.target]
            others = tuple(targets.get(name, (name, found)) for name, found in one.others)
            body = _plain(substitute(_placed(one.body, call.span), values))
            written.append(
                replace(formula, target=target, indices=(*indices, *one.indices), body=body, others=others)
            )
        yield from nested.all(written)


@lru_cache(256)
def _parsed(text: str, functions: frozenset[str]) -> tuple[Formula, ...]:
    return parse_formulas(text, functions)


def _formulas(layer: Layer, functions: frozenset[str]) -> tuple[Formula, ...]:
    return _parsed(layer.formulas, functions | frozenset(layer.uses))


def _outputs(layer: Layer, own: Sequence[Formula]) -> tuple[str, ...]:
    known = [name for one in own for name in (one.target, *(name for name, _ in one.others))]
    for name in layer.outputs:
        if name not in known:
            hint = nearest(name, known) or f"its formulas: {', '.join(known)}"
            raise ModelError(f"{layer.name}.toml: no formula makes the output {name}", hint=hint)
    return layer.outputs or (own[-1].target,)


def _places(
    formula: Formula, layer: Layer, own: Sequence[Formula], call: Call
) -> list[tuple[str, tuple[str, ...]]]:
    """Where the values of a call go."""
    asked = [(formula.target, formula.indices), *formula.others]
    made = _outputs(layer, own)
    if len(asked) > len(made):
        raise ReadError(f"{call.function} makes {', '.join(made)}, not {len(asked)} values", call.span)
    return asked


def _inputs(layer: Layer, call: Call, functions: frozenset[str]) -> dict[str, Tree]:
    """Each input with the tree that a call gives it."""
    if len(call.arguments) > len(layer.inputs):
        takes = f"{call.function} takes {', '.join(layer.inputs)}"
        raise ReadError(f"{takes}, not {len(call.arguments)} arguments", call.span)
    given = dict(zip(layer.inputs, call.arguments, strict=False))
    for name, tree in call.options:
        if name not in layer.inputs:
            raise ReadError(f"{call.function} has no input {name}", tree.span, nearest(name, layer.inputs))
        if name in given:
            raise ReadError(f"{call.function} is given {name} twice", tree.span)
        given[name] = tree
    for name in layer.inputs:
        if name not in given and name not in layer.defaults:
            raise ReadError(f"{call.function} needs {name}", call.span)
    usual = {name: _placed(parse(text, functions), call.span) for name, text in layer.defaults.items()}
    return {name: given.get(name, usual.get(name, Name(name))) for name in layer.inputs}


def _check_alone(trees: Sequence[Tree], uses: Mapping[str, Use]) -> None:
    for tree in trees:
        for node in walk(tree):
            if isinstance(node, Call) and node.function in uses:
                hint = f"give its value a line of its own: H = {node.function}(...)"
                raise ReadError(f"{node.function} is a layer, which stands alone", node.span, hint)


def _reference(target: str, indices: tuple[str, ...]) -> Tree:
    return Item(Name(target), tuple(Name(index) for index in indices)) if indices else Name(target)


def _simple(tree: Tree) -> bool:
    return isinstance(tree, Name) or (isinstance(tree, Item) and isinstance(tree.target, Name))


def _occurrences(name: str, formulas: Sequence[Formula]) -> int:
    return sum(isinstance(node, Name) and node.name == name for one in formulas for node in walk(one.body))


def _placed(tree: Tree, span: Span) -> Tree:
    """The tree with all places those of the call, where its author can look."""
    return replace(rebuild(tree, lambda part: _placed(part, span)), span=span)


def _plain(tree: Tree) -> Tree:
    """The tree without what an input left out: ``where(True, a, b)`` is ``a``, and ``a + 0`` is ``a``."""
    tree = rebuild(tree, _plain)
    match tree:
        case Call(function="where", arguments=(Name(name="True"), chosen, _)):
            return chosen
        case Call(function="where", arguments=(Name(name="False"), _, chosen)):
            return chosen
        case Binary(operator="+", left=kept, right=Number(value=0)):
            return kept
        case _:
            return tree
