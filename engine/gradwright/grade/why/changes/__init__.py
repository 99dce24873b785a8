"""Changes of trees that several mal-rules share."""
