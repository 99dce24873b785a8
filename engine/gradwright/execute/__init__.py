"""Carrying out formulas: in NumPy (the reference) and as machine code, derived or not."""
