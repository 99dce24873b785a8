"""Options that several commands share, and how their texts are read."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import click

from gradwright.errors import UsageError

Callback = TypeVar("Callback", bound=Callable[..., Any])

LEVELS = ("none", "brief", "hint", "rule", "solution")
"""How much may be said of a mistake."""

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


def threads_option(command: Callback) -> Callback:
    """``--threads``: how many threads share a training step's work."""
    return click.option(
        "--threads",
        type=click.IntRange(min=1),
        default=1,
        show_default=True,
        metavar="N",
        help="Share a step's work among so many.",
    )(command)


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


def reading_options(command: Callback) -> Callback:
    """``--define``, ``--latex``, ``--implicit``: further names, and how expressions are written."""
    define = click.option(
        "--define",
        "definitions",
        multiple=True,
        metavar="'P = softmax(X @ W)'",
        help="A name that the expressions may use, and its formula; may be given several times.",
    )
    latex = click.option("--latex", is_flag=True, help="The expressions are LaTeX.")
    implicit = click.option("--implicit", is_flag=True, help="2x is a product, where all names are scalars.")
    return define(latex(implicit(command)))


def explain_option(command: Callback) -> Callback:
    """``--explain [none|brief|hint|rule|solution]``: how much is said of a mistake."""
    return click.option(
        "--explain",
        is_flag=False,
        flag_value="rule",
        default=None,
        type=click.Choice(LEVELS),
        metavar="[none|brief|hint|rule|solution]",
        help="Of a mistake say where it is (hint), what it is (rule), or the right formula too; brief, for a "
        "batch, is the rule, looked for shortly.",
    )(command)


def limits_options(command: Callback) -> Callback:
    """``--workers`` and ``--seconds``: how many processes judge, and how long an answer may take."""
    workers = click.option(
        "--workers",
        type=click.IntRange(min=1),
        default=1,
        show_default=True,
        metavar="N",
        help="Processes that judge side by side.",
    )
    seconds = click.option(
        "--seconds",
        type=click.FloatRange(min=0.1),
        default=5.0,
        show_default=True,
        metavar="S",
        help="The time that an answer may take; an answer that takes longer is undecided.",
    )
    return workers(seconds(command))


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
