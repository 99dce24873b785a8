"""Derivation: from forward formulas to adjoints, gradients and closed forms, in named steps."""
