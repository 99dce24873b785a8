"""Two mistakes at once: a change of the right formula that meets a change of the answer half way.

Were both mistakes looked for in the right formula, each change would have to be paired with every other. Here
one mistake is made in the right formula and the other one mended in the answer; where both give one value,
the two explain the answer, and as many evaluations suffice as for single changes.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from gradwright.grade.finding import Finding
from gradwright.grade.why.candidate import Candidate, Found
from gradwright.grade.why.closeness import close
from gradwright.grade.why.ranking import Explanation, ranked
from gradwright.grade.why.search import Search, value_of
from gradwright.language.tree import Name

_LEAST = 0.975


def joined(right: Search, mine: Search) -> tuple[Finding, ...]:
    """The mistakes of the likeliest pair of changes, one of each side, that give one value.

    Args:
        right: The search in the right formula, after its single changes were tried.
        mine: The search in the answer, after its own.
    """
    best: tuple[Explanation, Explanation] | None = None
    for one, other in _pairs(right, mine):
        if best is not None and one.weight + other.weight <= best[0].weight + best[1].weight:
            continue
        if not _replaces(one, other) and _meet(right, mine, one, other):
            best = one, other
    if best is None:
        return ()
    found = [*best[0].findings(), *best[1].findings()]
    step = best[0].findings()[0].values["step"] if best[0].findings() else ""
    told = [Finding(o.key, {**o.values, "step": o.values["step"] or step}, o.detail) for o in found]
    return tuple({(o.key, o.values["step"]): o for o in told}.values())


def _pairs(right: Search, mine: Search) -> Iterator[tuple[Explanation, Explanation]]:
    for mark in right.met.keys() & mine.met.keys():
        ones = _likely(right, right.met[mark])
        others = _likely(mine, mine.met[mark])
        if ones and others:
            yield ones[0], others[0]


def _likely(search: Search, candidates: list[Candidate]) -> list[Explanation]:
    found = ranked([(search, Found(one)) for one in candidates])
    return [one for one in found if one.weight >= _LEAST and not one.is_part]


def _replaces(one: Explanation, other: Explanation) -> bool:
    """Whether a part is only another one: one change leaves something out and the other puts something in.

    Or both leave one bare value, one of the right part and one of the answer's.
    """
    lost, gained = (explanation.findings()[0].key for explanation in (one, other))
    made = one.found.candidate.move.tree
    if isinstance(made, Name) and made is other.found.candidate.move.tree:
        return True
    return lost.endswith(("-missing", "-path", ".half")) and gained.endswith(("-extra", "-added"))


def _meet(right: Search, mine: Search, one: Explanation, other: Explanation) -> bool:
    """Whether both changes give one value at every point, and one that tells something."""
    for ours, theirs in zip(right.places, mine.places, strict=True):
        left = value_of(ours.lines, one.found.candidate)
        value = value_of(theirs.lines, other.found.candidate)
        if left is None or value is None or not np.any(np.asarray(left)):
            return False
        if close(np.asarray(left), ours.reference) or close(np.asarray(left), ours.answer):
            return False
        if not close(np.asarray(left), np.asarray(value)):
            return False
    return True
