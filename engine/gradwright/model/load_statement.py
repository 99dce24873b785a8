"""Statements from files and from the catalogue; every mistake is one message with its place."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from math import isfinite
from pathlib import Path
from typing import Any

from gradwright import catalog
from gradwright.errors import ModelError, UsageError, nearest
from gradwright.language.lower import lower, lower_formula
from gradwright.language.parse import parse, parse_formulas
from gradwright.language.scope import Composite, ReadError, Scope, Value
from gradwright.language.shapes import infer_formulas
from gradwright.language.tree import Formula, Tree
from gradwright.language.words import canonical_name
from gradwright.model.declare import axes_of, check_names, name_of, title_of, value_of
from gradwright.model.define import check_targets
from gradwright.model.functions import beside, composites
from gradwright.model.sort import in_order
from gradwright.model.source import Source, check_keys, expect, read
from gradwright.model.statement import MOMENTS, Claim, Law, Points, Recurrence, Statement, claim_place
from gradwright.tensor.nodes import Assignment

TOP = ("name", "title", "formulas", "source", "axes", "values", "random", "recurrence", "points", "claims")
LAW = ("mean", "variance", "symmetric", "independent")
_LONGEST_RECORD = 200


def statement(name: str) -> Statement:
    """A statement of the catalogue.

    Raises:
        UsageError: There is none of that name.
        ModelError: Its file is wrong.
    """
    files = catalog.entries("statements")
    if name not in files:
        hint = nearest(name, files) or "see gradwright list statements"
        raise UsageError(f"there is no statement {name!r}", hint=hint)
    return load(files[name])


def load(path: Path) -> Statement:
    """The statement of a TOML file; functions in a folder ``functions`` beside it may be called.

    Raises:
        ModelError: The file can't be read, or what it says is wrong; the message points at the line.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise ModelError(f"{path} is not UTF-8 text", None, "save it as UTF-8") from None
    return from_text(text, path.name, beside(path.parent / "functions"))


def from_text(text: str, name: str = "", functions: Mapping[str, Composite] | None = None) -> Statement:
    """The statement that a TOML text describes; ``name`` is what messages call it.

    Raises:
        ModelError: What it says is wrong; the message points at the line.
    """
    source = read(text, name)
    known = composites() if functions is None else functions
    check_keys(source, "", source.table, TOP)
    axes = axes_of(source)
    sections = {key: _section(source, key) for key in ("values", "random")}
    check_names(source, axes, sections, frozenset(known) | frozenset(MOMENTS))
    laws: dict[str, Law] = {}
    values: dict[str, Value] = {}
    for key, spec in sections["values"].items():
        values[canonical_name(key)] = value_of(source, "values", key, spec, axes)
    for key, spec in sections["random"].items():
        values[canonical_name(key)] = value_of(source, "random", key, spec, axes, LAW)
        laws[canonical_name(key)] = _law(source, key, spec if isinstance(spec, dict) else {})
    _check_laws(source, laws, Scope({n: v for n, v in values.items() if n not in laws}, known))
    recurrence = _recurrence(source, frozenset(known))
    given = {**values, **_counted(recurrence)}
    formulas, definitions, shapes = _defined(source, Scope(given, known))
    return Statement(
        name=name_of(source),
        title=title_of(source),
        axes=axes,
        scope=Scope({**given, **shapes}, known),
        given=tuple(values),
        laws=laws,
        formulas=formulas,
        definitions=definitions,
        claims=_claims(source),
        source=source,
        recurrence=recurrence,
        points=_points(source),
        functions=frozenset(known) | frozenset(MOMENTS),
    )


def _section(source: Source, key: str) -> dict[str, Any]:
    return dict(expect(source, "", key, source.table.get(key, {}), dict, f"a section [{key}]"))


def _law(source: Source, key: str, spec: Mapping[str, Any]) -> Law:
    """What a random value's declaration says of its distribution."""
    trees: dict[str, Tree | None] = {}
    for word in ("mean", "variance"):
        text = spec.get(word)
        if text is None:
            trees[word] = None
            continue
        expect(source, "random", key, text, (str, int, float), f"a formula for its {word}")
        try:
            trees[word] = parse(str(text), frozenset(composites()))
        except ReadError as error:
            raise source.misread(error, "random", key, str(text)) from None
    for word in ("symmetric", "independent"):
        expect(source, "random", key, spec.get(word, True), bool, f"{word} = true or false")
    return Law(
        trees["mean"],
        trees["variance"],
        bool(spec.get("symmetric", False)),
        bool(spec.get("independent", True)),
    )


