"""A factor reaches one term of a bracket only."""

from __future__ import annotations

from gradwright.grade.why.changes.partial import partial
from gradwright.grade.why.rule import MalRule

PARTIAL = MalRule("factor-one-term", partial, 0.98)
