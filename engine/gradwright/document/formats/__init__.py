"""One module a format; each holds one module-level ``Format`` record, found by ``registry.collect``."""
