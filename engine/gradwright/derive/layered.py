"""A derivation layer by layer: the backward pass of each kind of layer, and of the model that calls them.

In a level the call of a layer is replaced by what the chain rule needs of it: the layer's outputs are values
to differentiate by, and for each input the adjoint that the layer hands back is given. The level's loss is
then linear in what is handed to the layers, so that its gradients are the sums of what comes back.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce

from gradwright.derive.backprop import chain_of, moved
from gradwright.derive.derivation import Derivation, derive
from gradwright.derive.step import Adjoint
from gradwright.language.scope import Scope, Value
from gradwright.language.tree import Binary, Call, Formula, Name, Tree, names, substitute
from gradwright.model.define import define
from gradwright.model.expand import Copy
from gradwright.model.layers import Layer
from gradwright.model.model import Model, Parameter

Line = tuple[Adjoint, Tree, Tree]


@dataclass(frozen=True)
class Part:
    """One kind of layer, or the model itself, with its backward pass.

    Args:
        layer: The layer; None for the model.
        copies: The ways to the calls that it stands for, such as ``("encoder_1", "attention")``.
        formulas: Its forward formulas and, in their places, its calls of layers.
        derivation: Of the level's own loss.
        given: The adjoints that come from outside: of its outputs, and those that its layers hand down; each
            with the value that it belongs to.
    """

    layer: Layer | None
    copies: tuple[tuple[str, ...], ...]
    formulas: tuple[Formula, ...]
    derivation: Derivation
    given: Mapping[str, str]

    def lines(self) -> list[Line]:
        """The adjoints that others are made of or that are asked for: left and right side of each.

        Values come in the reverse of the forward order, inputs and parameters after them.
        """
        same = {
            one.name: one.matrix
            for one in self.derivation.adjoints
            if isinstance(one.matrix, Name) and self.given.get(one.matrix.name) == one.of
        }
        asked = set(self.derivation.gradients)
        used: set[str] = set()
        for one in reversed(self.derivation.adjoints):
            if one.of in asked or one.name in used:
                used |= {*names(_right(one)), one.name}
        made = [name for one in self.formulas for name in (one.target, *(other for other, _ in one.others))]
        later = {name: -place for place, name in enumerate(made)}
        return [
            (one, Name(one.name), substitute(_right(one), dict(same)))
            for one in sorted(self.derivation.adjoints, key=lambda one: later.get(one.of, 1))
            if one.name in used and one.name not in same
        ]


def by_layer(model: Model) -> tuple[Part, ...]:
    """The model and each kind of its layers, the outermost first; nothing where no kind is called twice."""
    kinds = Counter(copy.layer.name for copy in model.copies)
    if not kinds or max(kinds.values()) < 2:
        return ()
    groups: dict[object, list[Copy]] = {}
    for copy in sorted(model.copies, key=lambda one: len(one.path)):
        groups.setdefault((copy.layer.name, copy.formulas), []).append(copy)
    learnt = moved(chain_of(model), list(model.parameters))
    parts = [_part(model, None, (), learnt)]
    for copies in groups.values():
        waiting = copies
        while waiting:
            chosen = max(waiting, key=lambda one: _variety(one, model))
            given = {
                chosen.inputs[name]
                for one in waiting
                for name, value in one.inputs.items()
                if value in learnt
            }
            part = _part(model, chosen, (), (learnt - set(chosen.inputs.values())) | given)
            alike = [one for one in waiting if _holds(part, chosen, one, model)]
            parts.append(replace(part, copies=tuple(copy.path for copy in alike)))
            waiting = [one for one in waiting if one not in alike]
    return tuple(parts)


def _holds(part: Part, copy: Copy, other: Copy, model: Model) -> bool:
    """Whether the lines of one copy are those of another: the sizes that they name are the same there."""
    said = set().union(*(names(right) for _, _, right in part.lines()))
    mine, its = ({own: name for name, own in one.names.items()} | dict(one.inputs) for one in (copy, other))
    shapes = model.shapes  # what was another value's name alone was left out, and has none
    pairs = [
        pair
        for own, name in mine.items()
        if own in its and name in shapes and its[own] in shapes
        for pair in zip(shapes[name].shape, shapes[its[own]].shape, strict=False)
    ]
    return all(left == right or not said & {str(one) for one in left.free_symbols} for left, right in pairs)


def _right(adjoint: Adjoint) -> Tree:
    return adjoint.matrix if adjoint.matrix is not None else adjoint.index


def _variety(copy: Copy, model: Model) -> tuple[int, int, int]:
    """How many values a call gives that want an adjoint, how many different ones, and of how many axes."""
    values = set(copy.inputs.values())
    return (
        len(values - model.data.keys()),
        len(values),
        len({extent for name in values for extent in model.shapes[name].shape}),
    )


def _part(
    model: Model, copy: Copy | None, paths: tuple[tuple[str, ...], ...], learnt: Collection[str]
) -> Part:
    path = copy.path if copy else ()
    local = copy.names if copy else {}
    children = [one for one in model.copies if one.path[:-1] == path]
    own = copy.formulas if copy else _outside(model)
    calls = [_call(child, local) for child in children]
    shapes = dict(model.shapes)
    if copy:
        actual = {**{own: name for name, own in local.items()}, **copy.inputs}
        shapes = {name: model.shapes[value] for name, value in actual.items() if value in model.shapes}
    handed = {
        f"{name}_{child.path[-1]}": value
        for child in children
        for name, value in child.inputs.items()
        if value in learnt
    }
    handed |= {local[output]: output for output in (copy.outputs if copy else ())}
    given = {f"d{name}": name for name in handed}
    terms = [_paired(f"d{name}", local.get(value, value)) for name, value in handed.items()]
    shapes |= {f"d{name}": Value(model.shapes[value].shape) for name, value in handed.items()}
    level = _level(model, copy, own, terms, _leaves(model, copy, children, learnt), given, shapes)
    return Part(copy.layer if copy else None, paths, _in_order(own, calls, level), derive(level), given)


def _outside(model: Model) -> tuple[Formula, ...]:
    """The model's formulas that no layer's call has brought."""
    inside = {
        actual
        for copy in model.copies
        for actual, name in copy.names.items()
        if name in {formula.target for formula in copy.formulas}
    }
    return tuple(formula for formula in model.formulas if formula.target not in inside)


def _call(child: Copy, local: Mapping[str, str]) -> Formula:
    first, *others = (local.get(name, name) for name in child.outputs)
    own: dict[str, Tree] = {name: Name(inside) for name, inside in local.items()}
    arguments = tuple(substitute(tree, own) for tree in child.arguments)
    return Formula(first, (), Call(child.path[-1], arguments), others=tuple((name, ()) for name in others))


def _paired(adjoint: str, value: str) -> Tree:
    return Call("sum", (Binary("*", Name(adjoint), Name(value)),))


def _leaves(model: Model, copy: Copy | None, children: Sequence[Copy], learnt: Collection[str]) -> list[str]:
    """What a level is differentiated by: what its layers make, its inputs, its parameters."""
    local = copy.names if copy else {}
    made = [local.get(name, name) for child in reversed(children) for name in child.outputs]
    if copy is None:
        taken = {name for one in model.copies for name in one.names}
        return [*made, *(name for name in model.parameters if name not in taken or _passed(name, model))]
    inputs = [name for name, value in copy.inputs.items() if value in learnt]
    return [*made, *inputs, *copy.layer.parameters]


def _passed(name: str, model: Model) -> bool:
    """Whether a parameter is the model's own, handed to a layer as an input."""
    return all(one.names[name] in one.inputs for one in model.copies if name in one.names)


