"""Experiments that show an effect: each file asks one question, and answers it with numbers and pictures.

    from tinygrad_edu.labs import valleys
    result = valleys.run(seeds=1)
    print(result)                 # the tables
    result.pictures()[0]          # a notebook shows it

Or `tinygrad-edu lab valleys`. Each has QUESTION, `run(seeds, ..., progress)`, which returns a Result (`lab.py`), and
QUICK, the options of a run that takes a moment.
"""

from tinygrad_edu.labs import (
    depth,
    gradient_descent,
    memorizing,
    noise,
    smoothness,
    trusting_gradients,
    twice_used,
    valleys,
)
from tinygrad_edu.labs.lab import Result, Table

LABS = {
    lab.__name__.rpartition(".")[2].replace("_", "-"): lab
    for lab in (gradient_descent, twice_used, trusting_gradients, valleys, smoothness, depth, noise, memorizing)
}
"""The labs by the names that the command line calls them by, in the order in which to read them."""

__all__ = ["LABS", "Result", "Table"]
