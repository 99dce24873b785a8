"""``gradwright compile``: a model's training step as machine code, and what it looks like."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gradwright.cli.main import DONE, FAILED
from gradwright.cli.options import json_option, language_option, output_option, threads_option
from gradwright.cli.output import as_json, deliver, note
from gradwright.cli.targets import read_target
from gradwright.errors import UsageError

if TYPE_CHECKING:
    from gradwright.messages import Messages


@click.command(short_help="Compile a model's training step, and show it.")
@click.argument("model")
@click.option(
    "--size", "sizes", multiple=True, metavar="n=32", help="An axis's places; may be given several times."
)
@click.option("--dtype", type=click.Choice(["float32", "float64"]), default="float32", show_default=True)
@threads_option
@click.option("--optimizer", metavar="NAME", help="Such as sgd, momentum, adam.")
@click.option("--show", is_flag=True, help="Print the loops, with the formulas that they carry out.")
@click.option("--llvm", is_flag=True, help="Print the code as LLVM reads it.")
@language_option
@output_option
@json_option
def command(
    model: str,
    sizes: tuple[str, ...],
    dtype: str,
    threads: int,
    optimizer: str | None,
    show: bool,
    llvm: bool,
    lang: str,
    output: Path | None,
    as_json_text: bool,
) -> int:
    """Compile the training step of MODEL, a model's name or file, at given sizes.

    Sizes that are not given are the model's own, and those of its data set. Exit status 1 if there is no
    compiled form; train then goes on without one.
    """
    from gradwright.execute.fallback import cause
    from gradwright.messages import messages

    given, read, prose = sizes_of(sizes), read_target(model), messages(lang)
    try:
        from gradwright.train.compiled import compile_step

        step = compile_step(read, given, dtype, threads, optimizer)
    except (ImportError, RuntimeError) as error:
        note(f"{cause(error)}; {prose.text('compile.interpreted')}")
        return FAILED
    row = step.row()
    if as_json_text:
        row |= {"program": step.text()} if show else {}
        deliver(as_json(row | ({"llvm": step.llvm()} if llvm else {})), output)
    elif show or llvm:
        deliver("\n".join([*([step.text()] if show else []), *([step.llvm()] if llvm else [])]), output)
    else:
        deliver(said(row, prose), output)
    return DONE


def said(row: dict[str, Any], prose: Messages) -> str:
    """A few lines that say what was made."""
    sizes = ", ".join(f"{name} = {number}" for name, number in row["sizes"].items())
    memory = {name: _bytes(number) for name, number in row["memory"].items()}
    seconds = {name: f"{spent:.2f}" for name, spent in row["seconds"].items()}
    plain = {name: value for name, value in row.items() if isinstance(value, str | int)}
    lines = ["made", "kernels", "memory", "cached" if row["cached"] else "seconds"]
    values = {**plain, "sizes": sizes, "values": memory["values"], "state": memory["optimizer"], **seconds}
    return "\n".join(prose.text(f"compile.{line}", **values) for line in lines)


def _bytes(number: int) -> str:
    return f"{number / 1e6:.1f} MB" if number >= 1e6 else f"{number / 1e3:.1f} kB"


def sizes_of(texts: Sequence[str]) -> dict[str, int]:
    """Read ``--size`` texts.

    >>> sizes_of(["n=32", "T = 8"])
    {'n': 32, 'T': 8}

    Raises:
        UsageError: One is not ``axis=places``, or an axis comes twice.
    """
    found: dict[str, int] = {}
    for part in (part for text in texts for part in text.split(",")):
        name, _, number = (one.strip() for one in part.partition("="))
        if not name or not number.isdecimal() or int(number) < 1:
            raise UsageError(f"--size {part!r} is no axis and a number of places", hint="write it as n=32")
        if name in found:
            raise UsageError(f"--size gives {name} twice")
        found[name] = int(number)
    return found
