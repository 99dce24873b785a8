"""Indices: exchanged, not tied, off by one."""

from __future__ import annotations

from gradwright.grade.why.changes.letters import shifted, slipped, summed_out, untied
from gradwright.grade.why.rule import MalRule

SLIPPED = MalRule("index-slip", slipped, 1.06)
SUMMED = MalRule("index-summed", summed_out, 1.0, mistake="sum-extra")
UNTIED = MalRule("index-untied", untied, 1.0)
SHIFTED = MalRule("time-shift", shifted, 1.05, uniform=True)
