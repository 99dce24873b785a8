"""``gradwright derive``: the worked derivation of a model's or an expression's gradients."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, TextIO

import click

from gradwright.cli.options import (
    domains_of,
    json_option,
    language_option,
    output_option,
    shapes,
    values_options,
    words,
)
from gradwright.cli.output import deliver
from gradwright.cli.rows import Row, domain_of, shapes_of, stream, text_of
from gradwright.cli.studied import names_function, study
from gradwright.cli.targets import read_target
from gradwright.errors import GradwrightError, UsageError


@click.command(short_help="Derive gradients, with every step.")
@click.argument("target", required=False)
@click.option("--wrt", metavar="W1,b1", help="By these values only.")
@values_options
@click.option("--form", type=click.Choice(["matrix", "index", "both"]), default="matrix", show_default=True)
@click.option("--detail", type=click.Choice(["brief", "normal", "full"]), default="normal", show_default=True)
@click.option(
    "--format", "format_name", metavar="NAME", help="One of gradwright list formats; text if not given."
)
@language_option
@output_option
@click.option(
    "--batch", type=click.File("r", encoding="utf-8"), metavar="FILE.jsonl", help="Derive a row a line."
)
@click.option(
    "--plot",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Draw an activation and its derivative (SVG or PNG).",
)
@json_option
def command(
    target: str | None,
    wrt: str | None,
    variables: tuple[str, ...],
    domains: tuple[str, ...],
    form: str,
    detail: str,
    format_name: str | None,
    lang: str,
    output: Path | None,
    batch: TextIO | None,
    plot: Path | None,
    as_json_text: bool,
) -> None:
    """Derive the gradients of TARGET: a model's name, a model file, or an expression with its --var.

    A function's name, such as gelu or softmax, gives the page of that function.

    Without --wrt it is differentiated by all parameters, an expression by all its names.
    """
    if batch is not None:
        if target is not None:
            raise UsageError("--batch takes its expressions from the file; leave TARGET out")
        stream(batch, _row, lambda message: {"error": message})
        return
    if target is None:
        raise UsageError("derive needs a TARGET, or --batch FILE.jsonl")
    declared = shapes(variables)
    if not declared and names_function(target):
        study(target, wrt, detail, lang, _format(format_name, as_json_text, output), output, plot)
        return
    if plot is not None:
        raise UsageError("--plot draws an activation; see gradwright list functions")
    from gradwright.derive.derivation import derive
    from gradwright.document.derivation import worked_solution
    from gradwright.document.format import render

    by = words(wrt) if wrt else None
    model = read_target(target, declared, domains_of(domains, declared), by)
    derivation = derive(model, by)
    page = worked_solution(derivation, detail=detail, lang=lang, form=form)
    deliver(render(page, _format(format_name, as_json_text, output)), output)


def _format(name: str | None, as_json_text: bool, output: Path | None) -> str:
    """The format asked for: by name, by ``--json``, else by the file's suffix, else text."""
    from gradwright.document.format import formats

    if as_json_text:
        return "json"
    if name is not None:
        return name
    suffix = output.suffix if output is not None else ""
    return next((one.name for one in formats().values() if one.suffix == suffix), "text")


def _row(row: Row) -> Mapping[str, Any]:
    from gradwright.derive.expression import derive_expression
    from gradwright.verify.expression import verified

    variables = shapes_of(row)
    if variables is None:
        raise GradwrightError('"vars" is missing')
    derived = derive_expression(text_of(row, "expr"), variables, text_of(row, "wrt"), domain_of(row))
    return {**derived.row(), "verified": verified(derived)}
