"""Functions that are files of forward formulas: softmax, sigmoid, layer_norm and what lies beside them."""

from __future__ import annotations

from collections.abc import ItemsView, Iterator, Mapping, ValuesView
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

from gradwright import catalog
from gradwright.errors import ModelError
from gradwright.language.parse import parse, parse_formulas
from gradwright.language.scope import Composite, ReadError
from gradwright.language.tree import Formula, Tree
from gradwright.model.running import of_function
from gradwright.model.source import Source, check_keys, expect, read

KEYS = ("name", "title", "parameters", "defaults", "formulas", "stable", "latex", "source", "open", "running")


class Folder(Mapping[str, Composite]):
    """The functions of one folder, one file each, read when first asked for.

    A file that can't be read gives its ModelError only to the one who uses that function.
    """

    def __init__(self, folder: Path, beneath: Mapping[str, Composite] | None = None) -> None:
        self._files = {file.stem: file for file in sorted(folder.glob("*.toml"))}
        self._beneath = beneath if beneath is not None else {}
        self._read: dict[str, Composite] = {}

    def __getitem__(self, name: str) -> Composite:
        if name not in self._read:
            file = self._files.get(name)
            self._read[name] = self._beneath[name] if file is None else load_function(file, frozenset(self))
        return self._read[name]

    def __contains__(self, name: object) -> bool:
        return name in self._files or name in self._beneath

    def __iter__(self) -> Iterator[str]:
        yield from self._files
        yield from (name for name in self._beneath if name not in self._files)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def items(self) -> ItemsView[str, Composite]:
        """The functions whose files can be read; a broken file is the matter of the one who calls it."""
        return self._readable().items()

    def values(self) -> ValuesView[Composite]:
        """The same without their names."""
        return self._readable().values()

    def _readable(self) -> dict[str, Composite]:
        found = {}
        for name in self:
            with suppress(ModelError):
                found[name] = self[name]
        return found


@cache
def composites() -> Mapping[str, Composite]:
    """The functions of ``problems/functions``, by name; each file is read when its function is first used."""
    return Folder(catalog.content("problems") / "functions")


def beside(folder: Path) -> Mapping[str, Composite]:
    """The catalogue's functions and, first, those of ``folder``: a user's own, beside a model file."""
    return Folder(folder, composites()) if folder.is_dir() else composites()


def load_function(file: Path, known: frozenset[str] = frozenset()) -> Composite:
    """Read one function file, which may call the functions ``known``.

    Raises:
        ModelError: The file is not TOML, lacks a key or has an unknown one, or a formula can't be read.
    """
    source = read(file.read_text(encoding="utf-8"), file.name)
    table = source.table
    check_keys(source, "", table, KEYS)
    for key in ("name", "title", "parameters", "formulas"):
        if key not in table:
            raise ModelError(
                f"{file.name} lacks the key {key}", None, "a function has name, title, parameters, formulas"
            )
    name = expect(source, "", "name", table["name"], str, "the function's name")
    if name != file.stem:
        raise ModelError(
            f"the file of {name} is called {file.name}", source.place("", "name"), f"call it {name}.toml"
        )
    parameters = expect(source, "", "parameters", table["parameters"], list, 'a list of names such as ["x"]')
    formulas = _formulas(source, "formulas", known)
    return Composite(
        name=name,
        parameters=tuple(str(parameter) for parameter in parameters),
        formulas=formulas,
        defaults=_defaults(source, table.get("defaults", {})),
        stable=_formulas(source, "stable", known) if table.get("stable") else (),
        title=dict(expect(source, "", "title", table["title"], dict, "{ en = ..., ko = ... }")),
        latex=str(table.get("latex", "")),
        source=str(table.get("source", "")),
        open=bool(table.get("open", False)),
        running=of_function(source, [formula.target for formula in formulas[:-1]]),
    )


def _defaults(source: Source, table: Mapping[str, Any]) -> dict[str, Tree]:
    defaults = {}
    for key, value in table.items():
        text = str(value) if not isinstance(value, bool) else ("True" if value else "False")
        try:
            defaults[key] = parse(text)
        except ReadError as error:
            raise source.misread(error, "defaults", key, text) from None
    return defaults


def _formulas(source: Source, key: str, known: frozenset[str]) -> tuple[Formula, ...]:
    text = expect(source, "", key, source.table[key], str, "formulas, one a line")
    try:
        return parse_formulas(text, known)
    except ReadError as error:
        raise source.misread(error, "", key, text) from None
