"""Assignments in index form lowered to statements: stored values, sums, scatters and recurrences."""
