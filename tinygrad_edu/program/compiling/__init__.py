"""Compiling: a program as a Python function that is run in place of the engine, where it fits."""
