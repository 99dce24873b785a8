"""Models as data: a TOML file of forward formulas, read and checked."""
