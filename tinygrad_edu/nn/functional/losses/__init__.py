"""Losses as functions; `reduction.py` is how the losses of single elements become one number."""
