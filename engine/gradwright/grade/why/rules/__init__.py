"""Mal-rules: the ways in which students change a formula, one file each."""
