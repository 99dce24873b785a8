"""Judging: is an answer equal to the reference, and what is there to say to the student."""
