"""A function by itself, as the model ``y = f(x)`` with a loss that adds up its entries."""

from __future__ import annotations

from collections.abc import Mapping

from gradwright.errors import GradwrightError, UsageError
from gradwright.language.scope import Composite
from gradwright.language.table import primitives
from gradwright.language.tree import Number
from gradwright.model.functions import composites
from gradwright.model.load import from_text
from gradwright.model.model import Model
from gradwright.tensor.nodes import Entry, First, MaxOver, ProductOver, Sum

_TEXT = '''
name = "{name}"
title = {{ en = "{name}", ko = "{name}" }}
[axes]
{axes}
[data]
{data}
[parameters]
{parameters}
[forward]
minimise = "L"
formulas = """
{result} = {call}
L = {loss}
"""
'''


def is_function(name: str) -> bool:
    """Whether a function of that name can be studied by itself: a file, or one of the grammar's own."""
    return name in composites() or name in primitives()


def options(name: str) -> Mapping[str, Number]:
    """The numbers that a function of one argument takes beside it, with their usual values."""
    function = composites().get(name)
    if function is None or len(_required(function)) != 1 or function.open:
        return {}
    rest = function.parameters[1:]
    numbers = {key: function.defaults[key] for key in rest if key in function.defaults}
    return {key: tree for key, tree in numbers.items() if isinstance(tree, Number)}


def entrywise(name: str) -> Model | None:
    """The model ``y = f(x)``, ``L = sum(y)`` of a function of each entry of one array; None for another."""
    function = composites().get(name)
    if function is not None and (function.open or len(_required(function)) != 1):
        return None
    held = tuple(options(name))
    call = f"{name}({', '.join(('x', *held))})"
    data = "\n".join(f'{key} = {{ axes = "", is = "pos" }}' for key in held)
    try:
        model = from_text(
            _TEXT.format(
                name=name,
                axes='n_ = "places"',
                data=data,
                parameters='x = "n_"',
                result="y",
                call=call,
                loss="sum(y)",
            ),
            name,
        )
    except GradwrightError:
        return None
    tensor = model.definitions[0].tensor
    reads = [node for node in tensor.entry.atoms(Entry) if node.name == "x"]
    plain = all(node.indices == tensor.indices for node in reads)
    return model if reads and plain and not tensor.entry.has(Sum, MaxOver, ProductOver, First) else None


def whole(name: str) -> Model:
    """The model ``y = f(x, ...)``, ``L = sum(G*y)`` of a function of vectors; ``G`` comes from above.

    Raises:
        UsageError: It takes no vectors.
    """
    parameters, shapes = _arguments(name)
    above = next(letter for letter in ("G", "U") if letter not in parameters)
    result = next(letter for letter in ("y", "v", "u") if letter not in parameters)
    arrays, scalars = _neutral(name)
    declared = "\n".join(
        [*(f'{key} = "{shapes[0]}"' for key in parameters), *(f'{key} = "k"' for key in arrays)]
    )
    given = "".join(f'\n{key} = {{ axes = "", is = "pos" }}' for key in scalars)
    for shape, loss in (
        (shapes[0], f"sum({above}*{result})"),
        *((one, f"{above}*{result}") for one in shapes[1:]),
    ):
        text = _TEXT.format(
            name=name,
            axes="\n".join(f'{axis} = "places"' for axis in shapes[0].split()),
            data=f'{above} = "{shape}"{given}',
            parameters=declared,
            result=result,
            call=f"{name}({', '.join((*parameters, *arrays, *scalars))})",
            loss=loss,
        )
        try:
            model = from_text(text, name)
        except GradwrightError:
            continue
        if len(model.shapes[result].shape) == len(shape.split()):
            return model
    hint = "give an expression with it, and --var"
    raise UsageError(f"{name} can't be studied by itself: it does not take vectors alone", hint=hint)


def _arguments(name: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The names of the arguments, and the axes of these and those that the result may have.

    A layer is shown on a batch of examples, another function on one vector.
    """
    function = composites().get(name)
    if function is None:
        return ("x", "z", "w")[: primitives()[name].operands[0]], ("k", "")
    return _required(function), ("n k",) if function.open else ("k", "")


def _neutral(name: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The further arguments of a layer: arrays that default to 1 or 0, as if not there, and then numbers."""
    function = composites().get(name)
    if function is None or not function.open:
        return (), ()
    rest = {key: function.defaults[key] for key in function.parameters if key in function.defaults}
    arrays = tuple(key for key, tree in rest.items() if isinstance(tree, Number) and tree.value in (0, 1))
    scalars = tuple(key for key, tree in rest.items() if isinstance(tree, Number) and key not in arrays)
    ordered = (*_required(function), *arrays, *scalars)
    return (arrays, scalars) if ordered == function.parameters[: len(ordered)] else ((), ())


def _required(function: Composite) -> tuple[str, ...]:
    return tuple(key for key in function.parameters if key not in function.defaults)
