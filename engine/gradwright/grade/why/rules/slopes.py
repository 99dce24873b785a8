"""A local derivative mistaken."""

from __future__ import annotations

from gradwright.grade.why.changes.slopes import (
    extra_slope,
    function_for_slope,
    other_argument,
    other_derivative,
    scaled_slope,
)
from gradwright.grade.why.rule import MalRule

EXTRA = MalRule("derivative-extra", extra_slope, 0.97, undone="derivative-missing")
FUNCTION = MalRule("function-for-derivative", function_for_slope, 1.06, undone="derivative-for-function")
ARGUMENT = MalRule("derivative-argument", other_argument, 1.04)
SIGN = MalRule("derivative-sign", scaled_slope, 1.05)
OTHER = MalRule("derivative-other", other_derivative, 1.055)
