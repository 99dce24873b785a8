"""From assignments in index form to a loop program of given sizes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sympy import Expr, Integer, Symbol
from sympy.core.basic import Basic

from gradwright.execute.affine import closed, whole
from gradwright.execute.lowering.plan import plan
from gradwright.execute.native.blocking import with_outer_sums
from gradwright.execute.native.draws import with_draws
from gradwright.execute.native.early import with_results_early
from gradwright.execute.native.fuse import fused
from gradwright.execute.native.large import with_large_products
from gradwright.execute.native.loops import without_empty, without_single
from gradwright.execute.native.margins import with_margins
from gradwright.execute.native.memory import with_lasting_first, with_near_factors, with_plain_axes_last
from gradwright.execute.native.packing import with_panels
from gradwright.execute.native.read import read
from gradwright.execute.native.remember import with_costly_once
from gradwright.execute.native.skip import with_skips
from gradwright.execute.native.sparse import with_scatters_joined
from gradwright.execute.native.statement import Program
from gradwright.execute.native.sweep import with_sweeps
from gradwright.execute.order import needed, order
from gradwright.execute.prepare import prepare, with_sizes
from gradwright.language.scope import Value
from gradwright.tensor.nodes import Assignment, Index


def loop_program(
    assignments: Sequence[Assignment],
    inputs: Mapping[str, Value],
    outputs: Sequence[str],
    sizes: Mapping[str, int],
    equations: Sequence[tuple[Symbol, Expr]] = (),
    width: int = 8,
    lasting: frozenset[str] = frozenset(),
    threads: int = 1,
    drawn: Mapping[str, float] | None = None,
) -> Program:
    """The loop program of what the outputs need.

    Args:
        assignments: In any order.
        inputs: The given values.
        outputs: The values asked for.
        sizes: Every axis's number of places.
        equations: Sizes that follow from others.
        width: The lanes of a vector.
        lasting: Given values that are the same for many steps.
        threads: How many threads share the work.
        drawn: Given values that the program draws itself, and the probabilities of their ones.
    """
    numbers = _numbers(needed(assignments, outputs), inputs, sizes, closed(equations))
    known = with_sizes(needed(assignments, outputs), numbers)
    prepared = needed(prepare(known), outputs)
    shapes = {
        name: tuple(Integer(whole(extent.xreplace(numbers), sizes)) for extent in value.shape)
        for name, value in inputs.items()
    }
    lowered = plan(order(prepared), shapes)
    program = read(lowered, outputs)
    program.statements = without_empty(program.statements)
    program = with_margins(with_draws(program, drawn or {}))
    program.statements = without_single(program.statements)
    program = with_plain_axes_last(with_costly_once(with_scatters_joined(fused(program))), width)
    program = with_near_factors(with_skips(program), lasting)
    program = with_panels(with_large_products(program, width), width)
    program = with_lasting_first(program, lasting)
    program = with_outer_sums(with_sweeps(program) if threads == 1 else program)
    return with_results_early(program)


def _numbers(
    assignments: Sequence[Assignment],
    inputs: Mapping[str, Value],
    sizes: Mapping[str, int],
    known: Mapping[Symbol, Expr],
) -> dict[Symbol, Expr]:
    """For each size that occurs its number."""
    found: set[Basic] = set(known)
    for value in inputs.values():
        found |= set().union(*(extent.free_symbols for extent in value.shape))
    for assignment in assignments:
        symbols = assignment.tensor.entry.atoms(Symbol) | set(assignment.tensor.indices)
        found |= {symbol for symbol in symbols if not isinstance(symbol, Index)}
        for index in symbols:
            if isinstance(index, Index):
                found |= index.extent.free_symbols
    return {symbol: Integer(whole(known.get(symbol, symbol), sizes)) for symbol in found}
