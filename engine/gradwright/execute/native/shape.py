"""What a kernel is, in a few numbers: a product of matrices or not, its multiply-adds, its tile."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gradwright.execute.native import loops
from gradwright.execute.native.buffer import Buffer
from gradwright.execute.native.index import Var
from gradwright.execute.native.statement import Kernel
from gradwright.execute.native.tiling import Tiling
from gradwright.execute.native.transpose import tile_of
from gradwright.execute.native.tree import Expr, Load, Op, Reduce, walk


@dataclass(frozen=True)
class Matrices:
    """A sum of products of two entries as a product of matrices.

    Args:
        left: The factor that has the rows.
        right: The factor that has the columns.
        batch: How many products there are.
        rows: The number of rows of each.
        inner: The length of the sum.
        columns: The number of columns.
    """

    left: Load
    right: Load
    batch: int
    rows: int
    inner: int
    columns: int

    @property
    def operations(self) -> int:
        """Multiplications and additions of all."""
        return 2 * self.batch * self.rows * self.inner * self.columns


def products(kernel: Kernel) -> list[tuple[Reduce, Matrices]]:
    """The sums in a kernel that are products of matrices (or of a matrix and a vector)."""
    found = []
    for store in kernel.stores:
        for node in walk(store.value):
            if isinstance(node, Reduce) and (made := matrices(node, kernel.loops)) is not None:
                found.append((node, made))
    return found


def matrices(sum_: Reduce, around: Sequence[Var]) -> Matrices | None:
    """The roles of the loops of a sum of products, the earlier loops as rows; None for any other sum.

    Args:
        sum_: The sum.
        around: The loops around it.
    """
    body = sum_.body
    pair = body.args if isinstance(body, Op) and body.name == "mul" and len(body.args) == 2 else ()
    if sum_.kind != "sum" or not pair or not all(isinstance(one, Load) for one in pair):
        return None
    if not all(set(sum_.over) & one.vars for one in pair):
        return None
    own = [
        [var for var in around if var in one.vars and var not in other.vars]
        for one, other in (pair, pair[::-1])
    ]
    if not own[0] and not own[1]:
        return None
    first, second = pair
    if not own[0] or (own[1] and around.index(own[1][0]) < around.index(own[0][0])):
        first, second, own = second, first, own[::-1]
    both = [var for var in around if var in first.vars and var in second.vars]
    assert isinstance(first, Load) and isinstance(second, Load)
    sizes = [math.prod(var.extent for var in part) for part in (both, own[0], sum_.over, own[1])]
    return Matrices(first, second, *sizes)


def by_rows_first(expr: Expr, around: Sequence[Var]) -> Expr:
    """The expression with the factors of its products of matrices in the order of matrix notation."""
    if isinstance(expr, Reduce):
        made = matrices(expr, around)
        body = by_rows_first(expr.body, around) if made is None else Op("mul", (made.left, made.right))
        return Reduce(expr.kind, expr.over, body)
    if isinstance(expr, Op):
        return Op(expr.name, tuple(by_rows_first(one, around) for one in expr.args))
    return expr


@dataclass(frozen=True)
class Plan:
    """How a kernel is carried out.

    Args:
        kernel: With neighbouring loops made one.
        tile: Its tile.
    """

    kernel: Kernel
    tile: Tiling


def plan_of(kernel: Kernel, buffers: Mapping[str, Buffer], width: int) -> Plan:
    """How a kernel is carried out.

    Args:
        kernel: The kernel.
        buffers: All buffers.
        width: The lanes of a vector.
    """
    joined = loops.joined(kernel, buffers)
    return Plan(joined, tile_of(joined, buffers, width))
