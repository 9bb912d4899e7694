"""Figures that are light or dark as the reader's screen is, and that say in words what they show."""
