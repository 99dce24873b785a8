"""Documents: a closed set of blocks, messages in two languages, and formats that render blocks."""
