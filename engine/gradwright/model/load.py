"""Models from files, texts, the catalogue and single expressions; every mistake is one message with its place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from gradwright import catalog
from gradwright.errors import ModelError, nearest
from gradwright.language.parse import parse_formulas
from gradwright.language.scope import Composite, ReadError, Scope
from gradwright.language.tree import Formula
from gradwright.language.words import PRIMITIVES
from gradwright.model.check import check_used, declared_facts
from gradwright.model.declare import FORWARD, Declared, declared
from gradwright.model.define import Defined, define
from gradwright.model.functions import beside, composites
from gradwright.model.model import Model
from gradwright.model.source import Source, check_keys, expect, read


def model(name: str) -> Model:
    """A model of the catalogue.

    Raises:
        ModelError: There is none of that name, or its file is wrong.
    """
    files = catalog.entries("models")
    if name not in files:
        hint = nearest(name, files) or f"models: {', '.join(files)}"
        raise ModelError(f"there is no model {name}", None, hint)
    return load(files[name])


def load(path: str | Path) -> Model:
    """The model of a TOML file; functions in a folder ``functions`` beside the file may be called.

    Raises:
        ModelError: The file can't be read, or what it says is wrong; the message points at the line.
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ModelError(f"can't read {path}: {(error.strerror or str(error)).lower()}") from None
    except UnicodeDecodeError:
        raise ModelError(f"{path} is not UTF-8 text", None, "save it as UTF-8") from None
    return _build(read(text, path.name), beside(path.parent / "functions"))


def from_text(text: str, source: str = "") -> Model:
    """The model that a TOML text describes; ``source`` is its name in messages.

    Raises:
        ModelError: What it says is wrong; the message points at the line.
    """
    return _build(read(text, source), composites())


def _build(source: Source, functions: Mapping[str, Composite]) -> Model:
    known = declared(source, functions)
    forward = source.table.get("forward")
    if forward is None:
        raise ModelError(f"{source.name or known.name} lacks a section [forward]", None, "it holds formulas and minimise")
    expect(source, "", "forward", forward, dict, "a section [forward]")
    check_keys(source, "forward", forward, FORWARD)
    if "formulas" not in forward:
        raise ModelError("[forward] lacks formulas", source.place("forward"), 'write formulas = """ ... """')
    text = expect(source, "forward", "formulas", forward["formulas"], str, "formulas, one a line")
    scope = Scope(known.values, functions)
    try:
        formulas = parse_formulas(text, frozenset(functions))
        _check_functions(formulas, functions)
        found = define(formulas, scope)
    except ReadError as error:
        raise source.misread(error, "forward", "formulas", text) from None
    minimise = _minimise(source, found)
    facts = declared_facts(source, found, scope)
    check_used(source, known, formulas, facts)
    return _assemble(source, known, functions, found, minimise, facts)


def _assemble(source, known, functions, found, minimise, facts):  # type: ignore[no-untyped-def]
    ...
