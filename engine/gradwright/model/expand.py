"""Calls of layers written out: a layer's formulas with the call's values for its inputs, its names marked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache

from gradwright.errors import ModelError, nearest
from gradwright.language.free import LITERALS
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


@dataclass(frozen=True)
class Copy:
    """A layer where a model calls it.

    Args:
        path: The names of the calls from the model to it, such as ``("encoder_1", "attention")``.
        layer: The layer.
        formulas: Its formulas in its own names, calls of other layers left out.
        inputs: The model's value for each of its inputs that is a value.
        arguments: What the call gives, in the model's names; what it leaves out has its default.
        outputs: Its outputs, as the model calls them.
        names: Its own name for each of the model's values that stand in it.
    """

    path: tuple[str, ...]
    layer: Layer
    formulas: tuple[Formula, ...]
    inputs: Mapping[str, str]
    arguments: tuple[Tree, ...]
    outputs: tuple[str, ...]
    names: Mapping[str, str]


def expand(
    formulas: Sequence[Formula], uses: Mapping[str, Use], functions: frozenset[str]
) -> tuple[tuple[Formula, ...], tuple[Copy, ...]]:
    """Formulas with every call of a layer written out, and the calls but those on a time axis.

    Args:
        formulas: As written; a layer's call stands alone, as in ``h[t], c[t] = cell(x[t], h[t-1], c[t-1])``.
        uses: The layers by the names that they are called by.
        functions: The composite functions in reach.

    Raises:
        ReadError: A call is inside another expression, or its arguments or values do not fit the layer.
    """
    copies: list[Copy] = []
    return tuple(_Writer(uses, functions, copies).all(formulas)), tuple(copies)


@dataclass
class _Writer:
    """Writes calls out, and counts how often each layer was called: a further call shares the parameters."""

    uses: Mapping[str, Use]
    functions: frozenset[str]
    copies: list[Copy]
    path: tuple[str, ...] = ()

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
            target = formula.target
            if number + 1 < len(use.marks):
                target = marked(marked(_outputs(use.layer, self.own(use.layer))[0], mark), again)
            arguments = () if first is None else (first, *rest)
            name = marked(call.function, f"{number + 1 if len(use.marks) > 1 else ''}{again}")
            one = replace(formula, target=target)
            yield from self.copy(one, replace(call, arguments=arguments), (name, mark, again))
            first = _reference(target, formula.indices)

    def own(self, layer: Layer) -> tuple[Formula, ...]:
        """The formulas of a layer, as its file has them."""
        try:
            return _parsed(layer.formulas, self.functions | frozenset(layer.uses))
        except ReadError as error:
            raise error.placed(layer.formulas, ModelError) from None

    def copy(self, formula: Formula, call: Call, called: tuple[str, str, str]) -> Iterator[Formula]:
        """One copy of a layer; ``called`` is its name, its mark, and which call of it this is."""
        use = self.uses[call.function]
        own, path = self.own(use.layer), (*self.path, called[0])
        targets = _targets(formula, call, use.layer, own, called)
        names: dict[str, Tree] = {
            value: Name(marked(value, called[1]), call.span)
            for value in (*use.layer.parameters, *use.layer.data)
        }
        names |= {target: _reference(*place) for target, place in targets.items()}
        fixed: dict[str, Tree] = {
            letter: Number(Fraction(other), span=call.span) if other.isdecimal() else Name(other, call.span)
            for letter, other in use.axes.items()
            if letter != other
        }
        for value, tree in _inputs(use.layer, call, self.functions).items():
            if _simple(tree):
                names[value] = tree
            elif _occurrences(value, own) < 2:
                fixed[value] = tree
            else:
                given = marked(value, _inside(called))
                names[value] = _reference(given, formula.indices)
                yield replace(formula, target=given, others=(), body=tree)
        if not formula.indices:
            outputs = tuple(targets[one][0] for one in _outputs(use.layer, own))
            shown = tuple(_with_values(own, fixed, use.layer, call.span))
            told = (*call.arguments, *(tree for _, tree in call.options))
            self.copies.append(_copy(path, use.layer, shown, (told, outputs), names))
        written = []
        for one in _with_values(own, {**names, **fixed}, use.layer, call.span):
            target, indices = targets[one.target]
            others = tuple(targets[other] for other, _ in one.others)
            places = (*indices, *one.indices)
            written.append(replace(formula, target=target, indices=places, body=one.body, others=others))
        inner = _Writer(use.inner(called[1]), self.functions, self.copies, path)
        yield from inner.all(written)


def _inside(called: tuple[str, str, str]) -> str:
    """The mark of the values inside of a call: that of the parameters, and which call of them this is."""
    _, mark, again = called
    return marked(mark, again) if mark else again


def _targets(
    formula: Formula, call: Call, layer: Layer, own: Sequence[Formula], called: tuple[str, str, str]
) -> dict[str, tuple[str, tuple[str, ...]]]:
    """Where the values of a layer's formulas go: what the call makes, and marked names for the others."""
    targets = dict(zip(_outputs(layer, own), _places(formula, layer, own, call), strict=False))
    for one in own:
        for target in (one.target, *(other for other, _ in one.others)):
            targets.setdefault(target, (marked(target, _inside(called)), formula.indices))
    return targets


def _copy(
    path: tuple[str, ...],
    layer: Layer,
    shown: Sequence[Formula],
    call: tuple[tuple[Tree, ...], tuple[str, ...]],
    names: Mapping[str, Tree],
) -> Copy:
    calls = frozenset(layer.uses)
    plain = {one: tree.name for one, tree in names.items() if isinstance(tree, Name)}
    return Copy(
        path,
        layer,
        tuple(one for one in shown if not _calls(one.body, calls)),
        {one: plain[one] for one in layer.inputs if one in plain},
        *call,
        {name: one for one, name in plain.items()},
    )


def _with_values(
    own: Sequence[Formula], values: Mapping[str, Tree], layer: Layer, span: Span
) -> Iterator[Formula]:
    """A layer's formulas with values put in; one that is then another value's name alone is left out."""
    values = dict(values)
    outputs = _outputs(layer, own)
    for one in own:
        body = _plain(substitute(_placed(one.body, span), values))
        if _simple(body) and not one.others and one.target not in outputs:
            values[one.target] = body  # what an input has made of it has a name already
        else:
            yield replace(one, body=body)


def _calls(tree: Tree, functions: frozenset[str]) -> bool:
    return isinstance(tree, Call) and tree.function in functions


@lru_cache(256)
def _parsed(text: str, functions: frozenset[str]) -> tuple[Formula, ...]:
    return parse_formulas(text, functions)


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
    """Whether a tree is a value's name, or that with an index."""
    head = tree.target if isinstance(tree, Item) else tree
    return isinstance(head, Name) and head.name not in LITERALS


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
