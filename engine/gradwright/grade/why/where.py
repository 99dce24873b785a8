"""Where in the answer a mistake shows: a part of the student's own text, never of the right formula."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gradwright.grade.why.bench import EACH, SLOPE
from gradwright.grade.why.closeness import close
from gradwright.grade.why.points import Place
from gradwright.language.text import to_text
from gradwright.language.tree import Call, Name, Number, Text, Tree, walk

_LONGEST = 60


def place_of(answer: Tree, wrong: Sequence[Tree], places: Sequence[Place]) -> str:
    """The text of the part of the answer that has the value of a wrong part; empty where there is none.

    Args:
        answer: The student's tree.
        wrong: Parts as the mistake makes them, the best one to show first.
        places: The points.
    """
    for tree in wrong:
        for node in walk(answer):
            if node is answer or isinstance(node, Number | Text | Name):
                continue
            if _same(node, tree, places):
                return shown(node, answer)
    return ""


def shown(node: Tree, answer: Tree) -> str:
    """The text of a part of the answer, if it is short and not the whole."""
    if node is answer or any(
        isinstance(part, Call) and part.function in (SLOPE, EACH) for part in walk(node)
    ):
        return ""
    text = to_text(node)
    return text if len(text) <= _LONGEST else ""


def _same(node: Tree, tree: Tree, places: Sequence[Place]) -> bool:
    for place in places:
        left, right = place.bench.get(node), place.bench.get(tree)
        if left is None or right is None or not close(np.asarray(left), np.asarray(right)):
            return False
    return True
