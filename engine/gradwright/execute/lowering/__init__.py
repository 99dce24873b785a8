"""Assignments in index form lowered to loops, matrix products and scatters, and these to Python for Numba."""