def _level(
    model: Model,
    copy: Copy | None,
    own: Sequence[Formula],
    terms: Sequence[Tree],
    leaves: Sequence[str],
    given: Mapping[str, str],
    shapes: Mapping[str, Value],
) -> Model:
    """The model of one level, whose loss pairs what is handed on with its adjoint."""
    loss = model.minimise
    formulas = list(own)
    if copy is None:
        formulas = [
            replace(one, body=reduce(_plus, terms, one.body)) if one.target == loss else one for one in own
        ]
    else:
        while loss in shapes:
            loss += "_"
        formulas.append(Formula(loss, (), reduce(_plus, terms)))
    read = set().union(*(names(one.body) for one in formulas))
    data = {name: Value(shapes[name].shape) for name in given if name in read}
    known = _data(model, copy)
    data |= {name: value for name, value in known.items() if name in read and name not in leaves}
    given_inputs = copy.inputs.keys() & read - set(leaves) if copy else set()
    data |= {name: Value(shapes[name].shape) for name in sorted(given_inputs)}
    parameters = {name: Parameter(Value(shapes[name].shape), "normal") for name in leaves if name in read}
    scope = Scope(
        {
            **data,
            **{name: one.value for name, one in parameters.items()},
            **{name: Value(()) for name in model.constants},
        },
        model.composites,
    )
    found = define(formulas, scope)
    return replace(
        model,
        data=data,
        parameters=parameters,
        formulas=found.formulas,
        definitions=found.definitions,
        minimise=loss,
        facts=model.facts if copy is None else (),
        closed_form="",
        equations=found.equations,
        copies=(),
    )


def _data(model: Model, copy: Copy | None) -> dict[str, Value]:
    """The model's data by the names that a level has for it; a layer's own name comes before the model's."""
    if copy is None:
        return dict(model.data)
    outside = {name: value for name, value in model.data.items() if name not in copy.names.values()}
    return outside | {own: model.data[name] for name, own in copy.names.items() if name in model.data}


def _plus(left: Tree, right: Tree) -> Tree:
    return Binary("+", left, right)


def _in_order(own: Sequence[Formula], calls: Sequence[Formula], level: Model) -> tuple[Formula, ...]:
    """Formulas and calls so that each uses only earlier values."""
    made = {name for one in calls for name in (one.target, *(other for other, _ in one.others))}
    cut = [definition.equation for definition in level.definitions if definition.name != level.minimise]
    loss = [one for one in own if one.target == level.minimise]
    waiting, done = [*calls, *cut, *loss], list[Formula]()
    defined = {one.target for one in waiting} | made
    ready: set[str] = set()
    while waiting:
        one = next((one for one in waiting if names(one.body) & defined <= ready | {one.target}), waiting[0])
        waiting.remove(one)
        done.append(one)
        ready |= {one.target, *(name for name, _ in one.others)}
    return tuple(done)
