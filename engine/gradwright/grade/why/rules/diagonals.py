"""A diagonal matrix mistaken."""

from __future__ import annotations

from gradwright.grade.why.changes.diagonals import identity, only_diagonal, undiagonal
from gradwright.grade.why.rule import MalRule

BROADCAST = MalRule("diagonal-broadcast", undiagonal, 1.01, undone="part")
IDENTITY = MalRule("identity-for-diagonal", identity, 1.03, undone="part")
ONLY = MalRule("diagonal-only-outer", only_diagonal, 1.04, mistake="diagonal-only", undone="part")
