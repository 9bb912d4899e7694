"""Operations that reduce axes to one number each.

`axis` is None (all axes), a number, or a tuple of numbers, as in NumPy. A single number has no axis, but may be
reduced along axis 0 or -1, as in PyTorch.
"""

import math

import numpy as np

from tinygrad_edu.engine.op import Sample, op
from tinygrad_edu.engine.summation import add_up

AXES = [
    Sample((3, 4)),
    Sample((3, 4), axis=0),
    Sample((3, 4), axis=-1, keepdims=True),
    Sample((2, 3, 2), axis=(0, 2)),
    Sample((2, 3), keepdims=True),
    Sample(()),
]


def axis_of_number(axis):
    """Return None, all axes, in the place of the axis 0 or -1 that a single number is asked to be reduced along."""
    for i in axis if isinstance(axis, tuple) else () if axis is None else (axis,):
        if i not in (0, -1):
            raise IndexError(f"expected axis 0 or -1 for a single number, got {i}")


def restore(reduced, axis, keepdims):
    """Give a reduced array its reduced axes back, with size 1, so that it broadcasts over the input."""
    return reduced if axis is None or keepdims else np.expand_dims(reduced, axis)


def count(shape, axis):
    """Count the elements that go into one number."""
    axes = range(len(shape)) if axis is None else (axis,) if isinstance(axis, int) else axis
    return math.prod(shape[i] for i in axes)


def is_half(a):
    """Tell an array of half precision, which is added up in float32: it ends at 65504, and from 2048 on 1 is lost."""
    return isinstance(a, np.ndarray) and a.dtype.char == "e"


@op(np.sum, formula="y = Σ a", derivative=("g, repeated",), samples=[*AXES, Sample((0, 3), axis=0)], linear=True)
def sum(a, *, axis=None, keepdims=False):
    shape = a.shape
    if not shape:
        axis = axis_of_number(axis)

    def grad_a(g):
        return np.broadcast_to(restore(g, axis, keepdims), shape)

    if is_half(a):
        return a.sum(axis=axis, keepdims=keepdims, dtype=np.float32).astype(a.dtype), (grad_a,)
    return add_up(a, axis, keepdims), (grad_a,)


@op(np.mean, formula="y = Σ a / n", derivative=("g / n, repeated",), samples=AXES, linear=True)
def mean(a, *, axis=None, keepdims=False):
    shape = a.shape
    if not shape:
        axis = axis_of_number(axis)
    n = count(shape, axis)

    def grad_a(g):
        return np.broadcast_to(restore(g, axis, keepdims) / n, shape)

    # NumPy's mean, which is slower than its sum, adds half precision up in float32.
    y = np.mean(a, axis=axis, keepdims=keepdims) if is_half(a) else add_up(a, axis, keepdims) / n
    return y, (grad_a,)


@op(
    np.var,
    formula="y = Σ (a - mean(a))² / (n - ddof)",
    derivative=("2 g (a - mean(a)) / (n - ddof)",),
    samples=[*AXES[:-1], Sample((3, 4), axis=1, ddof=1), Sample((4,), ddof=1)],
)
def var(a, *, axis=None, ddof=0, keepdims=False):
    """Take the variance. With no more numbers than ddof it is a division by zero: NaN, or infinite."""
    if not a.ndim:
        axis = axis_of_number(axis)
    n = count(a.shape, axis) - ddof
    n = n if n > 0 else 0
    deviation = a - mean(a, axis=axis, keepdims=True)

    def grad_a(g):
        return 2 * restore(g, axis, keepdims) * deviation / n

    return add_up(deviation * deviation, axis, keepdims) / n, (grad_a,)


@op(np.max, formula="y = max(a)", derivative=("g / count(a == y) where a == y, else 0",), samples=AXES)
def max(a, *, axis=None, keepdims=False):
    """Take the largest value. Equal largest values share the gradient evenly; if any is NaN, it is the NaNs."""
    if not a.ndim:
        axis = axis_of_number(axis)
    y = np.max(a, axis=axis, keepdims=keepdims)
    return y, (_to_the_extreme(a, y, axis, keepdims),)


@op(np.min, formula="y = min(a)", derivative=("g / count(a == y) where a == y, else 0",), samples=AXES)
def min(a, *, axis=None, keepdims=False):
    """Take the smallest value. Equal smallest values share the gradient evenly; if any is NaN, it is the NaNs."""
    if not a.ndim:
        axis = axis_of_number(axis)
    y = np.min(a, axis=axis, keepdims=keepdims)
    return y, (_to_the_extreme(a, y, axis, keepdims),)


def _to_the_extreme(a, y, axis, keepdims):
    def grad_a(g):
        at = np.logical_or(a == restore(y, axis, keepdims), a != a)
        share = restore(g, axis, keepdims) / np.sum(at, axis=axis, keepdims=True)
        return np.where(at, share, 0)

    return grad_a
