"""The primitive functions, a family a file; a record in a file is in the table."""
