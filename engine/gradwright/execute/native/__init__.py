"""Training programs as machine code: formulas in index form become loops, and loops LLVM's instructions."""
