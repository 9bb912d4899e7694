"""Undoing a broadcast. This is the only place that knows that shapes were stretched.

NumPy repeats a small input to the shape of a large one. Each copy contributes to the output, so the gradient of
the small input is the sum over its copies. The pullback of `add` returns g as it came, in the shape of the output;
here it gets the shape of the input.
"""

from __future__ import annotations

from typing import Any

from tinygrad_edu.engine.summation import add_up


def unbroadcast(g: Any, shape: tuple[int, ...]) -> Any:
    """Sum `g` over the axes along which an input of `shape` was repeated.

    For example g (5, 3, 4) and shape (3, 1): the first axis was added and the last one stretched,
    so both are summed, and the answer has shape (3, 1).

    Raises:
        ValueError: `shape` does not broadcast to the shape of `g`; the pullback that made `g` is wrong.
    """
    if g.shape == shape:
        return g
    added = len(g.shape) - len(shape)
    if shape and g.shape[added:] == shape:  # a bias that was added to many rows, most often
        return add_up(g, tuple(range(added)))
    if not shape:  # a number, beside every element
        return add_up(g).reshape(shape)
    if added < 0 or any(size not in (1, g.shape[i + added]) for i, size in enumerate(shape)):
        raise ValueError(f"a gradient of shape {g.shape} cannot belong to an input of shape {shape}")
    stretched = tuple(i + added for i, size in enumerate(shape) if size == 1 and g.shape[i + added] != 1)
    return add_up(g, (*range(added), *stretched)).reshape(shape)
