"""Printing: a program as the text that a person would have written."""
