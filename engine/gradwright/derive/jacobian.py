"""The Jacobian of one step of a recurrence: what a state does to the next one, as a product of matrices.

For one example a state is a row of numbers. An adjoint is a row too, and stands on the left: with ``J[t]``
the derivative of the entries of ``h[t]`` (rows) by those of ``h[t-1]`` (columns), ``dh[t-1]`` is
``dh[t] @ J[t]``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from sympy import Expr

from gradwright.derive.backprop import Chain
from gradwright.derive.links import Link, Links
from gradwright.derive.recurrence import Recurrence
from gradwright.derive.rewrite import Knowledge
from gradwright.language.recognise import extent_tree
from gradwright.language.tree import Binary, Call, Number, Tree

MOST = 64
"""More paths through one step than this are not written out."""


@dataclass(frozen=True)
class Path:
    """One way from a state at the time before to a state: the links that it goes through, the last one first.

    Args:
        links: Neighbouring diagonals are one link.
        through: A state of the same time at which the path ends, so that this state's own Jacobian follows.
    """

    links: tuple[Link, ...]
    through: str = ""

    @property
    def is_direct(self) -> bool:
        """Whether nothing on it mixes the entries of the state."""
        return not self.through and all(link.kind != "matrix" for link in self.links)


@dataclass(frozen=True)
class StepJacobian:
    """What one step of a recurrence does to its states.

    Args:
        recurrence: Whose step it is.
        time: The letter of its time, such as ``t``.
        examples: The letters of the axes along which examples do not mix; mostly one.
        width: The extent of each state's row.
        paths: For each state and each state at the time before, the ways from one to the other.
        links: What all paths are made of, in the order of the formulas.
    """

    recurrence: Recurrence
    time: str
    examples: tuple[str, ...]
    width: Mapping[str, Expr]
    paths: Mapping[tuple[str, str], tuple[Path, ...]]
    links: tuple[Link, ...]


def step_jacobian(
    recurrence: Recurrence, chain: Chain, known: Knowledge, taken: frozenset[str]
) -> StepJacobian | None:
    """The Jacobian of a recurrence's step.

    Args:
        recurrence: Any recurrence.
        chain: The forward pass that it belongs to.
        known: Facts and symmetric values.
        taken: Names that no index may have.

    Returns:
        The Jacobian; None where a state is more than a row for one example, where a link is no matrix, or
        where there are more paths than ``MOST``.
    """
    makes = Links(recurrence, chain, known, taken)
    widths = {name: makes.width(name) for name in recurrence.states}
    links: list[Link] = []
    for member in recurrence.members:
        made = makes.of(member)
        if made is None:
            return None
        links += made
    pairs = [(of, by) for of in recurrence.states for by in recurrence.states]
    paths = {(of, by): _paths(recurrence.states, links, of, by) for of, by in pairs}
    if None in widths.values() or sum(map(len, paths.values())) > MOST:
        return None
    width = {name: extent for name, extent in widths.items() if extent is not None}
    short = {pair: tuple(_shortened(path, makes) for path in _reaching(paths, pair)) for pair in pairs}
    letters = tuple(place.name for place in makes.places)
    return StepJacobian(recurrence, makes.time.name, letters, width, short, tuple(links))


def _paths(states: Sequence[str], links: Sequence[Link], of: str, by: str) -> list[Path]:
    """The paths from ``by`` at the time before to ``of``; one that meets a state of this time ends there."""
    done: list[Path] = []
    waiting: list[tuple[Link, ...]] = [(link,) for link in links if link.of == of]
    while waiting and len(done) <= MOST:
        path = waiting.pop(0)
        last = path[-1]
        if last.before:
            done += [Path(path)] if last.by == by else []
        elif last.by in states:
            done.append(Path(path, last.by))
        else:
            waiting += [(*path, link) for link in links if link.of == last.by]
    return done


def _reaching(paths: Mapping[tuple[str, str], Sequence[Path]], pair: tuple[str, str]) -> list[Path]:
    """The paths but those through a state that does not itself come from where they should lead."""
    return [path for path in paths[pair] if not path.through or paths[path.through, pair[1]]]


def _shortened(path: Path, makes: Links) -> Path:
    """The path with neighbouring diagonals and numbers as one link."""
    done: list[Link] = []
    for link in path.links:
        joined = makes.times(done[-1], link) if done and "matrix" not in (done[-1].kind, link.kind) else None
        if joined is not None:
            done[-1] = joined
        else:
            done.append(link)
    return Path(tuple(link for link in done if link.tensor.entry != 1), path.through)


def path_tree(path: Path, blocks: Mapping[tuple[str, str], Tree], by: str, width: Expr) -> Tree:
    """A path as a product of matrices: diagonals, matrices, and the Jacobian of a state on the way.

    Args:
        path: A path.
        blocks: The Jacobian of each state by each, by name.
        by: The state that the path comes from.
        width: The extent of that state's row.
    """
    factors: list[Tree] = []
    for link in path.links:
        if link.kind != "number":
            factors += [Call("diag", (link.tree,))] if link.kind == "diagonal" else _factors(link.tree)
    if path.through:
        factors.append(blocks[path.through, by])
    tree: Tree = factors[0] if factors else Call("eye", (extent_tree(width),))
    for factor in factors[1:]:
        tree = Binary("@", tree, factor)
    for link in path.links:
        if link.kind == "number":
            tree = Binary("*", link.tree, tree)
    return tree


def _factors(tree: Tree) -> list[Tree]:
    """The factors of a product of matrices."""
    if isinstance(tree, Binary) and tree.operator == "@":
        return [*_factors(tree.left), *_factors(tree.right)]
    return [tree]


def block_tree(step: StepJacobian, blocks: Mapping[tuple[str, str], Tree], of: str, by: str) -> Tree:
    """The Jacobian of one state by another at the time before: its paths added up; 0 where there are none."""
    terms = [path_tree(path, blocks, by, step.width[by]) for path in step.paths[of, by]]
    tree: Tree = terms[0] if terms else Number(Fraction(0))
    for term in terms[1:]:
        tree = Binary("+", tree, term)
    return tree
