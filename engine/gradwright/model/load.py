"""Models from files, texts, the catalogue and expressions; every mistake is one message with its place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from gradwright import catalog
from gradwright.errors import ModelError, UsageError, nearest
from gradwright.language.parse import parse, parse_formulas
from gradwright.language.scope import Composite, ReadError, Scope, Shape, Value
from gradwright.language.tree import Formula
from gradwright.language.words import PRIMITIVES, canonical_name
from gradwright.model.check import (
    Fact,
    check_functions,
    check_metric,
    check_predict,
    check_used,
    closed_form,
    facts,
    loss,
)
from gradwright.model.declare import DOMAINS, FORWARD, Declared, declared, domain_of, shape_of
from gradwright.model.define import define
from gradwright.model.expand import expand
from gradwright.model.functions import beside, composites
from gradwright.model.layers import Use, with_layers
from gradwright.model.model import Model, Parameter
from gradwright.model.running import running
from gradwright.model.source import Source, check_keys, expect, read

LOSS_NAMES = ("L", "J", "loss", "objective")


def model(name: str) -> Model:
    """A model of the catalogue.

    Raises:
        UsageError: There is none of that name.
        ModelError: Its file is wrong.
    """
    files = catalog.entries("models")
    if name not in files:
        hint = nearest(name, files) or f"models: {', '.join(files)}"
        raise UsageError(f"there is no model {name}", None, hint)
    return load(files[name])


def load(path: str | Path) -> Model:
    """The model of a TOML file; what is in folders ``functions`` and ``layers`` beside it may be called.

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
    return _build(read(text, path.name), beside(path.parent / "functions"), path.parent / "layers")


def from_text(text: str, source: str = "") -> Model:
    """The model that a TOML text describes; ``source`` is its name in messages.

    Raises:
        ModelError: What it says is wrong; the message points at the line.
    """
    return _build(read(text, source), composites())


def from_expression(
    text: str,
    variables: Mapping[str, str | Sequence[str]],
    wrt: str | Sequence[str] | None = None,
    domain: Mapping[str, str] | None = None,
) -> Model:
    """The model whose loss is one scalar expression.

    Args:
        text: The expression.
        variables: The axes of each value, such as ``{"X": "n d", "s": ""}`` or ``{"X": ["n", "d"]}``.
        wrt: The values to differentiate by, the model's parameters (all values if not told).
        domain: Domains of values, such as ``{"Y": "onehot"}``.

    Raises:
        ModelError: The expression can't be read or is no scalar, with its place.
        UsageError: A domain or a name in ``wrt`` is not known.
    """
    values = _variables(variables, domain or {})
    chosen = (
        list(values)
        if wrt is None
        else [canonical_name(one) for one in ([wrt] if isinstance(wrt, str) else wrt)]
    )
    for name in chosen:
        if name not in values:
            raise UsageError(
                f"there is no value {name}", None, nearest(name, values) or f"values: {', '.join(values)}"
            )
    functions = composites()
    target = next(name for name in LOSS_NAMES if name not in _names(values))
    try:
        formula = Formula(target, (), parse(text, frozenset(functions)), text)
        found = define([formula], Scope(values, functions))
        if found.shapes[target]:
            shown = ", ".join(map(str, found.shapes[target]))
            raise ReadError(
                f"a scalar is expected, and this has shape ({shown})",
                (0, len(text)),
                "add it up with sum(...)",
            )
    except ReadError as error:
        raise error.placed(text, ModelError) from None
    return Model(
        name="expression",
        title={"en": text, "ko": text},
        family="",
        axes={name: name for name in _names(values) if name not in values},
        data={name: value for name, value in values.items() if name not in chosen},
        parameters={name: Parameter(values[name], "normal") for name in chosen},
        constants={},
        formulas=found.formulas,
        definitions=found.definitions,
        minimise=target,
        composites=functions,
        equations=found.equations,
    )


def _variables(variables: Mapping[str, str | Sequence[str]], domain: Mapping[str, str]) -> dict[str, Value]:
    domains = {canonical_name(name): domain_of(kind) for name, kind in domain.items()}
    values: dict[str, Value] = {}
    for name, axes in variables.items():
        kind = domains.pop(canonical_name(name), "real")
        if kind not in DOMAINS:
            raise UsageError(f"there is no domain {kind}", None, nearest(kind, DOMAINS))
        shape = shape_of(axes if isinstance(axes, str) else " ".join(axes))
        values[canonical_name(name)] = Value(shape, kind)
    for name in domains:
        raise UsageError(f"a domain is given for {name}, which is no value", None, nearest(name, values))
    return values


def _names(values: Mapping[str, Value]) -> dict[str, None]:
    """The names of the values and of their axes, in order."""
    axes = [
        str(symbol) for value in values.values() for extent in value.shape for symbol in extent.free_symbols
    ]
    return dict.fromkeys([*values, *axes])


def _build(source: Source, functions: Mapping[str, Composite], layers: Path | None = None) -> Model:
    table, uses = with_layers(source.table, layers)
    source = replace(source, table=table)
    known = declared(source, functions)
    text = _formulas(source, known)
    reachable = frozenset(functions)
    try:
        _check_uses(uses, functions)
        formulas, copies = expand(parse_formulas(text, reachable | frozenset(uses)), uses, reachable)
        check_functions(formulas, functions)
        found = define(formulas, Scope(known.values, functions))
    except ReadError as error:
        raise source.misread(error, "forward", "formulas", text) from None
    shapes = {name: Value(shape) for name, shape in found.shapes.items()}
    minimise = loss(source, found.shapes)
    stated = facts(source, Scope({**known.values, **shapes}, functions), reachable)
    _check(source, known, formulas, stated, found.shapes)
    return Model(
        name=known.name,
        title=known.title,
        family=known.family,
        axes=known.axes,
        data=known.data,
        parameters=known.parameters,
        constants=known.constants,
        formulas=found.formulas,
        definitions=found.definitions,
        minimise=minimise,
        facts=stated,
        composites=functions,
        sizes=known.sizes,
        training=known.training,
        closed_form=closed_form(source, known),
        source=source.name,
        equations=found.equations,
        copies=copies,
        running=running(source, found.definitions),
    )


def _check(
    source: Source,
    known: Declared,
    formulas: Sequence[Formula],
    stated: Sequence[Fact],
    shapes: Mapping[str, Shape],
) -> None:
    """Raise for what is declared and not used, and for a training that asks for what is not there."""
    check_used(source, known, formulas, stated)
    check_predict(source, known, shapes)
    check_metric(source, known)


def _check_uses(uses: Mapping[str, Use], functions: Mapping[str, Composite]) -> None:
    for name in uses:
        if name in PRIMITIVES or name in functions:
            raise ModelError(f"[layers] {name} is the name of a function", None, f"call it {name}1")


def _formulas(source: Source, known: Declared) -> str:
    forward = source.table.get("forward")
    if forward is None:
        hint = "it holds formulas and minimise"
        raise ModelError(f"{source.name or known.name} lacks a section [forward]", None, hint)
    expect(source, "", "forward", forward, dict, "a section [forward]")
    check_keys(source, "forward", forward, FORWARD)
    if "formulas" not in forward:
        raise ModelError("[forward] lacks formulas", source.place("forward"), 'write formulas = """ ... """')
    text: str = expect(source, "forward", "formulas", forward["formulas"], str, "formulas, one a line")
    if not text.strip():
        raise ModelError(
            "[forward] formulas is empty", source.place("forward", "formulas"), "write one formula a line"
        )
    return text
