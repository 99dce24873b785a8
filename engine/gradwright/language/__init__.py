"""The expression language: one grammar, its printers, its shapes, and its meaning in index form."""
