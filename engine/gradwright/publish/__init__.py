"""Homework for a class, and feedback to it: files that are written whole or not at all."""
