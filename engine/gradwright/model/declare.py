"""The declarations of a model file: axes, data, parameters, constants, sizes and how it is trained."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sympy import Expr, Integer

from gradwright.errors import ModelError, Place, nearest
from gradwright.language.scope import Shape, Value
from gradwright.language.words import GREEK_LETTERS, PRIMITIVES, canonical_name
from gradwright.model.drawn import with_draw
from gradwright.model.model import Parameter, Training
from gradwright.model.source import Source, check_keys, expect
from gradwright.model.start import start_of
from gradwright.model.training import training
from gradwright.tensor.nodes import size

DOMAINS = frozenset(
    [
        "real",
        "pos",
        "unit",
        "nonzero",
        "away0",
        "small",
        "wide",
        "binary",
        "pm1",
        "onehot",
        "prob",
        "sym",
        "spd",
        "wellcond",
        "count",
        "posint",
        "mask",
    ]
)
TOP = (
    "name",
    "title",
    "family",
    "axes",
    "data",
    "parameters",
    "constants",
    "sizes",
    "forward",
    "running",
    "training",
)
FORWARD = ("formulas", "minimise", "facts", "closed_form")
LANGUAGES = ("en", "ko")

_LETTERS = frozenset(GREEK_LETTERS.values())
_SQUARE = frozenset({"sym", "spd", "wellcond"})
_LAST_AXIS = frozenset({"onehot", "prob"})
_NAME = re.compile(r"[^\W\d]\w*\Z")


@dataclass(frozen=True)
class Declared:
    """What a model file declares besides its formulas."""

    name: str
    title: Mapping[str, str]
    family: str
    axes: Mapping[str, str]
    data: Mapping[str, Value]
    parameters: Mapping[str, Parameter]
    constants: Mapping[str, float]
    sizes: Mapping[str, int]
    training: Training

    @property
    def values(self) -> dict[str, Value]:
        """Every declared value: data, parameters, constants."""
        parameters = {name: parameter.value for name, parameter in self.parameters.items()}
        return {**self.data, **parameters, **{name: Value(()) for name in self.constants}}


def declared(source: Source, composites: Iterable[str]) -> Declared:
    """Read everything but the formulas.

    Raises:
        ModelError: A key is missing or unknown, a value is of the wrong kind, an axis, domain or start is not
            known, or a name is taken.
    """
    table = source.table
    check_keys(source, "", table, TOP)
    axes = axes_of(source)
    sections = {key: _section(source, key) for key in ("data", "parameters", "constants")}
    check_names(source, axes, sections, frozenset(composites))
    return Declared(
        name=name_of(source),
        title=title_of(source),
        family=expect(source, "", "family", table.get("family", ""), str, "the name of a family of models"),
        axes=axes,
        data={
            canonical_name(key): with_draw(source, key, spec, value, sections["constants"])
            for key, spec in sections["data"].items()
            for value in [value_of(source, "data", key, spec, axes, ("drawn",))]
        },
        parameters={
            canonical_name(key): _parameter(source, key, spec, axes)
            for key, spec in sections["parameters"].items()
        },
        constants={
            canonical_name(key): _constant(source, key, spec) for key, spec in sections["constants"].items()
        },
        sizes=_sizes(source, axes),
        training=training(source, _section(source, "training")),
    )


def shape_of(text: str) -> Shape:
    """The shape that axis names and numbers stand for.

    >>> shape_of("n 3")
    (n, 3)
    """
    return tuple(_extent(word) for word in text.split())


def domain_of(text: str) -> str:
    """The domain's name without hyphens: ``one-hot`` is ``onehot``."""
    return text.replace("-", "").replace("_", "").lower()


def _extent(word: str) -> Expr:
    return Integer(word) if word.isdigit() else size(canonical_name(word))


def name_of(source: Source) -> str:
    """The name that a file gives."""
    if "name" not in source.table:
        raise ModelError(f"{source.name or 'the model'} lacks the key name", None, 'add: name = "my-model"')
    name: str = expect(source, "", "name", source.table["name"], str, "the model's name")
    if not re.fullmatch(r"[\w.-]+", name):
        hint = "letters, digits, - and _ make a name"
        raise ModelError(f"{name!r} can't name a model", source.value_place("", "name", name), hint)
    return name


def title_of(source: Source) -> dict[str, str]:
    """The title in every language."""
    hint = 'write: title = { en = "...", ko = "..." }'
    if "title" not in source.table:
        raise ModelError(f"{source.name or 'the model'} lacks the key title", None, hint)
    title = expect(source, "", "title", source.table["title"], dict, "a table with en and ko")
    check_keys(source, "title", title, LANGUAGES)
    for language in LANGUAGES:
        if not title.get(language):
            raise ModelError(f"the title lacks {language}", source.place("", "title"), hint)
        expect(source, "title", language, title[language], str, "a text")
    return dict(title)


def _section(source: Source, key: str) -> dict[str, Any]:
    return dict(expect(source, "", key, source.table.get(key, {}), dict, f"a section [{key}]"))


def axes_of(source: Source) -> dict[str, str]:
    """The letter of each axis and what it counts."""
    axes: dict[str, str] = {}
    for key, meaning in _section(source, "axes").items():
        axes[canonical_name(key)] = expect(source, "axes", key, meaning, str, "the axis's meaning in words")
    return axes


