"""The routes of verification, one file each; none shares code with the derivation."""
