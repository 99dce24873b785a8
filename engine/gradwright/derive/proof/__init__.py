"""Proofs: claims about values are proved, and questions about them answered, in named steps."""
