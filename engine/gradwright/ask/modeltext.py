"""A model as the text of a model file, so that a variant of one is read and checked like any other."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from gradwright.language.scope import Value
from gradwright.model.model import Model


def model_text(
    name: str,
    data: Mapping[str, Value],
    parameters: Mapping[str, Value],
    constants: Mapping[str, float],
    formulas: Sequence[str],
    minimise: str,
    axes: Mapping[str, str] | None = None,
) -> str:
    """The text of a model file.

    Args:
        name: The model's name, and its title.
        data: Shapes and domains of what is given.
        parameters: Shapes of what is differentiated by.
        constants: Numbers by name.
        formulas: One line each, such as ``Z = X @ W``.
        axes: What the axes count; an axis that is not among them counts itself.
        minimise: The name of the loss.
    """
    letters = dict(axes or {})
    for value in (*data.values(), *parameters.values()):
        for extent in value.shape:
            for symbol in sorted(map(str, extent.free_symbols)):
                letters.setdefault(symbol, symbol)
    lines = [f"name = {_quoted(name)}", f"title = {{ en = {_quoted(name)} }}", "[axes]"]
    lines += [f"{_quoted(letter)} = {_quoted(meaning)}" for letter, meaning in letters.items()]
    lines += ["[data]", *(f"{_quoted(key)} = {_value(value)}" for key, value in data.items())]
    lines += ["[parameters]", *(f"{_quoted(key)} = {_value(value)}" for key, value in parameters.items())]
    if constants:
        lines += ["[constants]", *(f"{_quoted(key)} = {value!r}" for key, value in constants.items())]
    body = "\n".join(formulas)
    return "\n".join(
        [*lines, "[forward]", f'formulas = """\n{body}\n"""', f"minimise = {_quoted(minimise)}", ""]
    )


def scaled_text(model: Model, factor: str) -> str:
    """The text of the same model with the loss multiplied by a number."""
    formulas = [
        formula.text.replace("=", f"= {factor} * (", 1) + ")"
        if formula.target == model.minimise
        else formula.text
        for formula in model.formulas
    ]
    parameters = {name: parameter.value for name, parameter in model.parameters.items()}
    return model_text(
        model.name, model.data, parameters, model.constants, formulas, model.minimise, model.axes
    )


def _value(value: Value) -> str:
    axes = " ".join(str(extent) for extent in value.shape)
    return f"{{ axes = {_quoted(axes)}, is = {_quoted(value.domain)} }}"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
