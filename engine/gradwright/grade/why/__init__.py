"""Why an answer is wrong: the right formula changed as students change it, matched by value."""
