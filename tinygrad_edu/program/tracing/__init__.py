"""Tracing: a function is run once, with traced arrays in place of all that it can reach, and its calls noted."""
