"""A changed line: which change made it, of which node, and what rule gives the mistake its name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache

from gradwright.grade.why.program import Line
from gradwright.grade.why.rule import Ancestors, Change, Changes, Context, MalRule, Sight
from gradwright.language.tree import Call, Item, Text, Tree, children
from gradwright.registry import collect


@cache
def families() -> tuple[tuple[Changes, tuple[MalRule, ...]], ...]:
    """The mal-rules by the change that they share, the likeliest first."""
    found: dict[Changes, list[MalRule]] = {}
    for rule in collect("gradwright.grade.why.rules", MalRule).values():
        found.setdefault(rule.change, []).append(rule)
    ranked = [(change, tuple(sorted(rules, key=lambda r: -r.weight))) for change, rules in found.items()]
    return tuple(sorted(ranked, key=lambda pair: -pair[1][0].weight))


@dataclass(frozen=True)
class Move:
    """A change of a node, and the rules that make it, each with what it has to say.

    Args:
        tree: What stands in the node's place.
        ways: The rules, the likeliest first.
    """

    tree: Tree
    ways: tuple[tuple[MalRule, Change], ...]

    @property
    def weight(self) -> float:
        """That of the likeliest of its rules."""
        return self.ways[0][0].weight


@dataclass(frozen=True)
class Candidate:
    """One changed line.

    Args:
        line: The line as it was before this change.
        root: Its tree after the change.
        ancestors: Where the changed node stands in the line's tree.
        node: The node before the change.
        move: The change.
        first: The change that was made before this one, if this is the second.
        others: Other changes that make the same tree.
    """

    line: Line
    root: Tree
    ancestors: Ancestors
    node: Tree
    move: Move
    first: Candidate | None = None
    others: list[Candidate] = field(default_factory=list, compare=False)

    @property
    def trees(self) -> Mapping[str, Tree]:
        """The changed lines' trees."""
        before = {} if self.first is None else self.first.trees
        return {**before, self.line.name: self.root}


@dataclass(frozen=True)
class Found:
    """A candidate whose value is the answer's, or the answer's transposed, or a multiple of it."""

    candidate: Candidate
    multiple: tuple[float, ...] = ()
    transposed: bool = False


def positions(tree: Tree) -> Iterator[tuple[Tree, Ancestors]]:
    """The nodes that stand for values, the root first, and where they stand."""
    stack: list[tuple[Tree, Ancestors]] = [(tree, ())]
    while stack:
        node, above = stack.pop()
        yield node, above
        count = len(node.arguments) if isinstance(node, Call) else 1 if isinstance(node, Item) else None
        for place, part in enumerate(children(node)[:count]):
            if not isinstance(part, Text):
                stack.append((part, (*above, (node, place))))


def is_forward(line: Line) -> bool:
    """Whether a line is a forward formula, given with the question."""
    return line.step.startswith("value")


def context_of(found: Candidate, sight: Sight) -> Context:
    """Where a candidate's change was made."""
    return Context(sight, found.line, found.ancestors, found.node)


def named(found: Candidate, sight: Sight) -> tuple[MalRule, Change, Candidate]:
    """The likeliest rule that makes a candidate's tree, the change as it sees it, and where it makes it."""
    best: tuple[MalRule, Change, Candidate] | None = None
    for one in (found, *found.others):
        context = context_of(one, sight)
        for rule, change in one.move.ways:
            if best is not None and rule.weight <= best[0].weight:
                break
            if rule.when(change, context):
                best = rule, change, one
                break
    assert best is not None, found
    return best