def check_names(
    source: Source,
    axes: Mapping[str, str],
    sections: Mapping[str, dict[str, Any]],
    composites: frozenset[str],
) -> None:
    """Every declared name is a name, and no two things share one."""
    taken: dict[str, str] = {}
    for section, keys in {
        "axes": list(axes),
        **{name: list(part) for name, part in sections.items()},
    }.items():
        for key in keys:
            name = canonical_name(key)
            place = source.place(section, key)
            if not _NAME.match(name):
                raise ModelError(f"{key!r} can't be a name", place, "a name is letters, digits and _")
            if name not in _LETTERS and (name in PRIMITIVES or name in composites):
                raise ModelError(
                    f"{name} is the name of a function", place, f"call it {name}1, or another name"
                )
            if name in ("pi", "True", "False", "None"):
                raise ModelError(f"{name} is a constant of the language", place, "choose another name")
            if name in taken:
                what = "an axis" if taken[name] == "axes" else f"declared in [{taken[name]}] already"
                raise ModelError(f"{name} is {what}", place, "choose another name")
            taken[name] = section


def value_of(
    source: Source, section: str, key: str, spec: Any, axes: Mapping[str, str], more: tuple[str, ...] = ()
) -> Value:
    """A declared value; its table may have the keys ``more`` besides ``axes`` and ``is``."""
    expect(source, section, key, spec, (str, dict), 'its axes, such as "n d", or { axes = "n d", ... }')
    table = {"axes": spec} if isinstance(spec, str) else spec
    for word in table:
        if word not in ("axes", "is", *more):
            hint = nearest(word, ("axes", "is", *more)) or f"known here: {', '.join(('axes', 'is', *more))}"
            raise ModelError(f"unknown key {word} of {key}", source.value_place(section, key, word), hint)
    if "axes" not in table:
        raise ModelError(
            f"{key} has no axes", source.place(section, key), 'write axes = "n d" (axes = "" for a number)'
        )
    text = expect(source, section, key, table["axes"], str, "axis names with spaces between them")
    for word in text.split():
        if not (word.isdigit() and int(word) > 0) and canonical_name(word) not in axes:
            hint = nearest(word, axes) or f'declare it: add {word} = "..." to [axes]'
            raise ModelError(f"{word} is not a declared axis", source.value_place(section, key, word), hint)
    said = str(table.get("is", "real"))
    place = source.value_place(section, key, str(table.get("is", "")))
    if said.split()[:1] == ["index"]:
        return Value(shape_of(text), _places(place, key, said, axes))
    domain = domain_of(said)
    _check_domain(place, key, domain, text.split())
    return Value(shape_of(text), domain)


def _places(place: Place | None, key: str, said: str, axes: Mapping[str, str]) -> str:
    """The domain ``index v``: places of the axis ``v``, which gathers along it may rely on."""
    words = said.split()
    hint = 'write is = "index v" with an axis for v'
    if len(words) != 2:
        raise ModelError(f"{key} is {said}: an index is one of an axis", place, hint)
    axis = canonical_name(words[1])
    if axis not in axes:
        raise ModelError(f"{words[1]} is not a declared axis", place, nearest(axis, axes) or hint)
    return f"index {axis}"


def _check_domain(place: Place | None, key: str, domain: str, axes: list[str]) -> None:
    if domain not in DOMAINS:
        hint = nearest(domain, DOMAINS) or f"known domains: {', '.join(sorted(DOMAINS))}"
        raise ModelError(f"there is no domain {domain}", place, hint)
    if domain in _SQUARE and (len(axes) < 2 or axes[-1] != axes[-2]):
        raise ModelError(f"{key} is {domain}, so its last two axes must be the same one", place)
    if domain in _LAST_AXIS and not axes:
        raise ModelError(f"{key} is {domain}, so it needs an axis", place)


def _parameter(source: Source, key: str, spec: Any, axes: Mapping[str, str]) -> Parameter:
    value = value_of(source, "parameters", key, spec, axes, ("init", "decay"))
    usual = "xavier" if value.shape else "zeros"
    init = spec.get("init", usual) if isinstance(spec, dict) else usual
    try:
        start_of(str(init))
    except ModelError as error:
        raise ModelError(
            error.message, source.value_place("parameters", key, str(init)), error.hint
        ) from None
    decay = spec.get("decay", True) if isinstance(spec, dict) else True
    if not isinstance(decay, bool):
        place = source.value_place("parameters", key, "decay")
        raise ModelError(f"decay of {key} is {decay!r}, expected true or false", place)
    return Parameter(value, str(init), decay)


def _constant(source: Source, key: str, spec: Any) -> float:
    return float(expect(source, "constants", key, spec, (int, float), "a number"))


def _sizes(source: Source, axes: Mapping[str, str]) -> dict[str, int]:
    sizes = {}
    for key, places in _section(source, "sizes").items():
        name = canonical_name(key)
        if name not in axes:
            hint = nearest(name, axes) or f"declared axes: {', '.join(axes)}"
            raise ModelError(f"[sizes] {key} is not a declared axis", source.place("sizes", key), hint)
        if expect(source, "sizes", key, places, int, "a positive integer") < 1:
            raise ModelError(
                f"[sizes] {key} is {places}, expected a positive integer", source.place("sizes", key)
            )
        sizes[name] = int(places)
    return sizes
