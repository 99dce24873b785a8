"""Options that several commands share, and how their texts are read."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import click

from gradwright.errors import UsageError

Callback = TypeVar("Callback", bound=Callable[..., Any])

_NAME = re.compile(r"[^\W\d]\w*")


def json_option(command: Callback) -> Callback:
    """``--json``: print JSON in place of text."""
    return click.option("--json", "as_json_text", is_flag=True, help="Print JSON.")(command)


def language_option(command: Callback) -> Callback:
    """``--lang``: the language of prose."""
    return click.option(
        "--lang", default="en", show_default=True, metavar="en|ko", help="The language of prose."
    )(command)


def output_option(command: Callback) -> Callback:
    """``-o FILE``: write there, whole or not at all."""
    kind = click.Path(dir_okay=False, path_type=Path)
    return click.option("-o", "--output", type=kind, metavar="FILE", help="Write to FILE, not to stdout.")(
        command
    )


def values_options(command: Callback) -> Callback:
    """``--var`` and ``--domain``: the shapes and domains of the names of an expression."""
    shape = click.option(
        "--var",
        "variables",
        multiple=True,
        metavar="'X: n d'",
        help="A name and its axes; may be given several times. No axes: a scalar.",
    )
    domain = click.option(
        "--domain", "domains", multiple=True, metavar="'X: pos'", help="What is known of a name's entries."
    )
    return shape(domain(command))


def shapes(variables: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Read ``--var`` texts.

    >>> shapes(["X: n d", "s:"])
    {'X': ('n', 'd'), 's': ()}

    Raises:
        UsageError: One is not ``name: axes``, or a name comes twice.
    """
    found: dict[str, tuple[str, ...]] = {}
    for text in variables:
        name, axes = _pair(text, "--var", "write it as 'X: n d', or 's:' for a scalar")
        if name in found:
            raise UsageError(f"--var gives {name} twice")
        found[name] = tuple(axes.replace(",", " ").replace("[", " ").replace("]", " ").split())
    return found


def domains_of(texts: Iterable[str], variables: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    """Read ``--domain`` texts.

    Raises:
        UsageError: One is not ``name: domain``, or its name has no ``--var``.
    """
    found: dict[str, str] = {}
    for text in texts:
        name, domain = _pair(text, "--domain", "write it as 'X: pos'")
        if name not in variables:
            raise UsageError(f"--domain names {name}, which no --var declares")
        found[name] = domain
    return found


def words(text: str) -> tuple[str, ...]:
    """The parts of a list that is separated by commas.

    >>> words("W1, b1")
    ('W1', 'b1')
    """
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _pair(text: str, option: str, hint: str) -> tuple[str, str]:
    name, _, rest = text.partition(":")
    if not _NAME.fullmatch(name.strip()):
        raise UsageError(f"{option} {text!r} does not start with a name", hint=hint)
    return name.strip(), rest.strip()
