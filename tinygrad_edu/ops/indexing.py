"""Reading and writing by position. Each reading operation names its adjoint, the operation that puts
the gradient back where the values came from; the adjoint of that is the reading again."""

import math

import numpy as np

from tinygrad_edu.engine.op import Sample, op
from tinygrad_edu.engine.piece import Piece
from tinygrad_edu.engine.versions import owner

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
        if isinstance(g, np.ndarray | np.generic) and _reads_once(index):
            return Piece(g, index, shape)  # the engine adds it up with others, without writing the zeros out
        return put(g, index=index, shape=shape)

    y = a[index]
    if isinstance(y, np.generic):  # a single element, of which NumPy gives the number: the element itself, as a view
        y = a[(*index, ...) if isinstance(index, tuple) else (index, ...)]
    elif not y.flags.c_contiguous and owner(y) is not owner(a):  # a copy, which PyTorch puts in order
        y = y.copy(order="C")
    return y, (grad_a,)


@op(
    formula="y = 0, then y[index] += a",
    derivative=("g[index]",),
    samples=[Sample(np.zeros((3, 4))[index].shape, index=index, shape=(3, 4)) for index in INDICES],
    reference=lambda a, index, shape: _added(shape, index, a),
    linear=True,
)
def put(a, *, index, shape):
    """Put the elements of a at `index` into zeros of `shape`; where an index repeats, they add up."""

    def grad_a(g):
        return getitem(g, index=index)

    y = np.zeros_like(a, shape=shape, order="C")
    return _assign(y, index, a) if _reads_once(index) else _add_at(y, index, a), (grad_a,)


@op(
    formula="y = a, then y[index] = b",
    derivative=("g, but 0 at index", "g[index]"),
    samples=[
        *(Sample((3, 4), np.zeros((3, 4))[index].shape, index=index) for index in INDICES),
        Sample((3, 4), (), index=0),
    ],
    reference=lambda a, b, index: _assign(a.copy(), index, b),
    linear=True,
)
def setitem(a, b, *, index, overwrite=False):
    """Replace the elements of a at `index` by b. Where an index repeats, the value that stays has the gradient.

    With `overwrite` they are replaced in the memory of a: for `t[i] = v`.
    """
    shape = a.shape

    def grad_a(g):
        return setitem(g, 0, index=index)

    def grad_b(g):
        at_index = getitem(g, index=index)
        if _reads_once(index):
            return at_index
        # Write each place's own number the same way: where another number is found, the value was overwritten.
        numbers = np.arange(math.prod(at_index.shape)).reshape(at_index.shape)
        stayed = _assign(np.zeros_like(at_index, shape=shape, dtype=int), index, numbers)[index] == numbers
        return at_index * stayed

    return _assign(a if overwrite else np.copy(a), index, b), (grad_a, grad_b)


@op(
    np.take_along_axis,
    formula="y[i, j] = a[indices[i, j], j]",
    derivative=("g, put at indices", "-"),
    samples=[
        Sample((3, 4), np.array([[0, 2, 1, 1], [0, 0, 2, 2]]), axis=0),
        Sample((2, 3), np.array([[2, 0, 0, 0], [1, 1, 2, 0]]), axis=-1),
        Sample((3, 4), np.array([[0, 2, 1]]), axis=1),
        Sample((2, 1), np.array([[0, 1, 1]]), axis=0),
    ],
    linear=True,
)
def take_along_axis(a, indices, *, axis=-1):
    """Read along one axis at an index of its own for each place (`gather`).

    Along the other axes a size of 1, of a or of the indices, is repeated. A single number counts as a row.
    """
    shape = a.shape

    def grad_a(g):
        return put_along_axis(g, indices, axis=axis, shape=shape)

    if shape:
        return np.take_along_axis(a, indices, axis=axis), (grad_a, None)
    row = np.take_along_axis(np.reshape(a, (1,)), np.reshape(indices, (-1,)), axis=axis)
    return np.reshape(row, indices.shape), (grad_a, None)


@op(
    formula="y = 0, then y[indices[i, j], j] += a[i, j]",
    derivative=("g at indices", "-"),
    samples=[Sample((2, 4), np.array([[0, 2, 1, 1], [0, 0, 2, 2]]), axis=0, shape=(3, 4))],
    reference=lambda a, indices, axis, shape: _added(shape, _along(indices, axis, shape), a),
    linear=True,
)
def put_along_axis(a, indices, *, axis, shape):
    """Add the elements of a into zeros of `shape`, at an index of its own for each (`scatter_add`)."""

    def grad_a(g):
        return take_along_axis(g, indices, axis=axis)

    y = np.zeros_like(a, shape=shape or (1,), order="C")
    return np.reshape(_add_at(y, _along(indices, axis, y.shape), a), shape), (grad_a, None)


def _reads_once(index):
    """Tell whether an index is made of numbers, slices and masks alone, so that it reads no element twice."""
    parts = index if isinstance(index, tuple) else (index,)
    return all(
        part is None
        or part is Ellipsis
        or isinstance(part, int | np.integer | slice)
        or (isinstance(part, np.ndarray) and part.dtype.kind == "b")
        for part in parts
    )


def _along(indices, axis, shape):
    """Write the index arrays of `take_along_axis` out for plain indexing of an array of `shape`."""
    index = list(np.ogrid[tuple(slice(size) for size in shape)])
    index[axis] = indices
    return tuple(index)


def _add_at(y, index, a):
    """Add a to y at an index that may repeat."""
    if y.ndim == 1 or a.size < 1000:
        np.add.at(y, index, a)
    else:  # NumPy is several times as fast at many single elements as at whole rows
        np.add.at(y.reshape(-1), _numbers(index, a, y.shape).reshape(-1), a.reshape(-1))
    return y


def _numbers(index, a, shape):
    """Return the numbers of the elements at `index`, where an array of `shape` is counted through in memory's order."""
    parts = index if isinstance(index, tuple) else (index,)
    if not all(isinstance(part, np.ndarray) and part.dtype.kind in "iu" for part in parts):
        return _counted(a, shape)[index]
    # Rows at arrays of integers: it is enough to number the rows, of which there may be many more than are read.
    counted = [_counted(part, (size,))[part] for part, size in zip(parts, shape, strict=False)]  # -1 is size - 1
    rows = np.ravel_multi_index(counted, shape[: len(parts)])
    length = math.prod(shape[len(parts) :])
    return rows[..., np.newaxis] * length + np.arange(length)


def _counted(a, shape):
    """Count through an array of `shape`, made from a: a trace would not see what is read of a table from nothing."""
    return np.zeros_like(a, shape=shape, dtype=int) + np.arange(math.prod(shape)).reshape(shape)


def _added(shape, index, a):
    """Do what `put` does in NumPy's own way, to check it by."""
    y = np.zeros(shape)
    np.add.at(y, index, a)
    return y


def _assign(y, index, b):
    y[index] = b
    return y
