"""``gradwright list``: what there is, read from the files' own words, without SymPy."""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Mapping
from typing import Any

import click

from gradwright import catalog
from gradwright.cli.options import json_option, language_option
from gradwright.cli.output import as_json, deliver, table
from gradwright.model.layers import with_layers

Listed = list[dict[str, Any]]


def models(language: str) -> Listed:
    """The models of the catalogue."""
    return [
        {
            "name": name,
            "title": catalog.title(entry, language),
            "family": str(entry.get("family", "")),
            "parameters": list(entry.get("parameters", {})),
            "data": list(entry.get("data", {})),
        }
        for name, entry in ((name, with_layers(entry)[0]) for name, entry in _entries("models").items())
    ]


def layers(language: str) -> Listed:
    """The layers that are files of forward formulas with parameters of their own."""
    return [
        {
            "name": name,
            "title": catalog.title(entry, language),
            "inputs": [str(one) for one in entry.get("inputs", [])],
            "parameters": list(entry.get("parameters", {})),
        }
        for name, entry in _entries("layers").items()
    ]


def functions(language: str) -> Listed:
    """The functions that are files of forward formulas."""
    return [
        {
            "name": name,
            "title": catalog.title(entry, language),
            "parameters": [str(parameter) for parameter in entry.get("parameters", [])],
            "options": list(entry.get("defaults", {})),
        }
        for name, entry in _entries("functions").items()
    ]


def optimizers(language: str) -> Listed:
    """The rules by which training changes the parameters."""
    return [
        {
            "name": name,
            "title": catalog.title(entry, language),
            "settings": [f"{key} {value:g}" for key, value in entry.get("settings", {}).items()],
        }
        for name, entry in _entries("optimizers").items()
    ]


def schedules(language: str) -> Listed:
    """The ways in which the learning rate changes from step to step."""
    return [
        {"name": name, "title": catalog.title(entry, language)}
        for name, entry in _entries("schedules").items()
    ]


def sets(language: str) -> Listed:
    """The homework sets."""
    return [
        {
            "name": name,
            "title": catalog.title(entry, language),
            "questions": len(entry.get("questions", entry.get("question", []))),
        }
        for name, entry in _entries("sets").items()
    ]


def rules(language: str) -> Listed:
    """The rules that a step of a derivation may name."""
    from gradwright.messages import messages

    catalogue = messages(language)
    return [
        {
            "name": key,
            "title": catalogue.text(f"rule.{key}.name"),
            "meaning": catalogue.text(f"rule.{key}.plain"),
        }
        for key in catalogue.keys("rule")
    ]


def mistakes(language: str) -> Listed:
    """The mistakes that a wrong answer may be told, by the names that ``partial`` in a homework set takes."""
    from gradwright.messages import messages

    catalogue = messages(language)
    return [
        {"name": key, "title": catalogue.raw(f"mistake.{key}.name")}
        for key in catalogue.keys("mistake")
        if catalogue.has(f"mistake.{key}.rule")
    ]


def questions(language: str) -> Listed:
    """The question types that a homework set may name."""
    from gradwright.ask import types
    from gradwright.messages import messages

    catalogue = messages(language)
    names = [module.name for module in pkgutil.iter_modules(types.__path__)]
    return [
        {"name": name, "title": catalogue.text(f"question.{name}.title")}
        for name in names
        if catalogue.has(f"question.{name}.title")
    ]


def formats(language: str) -> Listed:
    """The formats that a document is written in."""
    from gradwright.document.format import formats as known

    return [{"name": one.name, "title": one.title, "suffix": one.suffix} for one in known().values()]


def datasets(language: str) -> Listed:
    """The data sets that a model can be trained on by name."""
    from gradwright.messages import messages
    from gradwright.train.datasets import datasets as known

    catalogue = messages(language)
    return [
        {
            "name": name,
            "title": catalogue.text(f"dataset.{name}"),
            "values": [f"{key}: {view.axes}" for key, view in one.values.items()],
        }
        for name, one in known().items()
    ]


LISTS: Mapping[str, Callable[[str], Listed]] = {
    "models": models,
    "functions": functions,
    "layers": layers,
    "optimizers": optimizers,
    "schedules": schedules,
    "sets": sets,
    "rules": rules,
    "mistakes": mistakes,
    "questions": questions,
    "formats": formats,
    "datasets": datasets,
}


@click.command(name="list", short_help="List the models, rules, data sets and other content.")
@click.argument("what", type=click.Choice(list(LISTS)), metavar="WHAT")
@language_option
@json_option
def command(what: str, lang: str, as_json_text: bool) -> None:
    """List what there is of one kind.

    WHAT: models, functions, layers, optimizers, schedules, sets, rules, mistakes, questions, formats or
    datasets.
    """
    listed = LISTS[what](lang)
    deliver(as_json(listed) if as_json_text else _shown(listed))


def _entries(folder: str) -> dict[str, Mapping[str, Any]]:
    return {name: catalog.table(path) for name, path in catalog.entries(folder).items()}


def _shown(listed: Listed) -> str:
    if not listed:
        return "there are none"
    heading = list(listed[0])
    return table([[_cell(item[key]) for key in heading] for item in listed], heading)


def _cell(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
