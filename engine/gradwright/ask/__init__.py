"""Question types: what can be asked of a model, one file each."""
