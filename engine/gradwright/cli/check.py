"""``gradwright check``: is an answer equal to a reference, one pair or a stream of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TextIO

import click

from gradwright.cli.main import DONE, FAILED
from gradwright.cli.options import domains_of, json_option, shapes, values_options
from gradwright.cli.output import as_json, deliver
from gradwright.cli.rows import Row, domain_of, shapes_of, stream, text_of
from gradwright.errors import UsageError


@click.command(short_help="Judge an answer against a reference.")
@click.option("--reference", metavar="EXPR", help="The right answer.")
@click.option("--answer", metavar="EXPR", help="The answer to judge.")
@values_options
@click.option("--latex", is_flag=True, help="The two expressions are LaTeX.")
@click.option(
    "--batch", type=click.File("r", encoding="utf-8"), metavar="FILE.jsonl", help="Judge a row a line."
)
@json_option
def command(
    reference: str | None,
    answer: str | None,
    variables: tuple[str, ...],
    domains: tuple[str, ...],
    latex: bool,
    batch: TextIO | None,
    as_json_text: bool,
) -> int:
    """Judge an ANSWER against a REFERENCE: equal, different, invalid or undecided.

    Without --var the reference's names are scalars. Exit status 0: equal; 1: anything else.
    """
    if batch is not None:
        if reference is not None or answer is not None:
            raise UsageError("--batch takes its references and answers from the file")
        stream(batch, _row, lambda message: {"verdict": "invalid", "certificate": "", "feedback": message})
        return DONE
    if reference is None or answer is None:
        raise UsageError("check needs --reference and --answer, or --batch FILE.jsonl")
    declared = shapes(variables)
    verdict = _judge(reference, answer, declared or None, domains_of(domains, declared), latex)
    if as_json_text:
        deliver(as_json(verdict))
    else:
        deliver("\n".join(str(line) for line in verdict.values() if line))
    return DONE if verdict["verdict"] == "equal" else FAILED


def _row(row: Row) -> Mapping[str, Any]:
    latex = row.get("syntax") == "latex"
    return _judge(text_of(row, "reference"), text_of(row, "answer"), shapes_of(row), domain_of(row), latex)


def _judge(
    reference: str,
    answer: str,
    variables: Mapping[str, tuple[str, ...]] | None,
    domain: Mapping[str, str],
    latex: bool,
) -> dict[str, str]:
    from gradwright.grade.judge import check

    syntax = "latex" if latex else "text"
    verdict = check(reference, answer, vars=variables, domain=domain, syntax=syntax)
    return {
        "verdict": verdict.verdict,
        "certificate": verdict.certificate,
        "feedback": verdict.feedback,
    }
