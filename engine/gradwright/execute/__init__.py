"""Carrying out formulas: in NumPy (the reference) and compiled by Numba, derived or not."""