def _check_laws(source: Source, laws: Mapping[str, Law], scope: Scope) -> None:
    """Means and variances are formulas of given values alone; a symmetric value has mean 0."""
    for name, law in laws.items():
        key = next(key for key in source.table["random"] if canonical_name(key) == name)
        for word, tree in (("mean", law.mean), ("variance", law.variance)):
            try:
                lowered = None if tree is None else lower(tree, scope)
            except ReadError as error:
                place = source.value_place("random", key, word)
                raise ModelError(f"the {word} of {key}: {error.message}", place, error.hint) from None
            if word == "mean" and law.symmetric and lowered is not None and lowered.entry != 0:
                place = source.value_place("random", key, word)
                raise ModelError(f"{key} is symmetric, so its mean is 0", place, "leave out one of the two")


def _recurrence(source: Source, functions: frozenset[str]) -> Recurrence | None:
    if "recurrence" not in source.table:
        return None
    table = _section(source, "recurrence")
    check_keys(source, "recurrence", table, ("counter", "start", "formulas"))
    text = expect(source, "recurrence", "formulas", table.get("formulas"), str, "formulas, one a line")
    try:
        formulas = parse_formulas(text, functions)
    except ReadError as error:
        raise source.misread(error, "recurrence", "formulas", text) from None
    counter = expect(source, "recurrence", "counter", table.get("counter", "t"), str, "a name such as t")
    begins = table.get("start", 0)
    expect(source, "recurrence", "start", begins, (int, float, dict), "a number, or one for each name")
    start = {
        one.target: Fraction(str(begins.get(one.target, 0) if isinstance(begins, dict) else begins))
        for one in formulas
    }
    return Recurrence(canonical_name(counter), start, formulas)


def _counted(recurrence: Recurrence | None) -> dict[str, Value]:
    """The names that a recurrence brings: its values, all scalars, and the number of steps."""
    if recurrence is None:
        return {}
    names = [formula.target for formula in recurrence.formulas]
    return {**{name: Value(()) for name in names}, recurrence.counter: Value((), "posint")}


def _defined(
    source: Source, scope: Scope
) -> tuple[tuple[Formula, ...], tuple[Assignment, ...], dict[str, Value]]:
    text = expect(source, "", "formulas", source.table.get("formulas", ""), str, "formulas, one a line")
    if not text.strip():
        return (), (), {}
    try:
        formulas = parse_formulas(text, scope.functions)
        check_targets(formulas, scope.values)
        ordered = in_order(formulas)
        shapes, _ = infer_formulas(ordered, scope)
        values = {name: Value(shape) for name, shape in shapes.items()}
        inside = Scope({**scope.values, **values}, scope.composites)
        made = tuple(Assignment(one.target, lower_formula(one, inside)) for one in ordered)
    except ReadError as error:
        raise source.misread(error, "", "formulas", text) from None
    return formulas, made, values


def _points(source: Source) -> Points | None:
    if "points" not in source.table:
        return None
    table = _section(source, "points")
    check_keys(source, "points", table, ("inputs", "label", "rows"))
    inputs = expect(source, "points", "inputs", table.get("inputs"), str, 'names such as "x1 x2"').split()
    label = expect(source, "points", "label", table.get("label", "y"), str, "a name")
    rows = expect(source, "points", "rows", table.get("rows"), list, "a list of rows")
    place = source.place("points", "rows")
    if not 1 <= len(rows) <= _LONGEST_RECORD:
        raise ModelError(f"[points] has {len(rows)} rows, expected 1 to {_LONGEST_RECORD}", place)
    for row in rows:
        if not (isinstance(row, list) and len(row) == len(inputs) + 1 and all(map(_is_number, row))):
            what = f"{len(inputs)} numbers and the class, 0 or 1"
            raise ModelError(f"[points] has the row {row}, expected {what}", place)
        if row[-1] not in (0, 1):
            raise ModelError(f"[points] has the class {row[-1]} in {row}, expected 0 or 1", place)
    exact = tuple(tuple(Fraction(str(number)) for number in row[:-1]) for row in rows)
    return Points(tuple(map(canonical_name, inputs)), label, exact, tuple(int(row[-1]) for row in rows))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)


def _claims(source: Source) -> tuple[Claim, ...]:
    table = source.table.get("claims", [])
    if not (isinstance(table, list) and table and all(isinstance(one, dict) for one in table)):
        hint = 'add [[claims]] and under it what is claimed, such as show = "1 - sigmoid(x) = sigmoid(-x)"'
        raise ModelError(f"{source.name or 'the statement'} claims nothing", source.place("claims"), hint)
    claims = tuple(Claim("", one, number) for number, one in enumerate(table))
    for claim in claims:
        title = claim.table.get("title", {"en": "", "ko": ""})
        if not (isinstance(title, dict) and set(title) == {"en", "ko"}):
            place = claim_place(source, claim.number, "title")
            raise ModelError("a claim's title has en and ko", place, 'title = { en = "...", ko = "..." }')
    return claims
