"""The index calculus: a scalar SymPy expression with an ordered tuple of free indices."""
