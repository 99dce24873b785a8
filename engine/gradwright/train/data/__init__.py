"""The data sets: records found by being in a module of this folder."""
