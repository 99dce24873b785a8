"""Training: data, optimizers, the loop, checkpoints and pictures."""
