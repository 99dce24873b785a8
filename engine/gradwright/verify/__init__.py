"""Verification of a derivation by routes that share no code with it."""
