"""``gradwright prove``: the claims of a statement proved step by step, and every step checked."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from gradwright import catalog
from gradwright.cli.options import json_option, language_option, output_option
from gradwright.cli.output import deliver
from gradwright.errors import ModelError, UsageError, nearest

if TYPE_CHECKING:
    from gradwright.derive.proof.prove import Proof
    from gradwright.model.statement import Statement


@click.command(short_help="Prove a statement, with every step.")
@click.argument("target", metavar="STATEMENT")
@click.option("--detail", type=click.Choice(["brief", "normal", "full"]), default="normal", show_default=True)
@click.option(
    "--format", "format_name", metavar="NAME", help="One of gradwright list formats; text if not given."
)
@language_option
@output_option
@json_option
def command(
    target: str, detail: str, format_name: str | None, lang: str, output: Path | None, as_json_text: bool
) -> None:
    """Prove every claim of STATEMENT, and answer its questions: a name from the catalogue, or a TOML file.

    Each step is checked by computing both of its sides by other means; a step that fails is an error.
    """
    path = _path(target)
    from gradwright.document.format import format_of, render
    from gradwright.document.proof import proof_page
    from gradwright.model.load_statement import load
    from gradwright.verify.proof.check import check

    proof = _proved(load(path))
    report = check(proof)
    page = proof_page(proof, detail, lang, report.said())
    suffix = output.suffix if output is not None else ""
    deliver(render(page, format_of(format_name, as_json_text, suffix)), output)


def _proved(statement: Statement) -> Proof:
    """The proof; a claim that does not follow is told apart from one that is false."""
    from gradwright.derive.proof.line import UnprovedError
    from gradwright.derive.proof.prove import prove
    from gradwright.verify.proof.check import refuted

    try:
        return prove(statement)
    except UnprovedError as error:
        against = refuted(statement, error.line)
        if not against:
            raise
        raise ModelError(f"the claim is false: {against}", error.place) from None


def _path(target: str) -> Path:
    """The file that a name of the catalogue or a path stands for."""
    known = catalog.entries("statements")
    if target in known:
        return known[target]
    path = Path(target)
    if path.is_file():
        return path
    if path.suffix == ".toml":
        raise UsageError(f"there is no file {target}")
    hint = nearest(target, known) or "see gradwright list statements, or give a TOML file"
    raise UsageError(f"there is no statement {target!r}", hint=hint)
