"""Layers: files of forward formulas with parameters of their own, and what a model's use of them declares.

Nothing here reads a formula, so that ``gradwright list`` can tell a model's parameters without SymPy.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gradwright import catalog
from gradwright.errors import ModelError, nearest

SECTIONS = ("axes", "parameters", "data", "constants", "sizes")
KEYS = ("name", "title", "inputs", "outputs", "defaults", "formulas", *SECTIONS, "layers", "source")
NEEDED = ("name", "title", "inputs", "formulas")
USE = ("is", "times", "mark", "axes")


@dataclass(frozen=True)
class Layer:
    """One layer file.

    Args:
        inputs: The names that a call gives values to, in order; ``defaults`` has those that may be left out.
        outputs: The formulas whose values a call makes, in order; empty stands for the last formula.
        formulas: Their text.
        axes, parameters, data, constants, sizes: Declarations as in a model file. Data can only be drawn.
        uses: The layers that it is made of.
    """

    name: str
    title: Mapping[str, str]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    defaults: Mapping[str, str]
    formulas: str
    axes: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, Any] = field(default_factory=dict)
    data: Mapping[str, Any] = field(default_factory=dict)
    constants: Mapping[str, Any] = field(default_factory=dict)
    sizes: Mapping[str, int] = field(default_factory=dict)
    uses: Mapping[str, Use] = field(default_factory=dict)


@dataclass(frozen=True)
class Use:
    """A layer in a model.

    Args:
        layer: The layer.
        marks: What the names of its values end with, once for each time it is stacked.
        axes: The model's letters for the layer's axes; or how many places one has, as text.
    """

    layer: Layer
    marks: tuple[str, ...]
    axes: Mapping[str, str]

    def inner(self, mark: str) -> dict[str, Use]:
        """The layers inside one of its copies, with the marks and letters that they have in the model."""
        return {
            name: Use(
                use.layer,
                tuple(marked(one, mark) if one else mark for one in use.marks),
                {letter: self.axes.get(own, own) for letter, own in use.axes.items()},
            )
            for name, use in self.layer.uses.items()
        }


def marked(name: str, mark: str) -> str:
    """A name with its mark.

    >>> marked("W_q", "e1"), marked("W_q", "")
    ('W_q_e1', 'W_q')
    """
    return f"{name}_{mark}" if mark else name


def with_layers(
    table: Mapping[str, Any], folder: Path | None = None
) -> tuple[dict[str, Any], Mapping[str, Use]]:
    """A model's table with what its layers declare, and the layers by the names that its formulas call.

    Args:
        table: A model file.
        folder: Layer files of the user's own, which come before the catalogue's.

    Raises:
        ModelError: There is no such layer, its file is wrong, or it is used wrongly.
    """
    known = dict(catalog.entries("layers"))
    if folder is not None and folder.is_dir():
        known |= {path.stem: path for path in sorted(folder.glob("*.toml"))}
    uses = _uses(table.get("layers", {}), "", known, ())
    made = {key: dict(table.get(key, {})) for key in SECTIONS}
    for name, use in uses.items():
        for mark in use.marks:
            _declare(made, name, use, mark)
    kept = {key: value for key, value in table.items() if key != "layers"}
    return {**kept, **{key: value for key, value in made.items() if value or key in table}}, uses


def _declare(made: dict[str, dict[str, Any]], name: str, use: Use, mark: str) -> None:
    """Add what one copy of a layer declares."""
    layer = use.layer
    for section, said in (("axes", layer.axes), ("sizes", layer.sizes)):
        for letter, one in said.items():
            if not use.axes[letter].isdecimal():
                made[section].setdefault(use.axes[letter], one)
    for key, value in layer.constants.items():
        made["constants"].setdefault(key, value)
    for section in ("parameters", "data"):
        for key, spec in getattr(layer, section).items():
            full = marked(key, mark)
            if full in made[section]:
                raise ModelError(
                    f"the layer {name} declares {full}, which is declared already",
                    hint=f'give it a mark of its own: {name} = {{ is = "{layer.name}", mark = "..." }}',
                )
            made[section][full] = _with_letters(spec, use.axes)
    for inside, inner in use.inner(mark).items():
        for one in inner.marks:
            _declare(made, f"{name}.{inside}", inner, one)


def _with_letters(spec: Any, letters: Mapping[str, str]) -> Any:
    """A declaration in the model's letters."""
    if isinstance(spec, str):
        return " ".join(letters.get(word, word) for word in spec.split())
    if not isinstance(spec, Mapping):
        return spec
    changed = {key: _with_letters(spec[key], letters) for key in ("axes", "is") if key in spec}
    return {**spec, **changed}


