"""The last resort: one part of the right formula replaced by a part of the answer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gradwright.grade.why.candidate import Candidate, Move, positions
from gradwright.grade.why.program import Line
from gradwright.grade.why.rule import Change, MalRule, Sight
from gradwright.grade.why.search import Search
from gradwright.language.tree import Name, Number, Tree, walk

_MOST = 40


def _never(_: Tree, __: Sight) -> Iterator[Change]:
    return iter(())


PART = MalRule("part", _never, 0.5)


def other_parts(search: Search, lines: Sequence[Line]) -> Iterator[Candidate]:
    """Each part of the lines with each part of the answer of its shape in its place."""
    sight = search.sight
    given: dict[Tree, None] = dict.fromkeys(
        node
        for node in walk(sight.answer)
        if node is not sight.answer and not isinstance(node, Name | Number)
    )
    half = _size(sight.answer) / 2
    small = [node for node in given if _size(node) <= half]
    parts = [(node, value) for node in small[:_MOST] if (value := sight.value(node)) is not None]
    for line in lines:
        half = _size(line.tree) / 2
        for node, above in positions(line.tree):
            value = sight.value(node)
            if value is None or not above or _size(node) > half:
                continue
            for part, other in parts:
                if other.shape == value.shape and part is not node:
                    root = sight.store.plug(above, part)
                    yield Candidate(line, root, above, node, Move(part, ((PART, Change(part)),)))


def _size(tree: Tree) -> int:
    return sum(1 for _ in walk(tree))
