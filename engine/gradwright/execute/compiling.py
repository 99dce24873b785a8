"""A program as machine code: what is compiled, under which name it is kept, and what was compiled before."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import TYPE_CHECKING

from gradwright.errors import SlowerWarning, UsageError
from gradwright.execute import fallback
from gradwright.execute.source import Source
from gradwright.execute.update import Update

if TYPE_CHECKING:
    from gradwright.execute.native.executable import Executable
    from gradwright.execute.program import Program


def source(program: Program) -> Source:
    """What there is to compile of a program."""
    return Source(
        program.assignments,
        program.inputs,
        program.outputs,
        tuple(program.parameters),
        tuple(program.adjoint_of[name] for name in program.parameters),
        program.equations,
        program.draws.chances,
        program.told[1:],
        program.running,
    )


def executable(
    program: Program, sizes: Mapping[str, int], optimizer: Update | None, lasting: bool
) -> Executable:
    """A program compiled for given sizes, once.

    Args:
        program: The program.
        sizes: The number of places of every axis.
        optimizer: The update of a training step; None for values alone.
        lasting: Whether many steps are done on the same data.
    """
    key = tuple(sorted(sizes.items()))
    for kind in (kinds := _kinds(program, optimizer, lasting)):
        known = program.executables.get((key, kind))
        if known is not None and (optimizer is None or known.optimizer is optimizer):
            return known
    made: Executable = fallback.native().Executable(
        lambda: program.source.silent if lasting else program.source,
        sizes,
        program.dtype,
        program.threads,
        optimizer,
        lasting,
        identity=_identity(program),
    )
    program.executables[key, kinds[0]] = made
    return made


def _kinds(program: Program, optimizer: Update | None, lasting: bool) -> tuple[bool | None, ...]:
    """Which executables will do: made for steps on one batch (True), on a batch each (False), for none."""
    if optimizer is not None:
        return (lasting,)
    if program.draws.chances:
        return (None,)
    return (False,) if program.scores else (False, True)


def executable_or_none(
    program: Program, sizes: Mapping[str, int], optimizer: Update | None, lasting: bool
) -> Executable | None:
    """As ``executable``; None, with a warning the first time, where NumPy's interpreter has to do."""
    if program.backend != "numba" or program.is_interpreted:
        return None
    try:
        return executable(program, sizes, optimizer, lasting)
    except (ImportError, UsageError, RuntimeError) as error:
        program.is_interpreted = True
        warnings.warn(
            f"{fallback.cause(error)}; NumPy interprets the formulas, which is slower", SlowerWarning, 4
        )
        return None


def _identity(program: Program) -> str:
    """Says which formulas a program has and what is asked of them; "" if nothing does."""
    if not program.formulas.identity:
        return ""
    shapes = [(name, str(value.shape), value.domain) for name, value in program.inputs.items()]
    asked = program.loss, program.predict, *(str(score.tensor.entry) for score in program.scores)
    return repr((program.formulas.identity, *asked, shapes, str(program.equations)))
