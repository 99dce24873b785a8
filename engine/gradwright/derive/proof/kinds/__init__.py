"""One module a kind of claim; each holds one module-level ``Kind`` record, found by ``registry.collect``."""
