"""LaTeX as it is written in a course, read into the same tree as the text grammar."""
