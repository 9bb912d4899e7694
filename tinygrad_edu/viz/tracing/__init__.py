"""What a computation was: each operation with its value, line, modules and names, and how to walk over its graph."""
