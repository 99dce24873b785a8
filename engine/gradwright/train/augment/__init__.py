"""Changes of examples at random, a file each."""
