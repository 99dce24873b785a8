"""A sum for a product, a condition turned round."""

from __future__ import annotations

from gradwright.grade.why.changes.operators import other_operator, turned
from gradwright.grade.why.rule import MalRule

OTHER = MalRule("operator-other", other_operator, 0.995)
TURNED = MalRule("mask-inverted", turned, 1.055)
