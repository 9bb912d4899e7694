"""Operations that move elements without changing them. All are linear: the way back moves them back."""

import numpy as np

from tinygrad_edu.engine.op import Sample, op
from tinygrad_edu.ops.reduction import axis_of_number

__all__ = [
    "astype", "broadcast_to", "clone", "concatenate", "expand_dims", "flip", "pad", "reshape", "roll", "squeeze",
    "stack", "swapaxes", "transpose",
]  # fmt: skip

ROW = Sample((2, 3, 4))


def in_order(y):
    """Return new numbers with the last axis the closest in memory, as PyTorch's: NumPy may follow its inputs' order."""
    return y if y.flags.c_contiguous else y.copy(order="C")


@op(
    np.reshape,
    formula="y = a, reshaped to shape",
    derivative=("g, reshaped as a",),
    samples=[
        Sample((3, 4), shape=(2, 6)),
        Sample((3, 4), shape=(-1,)),
        Sample((1,), shape=()),
        Sample((0, 3), shape=(3, 0)),
    ],
    linear=True,
)
def reshape(a, *, shape):
    before = a.shape

    def grad_a(g):
        return np.reshape(g, before)

    return np.reshape(a, shape), (grad_a,)


@op(
    np.transpose,
    formula="y = a, its axes in another order",
    derivative=("g, in the order of a",),
    samples=[Sample((3, 4)), Sample((2, 3, 4)), Sample((2, 3, 4), axes=(1, 2, 0)), Sample((2, 3, 4), axes=(-1, 0, 1))],
    linear=True,
)
def transpose(a, *, axes=None):
    """Put the axes in the order `axes`; without it, in reverse."""
    back = None if axes is None else tuple(np.argsort([i % a.ndim for i in axes]).tolist())

    def grad_a(g):
        return np.transpose(g, back)

    return np.transpose(a, axes), (grad_a,)


@op(
    np.swapaxes,
    formula="y = a, two axes swapped",
    derivative=("g, the axes swapped back",),
    samples=[Sample((3, 4), axis1=0, axis2=1), Sample((2, 3, 4), axis1=0, axis2=-1)],
    linear=True,
)
def swapaxes(a, *, axis1, axis2):
    """Swap two axes. A single number, whose axis may be called 0 or -1, stays as it is."""
    if not a.ndim:
        axis_of_number((axis1, axis2))
        return np.reshape(a, ()), (lambda g: g,)

    def grad_a(g):
        return np.swapaxes(g, axis1, axis2)

    return np.swapaxes(a, axis1, axis2), (grad_a,)


@op(
    np.flip,
    formula="y = a, the other way round along some axes",
    derivative=("g, turned back",),
    samples=[Sample((3, 4)), Sample((3, 4), axis=1), Sample((2, 3, 2), axis=(0, -1)), Sample((3, 4), axis=())],
    linear=True,
)
def flip(a, *, axis=None):
    """Reverse the order along axes, in a copy (NumPy's is a view)."""

    def grad_a(g):
        return np.flip(g, axis)

    return np.copy(np.flip(a, axis)), (grad_a,)


@op(
    np.roll,
    formula="y = a, shifted; what leaves at one end comes in at the other",
    derivative=("g, shifted back",),
    samples=[Sample((3, 4), shift=1), Sample((3, 4), shift=-2, axis=1), Sample((3, 4), shift=(1, 2), axis=(0, 1))],
    linear=True,
)
def roll(a, *, shift, axis=None):
    def grad_a(g):
        return np.roll(g, -shift if isinstance(shift, int) else tuple(-s for s in shift), axis)

    return np.roll(a, shift, axis), (grad_a,)


@op(
    np.expand_dims,
    formula="y = a, with axes of size 1 added",
    derivative=("g, in the shape of a",),
    samples=[Sample((3, 4), axis=0), Sample((3, 4), axis=-1), Sample((3,), axis=(0, 2))],
    linear=True,
)
def expand_dims(a, *, axis):
    shape = a.shape

    def grad_a(g):
        return np.reshape(g, shape)

    return np.expand_dims(a, axis), (grad_a,)