def _uses(table: Any, where: str, known: Mapping[str, Path], path: tuple[str, ...]) -> dict[str, Use]:
    if not isinstance(table, Mapping):
        raise ModelError(f"{where}[layers] is {table!r}, expected a section of layers")
    return {name: _use(name, spec, where, known, path) for name, spec in table.items()}


def _use(name: str, spec: Any, where: str, known: Mapping[str, Path], path: tuple[str, ...]) -> Use:
    said = {"is": spec} if isinstance(spec, str) else spec
    place = f"{where}[layers] {name}"
    if not isinstance(said, Mapping) or not isinstance(said.get("is"), str):
        raise ModelError(f"{place} does not say which layer it is", hint=f'write {name} = {{ is = "..." }}')
    for key in said:
        if key not in USE:
            raise ModelError(f"unknown key {key} in {place}", hint=nearest(key, USE) or ", ".join(USE))
    kind = said["is"]
    if kind not in known:
        hint = nearest(kind, known) or f"layers: {', '.join(known)}"
        raise ModelError(f"{place}: there is no layer {kind}", hint=hint)
    if kind in path:
        raise ModelError(f"the layer {kind} is made of itself: {' in '.join((*path, kind))}")
    layer = _layer(known[kind], known, (*path, kind))
    times, mark, axes = said.get("times", 1), said.get("mark", ""), said.get("axes", {})
    if isinstance(times, bool) or not isinstance(times, int) or times < 1:
        raise ModelError(f"{place}: times is {times!r}, expected a positive integer")
    if not isinstance(mark, str) or not (mark == "" or f"x_{mark}".isidentifier()):
        raise ModelError(f"{place}: mark is {mark!r}, expected letters and digits")
    if not isinstance(axes, Mapping):
        raise ModelError(f"{place}: axes is {axes!r}", hint='write axes = { d = "p" }')
    for letter in axes:
        if letter not in layer.axes:
            hint = nearest(letter, layer.axes) or f"its axes: {', '.join(layer.axes)}"
            raise ModelError(f"{place}: {kind} has no axis {letter}", hint=hint)
    marks = (mark,) if "times" not in said else tuple(f"{mark}{number + 1}" for number in range(times))
    return Use(layer, marks, {letter: str(axes.get(letter, letter)) for letter in layer.axes})


def _layer(file: Path, known: Mapping[str, Path], path: tuple[str, ...]) -> Layer:
    """The layer of a file, and of the files that it is made of."""
    table = catalog.table(file)
    for key in table:
        if key not in KEYS:
            raise ModelError(f"{file.name}: unknown key {key}", hint=nearest(key, KEYS) or ", ".join(KEYS))
    for key in NEEDED:
        if key not in table:
            raise ModelError(f"{file.name} lacks the key {key}", hint=f"a layer has {', '.join(NEEDED)}")
    if table["name"] != file.stem:
        hint = f"call it {table['name']}.toml"
        raise ModelError(f"the file of {table['name']} is called {file.name}", hint=hint)
    for key, spec in table.get("data", {}).items():
        if not isinstance(spec, Mapping) or "drawn" not in spec:
            raise ModelError(
                f"{file.name}: {key} is data that is not drawn",
                hint="make it an input: a call gives its value",
            )
    return Layer(
        name=file.stem,
        title=dict(table["title"]),
        inputs=tuple(_texts(file, table, "inputs")),
        outputs=tuple(_texts(file, table, "outputs")),
        defaults={key: str(value) for key, value in table.get("defaults", {}).items()},
        formulas=str(table["formulas"]),
        uses=_uses(table.get("layers", {}), f"{file.name}: ", known, path),
        **{key: dict(table.get(key, {})) for key in SECTIONS},
    )


def _texts(file: Path, table: Mapping[str, Any], key: str) -> Iterator[str]:
    value = table.get(key, [])
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise ModelError(f'{file.name}: {key} is {value!r}, expected a list of names such as ["x"]')
    yield from value
