"""Data values that are not given but drawn anew in every training step: the key ``drawn``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from gradwright.errors import ModelError, nearest
from gradwright.language.scope import Value
from gradwright.language.words import canonical_name
from gradwright.model.source import Source


def with_draw(source: Source, key: str, spec: Any, value: Value, constants: Mapping[str, Any]) -> Value:
    """The value, with the probability that its declaration names, if it does.

    Raises:
        ModelError: The value is no mask, or the probability is none, or no declared constant.
    """
    said = spec.get("drawn") if isinstance(spec, dict) else None
    if said is None:
        return value
    place = source.value_place("data", key, str(said))
    hint = 'write the constant that is the probability of a 1, such as drawn = "keep", or a number'
    if value.domain != "mask":
        raise ModelError(f"{key} is {value.domain}, and only a mask is drawn", place, 'write is = "mask"')
    if not isinstance(said, str):
        if isinstance(said, bool) or not isinstance(said, int | float) or not 0 < said <= 1:
            raise ModelError(f"{key} is drawn with {said}, expected a probability in (0, 1]", place, hint)
        return replace(value, drawn=float(said))
    names = {canonical_name(name): name for name in constants}
    name = canonical_name(said)
    if name not in names:
        hint = nearest(name, names) or hint
        raise ModelError(f"{key} is drawn with {said}, which is no constant", place, hint)
    chance = constants[names[name]]
    if isinstance(chance, int | float) and not 0 < chance <= 1:
        place = source.value_place("constants", names[name], str(chance))
        raise ModelError(f"{key} is drawn with {said} = {chance}, expected a probability in (0, 1]", place)
    return replace(value, drawn=name)
