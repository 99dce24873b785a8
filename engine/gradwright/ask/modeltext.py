"""A model as the text of a model file, so that a variant of one is read and checked like any other."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from gradwright.language.scope import Value
from gradwright.language.text import to_text
from gradwright.model.model import Model


def model_text(
    name: str,
    data: Mapping[str, Value],
    parameters: Mapping[str, Value],
    constants: Mapping[str, float],
    formulas: Sequence[str],
    minimise: str,
    axes: Mapping[str, str] | None = None,
    facts: Sequence[str] = (),
) -> str:
    """The text of a model file.

    Args:
        name: The model's name, and its title.
        data: Shapes and domains of what is given.
        parameters: Shapes of what is differentiated by.
        constants: Numbers by name.
        formulas: One line each, such as ``Z = X @ W``.
        minimise: The name of the loss.
        axes: What the axes count; an axis that is not among them counts itself.
        facts: Equations that hold for the data.
    """
    values = (*data.values(), *parameters.values())
    used = [str(symbol) for value in values for extent in value.shape for symbol in extent.free_symbols]
    letters = {letter: (axes or {}).get(letter, letter) for letter in dict.fromkeys(used)}
    sections = {
        "axes": {letter: _quoted(meaning) for letter, meaning in letters.items()},
        "data": {key: _value(value, constants) for key, value in data.items()},
        "parameters": {key: _value(value, constants) for key, value in parameters.items()},
        "constants": {key: repr(value) for key, value in constants.items()},
    }
    lines = [f"name = {_quoted(name)}", f"title = {{ en = {_quoted(name)}, ko = {_quoted(name)} }}"]
    for section, entries in sections.items():
        lines += [f"[{section}]", *(f"{_quoted(key)} = {entry}" for key, entry in entries.items())]
    body = "\n".join(formulas)
    lines += ["[forward]", f'formulas = """\n{body}\n"""', f"minimise = {_quoted(minimise)}"]
    return "\n".join([*lines, f"facts = [{', '.join(map(_quoted, facts))}]", ""])


def scaled_text(model: Model, factor: str) -> str:
    """The text of the same model with the loss multiplied by a number."""
    scaled = {model.minimise: factor}
    formulas = [
        f"{formula.target} = {scaled[formula.target]} * ({to_text(formula.body)})"
        if formula.target in scaled
        else formula.text
        for formula in model.formulas
    ]
    parameters = {name: parameter.value for name, parameter in model.parameters.items()}
    facts = [f"{to_text(left)} = {to_text(right)}" for left, right in model.facts]
    return model_text(
        model.name, model.data, parameters, model.constants, formulas, model.minimise, model.axes, facts
    )


def _value(value: Value, constants: Mapping[str, float]) -> str:
    """A declaration; how a value is drawn matters here only as a use of a constant."""
    axes = " ".join(str(extent) for extent in value.shape)
    drawn = f", drawn = {_quoted(str(value.drawn))}" if value.drawn in constants else ""
    return f"{{ axes = {_quoted(axes)}, is = {_quoted(value.domain)}{drawn} }}"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
