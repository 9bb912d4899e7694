"""A computation as a NumPy program: traced, simplified, printed, run without the engine."""