@op(
    np.squeeze,
    formula="y = a, without its axes of size 1",
    derivative=("g, in the shape of a",),
    samples=[Sample((1, 3, 1)), Sample((1, 3, 1), axis=0), Sample((1, 3, 1), axis=(0, 2)), Sample((1,))],
    linear=True,
)
def squeeze(a, *, axis=None):
    shape = a.shape

    def grad_a(g):
        return np.reshape(g, shape)

    return np.squeeze(a, axis=axis), (grad_a,)


@op(
    np.broadcast_to,
    formula="y = a, repeated",
    derivative=("g, summed over the copies",),
    samples=[Sample((3, 1), shape=(3, 4)), Sample((4,), shape=(3, 4)), Sample((), shape=(2, 3))],
    linear=True,
)
def broadcast_to(a, *, shape):
    def grad_a(g):
        return g  # the engine sums over the copies, as after any broadcast

    return np.broadcast_to(a, shape), (grad_a,)


@op(
    np.concatenate,
    formula="y = arrays, one after the other",
    derivative=("its part of g",),
    samples=[Sample((2, 3), (1, 3)), Sample((2, 3), (2, 1), (2, 2), axis=-1), Sample((0,), (3,))],
    reference=lambda *arrays, axis=0: np.concatenate(arrays, axis=axis),
    linear=True,
)
def concatenate(*arrays, axis=0):
    """Join along an existing axis."""
    y = in_order(np.concatenate(arrays, axis=axis))
    ends = np.cumsum([a.shape[axis] for a in arrays]).tolist()
    starts = [0, *ends[:-1]]
    before = (slice(None),) * (axis % y.ndim)

    def part(start, end):
        def grad_part(g):
            return g[(*before, slice(start, end))]

        return grad_part

    return y, [part(start, end) for start, end in zip(starts, ends, strict=True)]


@op(
    np.stack,
    formula="y = arrays, along one new axis",
    derivative=("its slice of g",),
    samples=[Sample((2, 3), (2, 3)), Sample((2, 3), (2, 3), (2, 3), axis=-1), Sample((), ())],
    reference=lambda *arrays, axis=0: np.stack(arrays, axis=axis),
    linear=True,
)
def stack(*arrays, axis=0):
    """Join along a new axis."""
    y = in_order(np.stack(arrays, axis=axis))
    before = (slice(None),) * (axis % y.ndim)

    def part(i):
        def grad_part(g):
            return g[(*before, i)]

        return grad_part

    return y, [part(i) for i in range(len(arrays))]


@op(
    np.pad,
    formula="y = a, with constant_values around it",
    derivative=("g, without the border",),
    samples=[Sample((2, 3), pad_width=((1, 0), (2, 1))), Sample((3,), pad_width=((0, 2),), constant_values=1.5)],
    linear=True,
)
def pad(a, *, pad_width, mode="constant", constant_values=0):
    """Add `pad_width` = ((before, after), …) elements to each axis."""
    if mode != "constant":
        raise ValueError(f"mode={mode!r} is not one of: 'constant'")
    widths = np.broadcast_to(np.asarray(pad_width), (a.ndim, 2)).tolist()
    inside = tuple(slice(low, low + size) for (low, _), size in zip(widths, a.shape, strict=True))

    def grad_a(g):
        return g[inside]

    return np.pad(a, widths, constant_values=constant_values), (grad_a,)


@op(
    formula="y = a, as dtype",
    derivative=("g, in the type of a",),
    samples=[Sample((3, 4), dtype=np.dtype(np.float64)), Sample((), dtype=np.dtype(np.float64))],
    reference=lambda a, dtype: np.asarray(a).astype(dtype),
    linear=True,
)
def astype(a, *, dtype):
    def grad_a(g):
        return g  # the engine gives every gradient the dtype of its input

    return a.astype(dtype), (grad_a,)


@op(
    np.copy,
    formula="y = a, in memory of its own",
    derivative=("g",),
    samples=[Sample((3, 4)), Sample(()), Sample((3, 4), order="F")],
    linear=True,
)
def clone(a, *, order="K"):
    """Copy to memory in NumPy's order: "C", the last axis varies fastest, "F", the first, or "K", as it does in a."""

    def grad_a(g):
        return g

    # An expanded a has no order of its own.
    return np.copy(a, order="C" if order == "K" and 0 in a.strides else order), (grad_a,)
