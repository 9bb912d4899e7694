"""Reading and writing by position. Each reading operation names its adjoint, the operation that puts
the gradient back where the values came from; the adjoint of that is the reading again."""

import math

import numpy as np

from tinygrad_edu.engine.op import Sample, op

INDICES = [
    1,
    slice(None, None, 2),
    (slice(1, 3), 0),
    (Ellipsis, np.newaxis, -1),
    np.array([2, 0]),
    np.arange(12).reshape(3, 4) % 3 == 0,
    np.array([2, 0, 0, 1]),
    (np.array([0, 2, 2]), np.array([1, 1, 1])),
    (slice(None), np.array([[0, 1], [1, 1]])),
]


@op(
    formula="y = a[index]",
    derivative=("g, put at index",),
    samples=[Sample((3, 4), index=index) for index in INDICES],
    reference=lambda a, index: a[index],
    linear=True,
)
def getitem(a, *, index):
    """Read the elements at `index`: anything NumPy takes. An element read twice gets both gradients."""
    shape = a.shape

    def grad_a(g):
        return put(g, index=index, shape=shape)

    return a[index], (grad_a,)


@op(
    formula="y = 0, then y[index] += a",
    derivative=("g[index]",),
    samples=[Sample(np.zeros((3, 4))[index].shape, index=index, shape=(3, 4)) for index in INDICES],
    reference=lambda a, index, shape: _add_at(np.zeros(shape), index, a),
    linear=True,
)
def put(a, *, index, shape):
    """Put the elements of a at `index` into zeros of `shape`; where an index repeats, they add up."""

    def grad_a(g):
        return getitem(g, index=index)

    y = np.zeros(shape, a.dtype)
    if _is_basic(index):
        y[index] = a
    else:
        np.add.at(y, index, a)
    return y, (grad_a,)


@op(
    formula="y = a, then y[index] = b",
    derivative=("g, 0 at index", "g[index]"),
    samples=[
        *(Sample((3, 4), np.zeros((3, 4))[index].shape, index=index) for index in INDICES),
        Sample((3, 4), (), index=0),
    ],
    reference=lambda a, b, index: _assign(a.copy(), index, b),
    linear=True,
)
def setitem(a, b, *, index):
    """Replace the elements of a at `index` by b. Where an index repeats, the value that stays has the gradient."""
    shape = a.shape

    def grad_a(g):
        return setitem(g, 0, index=index)

    def grad_b(g):
        at_index = getitem(g, index=index)
        if _is_basic(index):
            return at_index
        # Write each place's own number the same way: where another number is found, the value was overwritten.
        numbers = np.arange(math.prod(at_index.shape)).reshape(at_index.shape)
        stayed = _assign(np.empty(shape, int), index, numbers)[index] == numbers
        return at_index * stayed

    return _assign(np.copy(a), index, b), (grad_a, grad_b)


@op(
    np.take_along_axis,
    formula="y[i, j] = a[indices[i, j], j]",
    derivative=("g, put at indices", "-"),
    samples=[
        Sample((3, 4), np.array([[0, 2, 1, 1], [0, 0, 2, 2]]), axis=0),
        Sample((2, 3), np.array([[2, 0, 0, 0], [1, 1, 2, 0]]), axis=-1),
    ],
    linear=True,
)
def take_along_axis(a, indices, *, axis=-1):
    """Read along one axis at an index of its own for each place (`gather`)."""
    shape = a.shape

    def grad_a(g):
        return put_along_axis(g, indices, axis=axis, shape=shape)

    return np.take_along_axis(a, indices, axis=axis), (grad_a, None)


@op(
    formula="y = 0, then y[indices[i, j], j] += a[i, j]",
    derivative=("g at indices", "-"),
    samples=[Sample((2, 4), np.array([[0, 2, 1, 1], [0, 0, 2, 2]]), axis=0, shape=(3, 4))],
    reference=lambda a, indices, axis, shape: _add_at(np.zeros(shape), _along(indices, axis), a),
    linear=True,
)
def put_along_axis(a, indices, *, axis, shape):
    """Add the elements of a into zeros of `shape`, at an index of its own for each (`scatter_add`)."""

    def grad_a(g):
        return take_along_axis(g, indices, axis=axis)

    return _add_at(np.zeros(shape, a.dtype), _along(indices, axis), a), (grad_a, None)


def _is_basic(index):
    """Tell whether an index is made of numbers and slices alone, so that it reads no element twice."""
    parts = index if isinstance(index, tuple) else (index,)
    return all(part is None or part is Ellipsis or isinstance(part, int | np.integer | slice) for part in parts)


def _along(indices, axis):
    """Write the index arrays of `take_along_axis` out for plain indexing."""
    index = list(np.ogrid[tuple(slice(size) for size in indices.shape)])
    index[axis] = indices
    return tuple(index)


def _add_at(y, index, a):
    np.add.at(y, index, a)
    return y


def _assign(y, index, b):
    y[index] = b
    return y
