"""Functions that change the shape, or the order of dimensions and elements, and keep the elements."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_edu import ops
from tinygrad_edu.engine.op import NUMPY
from tinygrad_edu.functions.arguments import as_axis, as_sizes, numpy_names, places
from tinygrad_edu.functions.numpy_protocol import answers

if TYPE_CHECKING:
    from tinygrad_edu.tensors.tensor import Tensor

__all__ = [
    "atleast_1d", "atleast_2d", "atleast_3d", "broadcast_shapes", "broadcast_tensors", "broadcast_to", "expand",
    "expand_as", "flatten", "flip", "fliplr", "flipud", "moveaxis", "movedim", "numel", "permute", "ravel", "reshape",
    "roll", "rot90", "squeeze", "swapaxes", "swapdims", "t", "transpose", "unflatten", "unsqueeze", "view", "view_as",
]  # fmt: skip


def reshape(input: Any, *shape: Any) -> Tensor:
    """Give the elements another shape of the same size; one size may be -1, and is then computed."""
    return ops.reshape(input, shape=as_sizes(shape))


def view(input: Any, *shape: Any) -> Tensor:
    """Do what `reshape` does. (PyTorch's view raises where a copy is needed; here it is made.)"""
    return ops.reshape(input, shape=as_sizes(shape))


def view_as(input: Any, other: Any) -> Tensor:
    """Give the input the shape of `other`."""
    return ops.reshape(input, shape=tuple(other.shape))


def flatten(input: Any, start_dim: int = 0, end_dim: int = -1) -> Tensor:
    """Merge the dimensions from `start_dim` to `end_dim` into one."""
    shape = input.shape
    if not shape:
        return ops.reshape(input, shape=(1,))
    (start,), (end,) = (places("flatten", dim, len(shape)) for dim in (start_dim, end_dim))
    if start > end:
        raise ValueError(f"flatten: expected start_dim not to come after end_dim, got {start_dim} and {end_dim}")
    if start == end:
        return input
    return ops.reshape(input, shape=(*shape[:start], math.prod(shape[start : end + 1]), *shape[end + 1 :]))


@answers(np.ravel)
def ravel(input: Any) -> Tensor:
    """Make the input a row."""
    return ops.reshape(input, shape=(-1,))


def unflatten(input: Any, dim: int, sizes: Sequence[int]) -> Tensor:
    """Split one dimension into several of `sizes`; one of them may be -1."""
    shape = tuple(input.shape)
    (dim,) = places("unflatten", dim, len(shape))
    known = math.prod(size for size in sizes if size != -1)
    if known and not shape[dim] % known:  # what NumPy cannot find where the tensor is empty
        sizes = [shape[dim] // known if size == -1 else size for size in sizes]
    return ops.reshape(input, shape=(*shape[:dim], *sizes, *shape[dim + 1 :]))


@numpy_names
def squeeze(input: Any, dim: Any = None) -> Tensor:
    """Remove dimensions of size 1: all, or those in `dim` (others named there are left alone)."""
    if dim is not None:
        dim = tuple(d for d in places("squeeze", dim, input.ndim) if input.ndim and input.shape[d] == 1)
    return ops.squeeze(input, axis=dim)


@numpy_names
def unsqueeze(input: Any, dim: int) -> Tensor:
    """Add a dimension of size 1 at position `dim`."""
    return ops.expand_dims(input, axis=dim)


@answers(np.atleast_1d)
def atleast_1d(*tensors: Any) -> Any:
    """Make a single number a vector; leave others as they are."""
    return _each(tensors, lambda x: x if np.ndim(x) else np.reshape(x, (1,)))


@answers(np.atleast_2d)
def atleast_2d(*tensors: Any) -> Any:
    """Make a vector a row of a matrix, and a number a matrix; leave others as they are."""
    return _each(tensors, lambda x: x if np.ndim(x) > 1 else np.reshape(x, (1, -1)))


@answers(np.atleast_3d)
def atleast_3d(*tensors: Any) -> Any:
    """Give a matrix a last dimension, a vector a first and a last one; leave others as they are."""
    return _each(tensors, lambda x: x if np.ndim(x) > 2 else np.expand_dims(atleast_2d(x), 2))


def _each(tensors: tuple[Any, ...], function: Any) -> Any:
    """Apply a function to one tensor, or to several that are given one by one or in a list."""
    if len(tensors) == 1 and not isinstance(tensors[0], list | tuple):
        return function(tensors[0])
    return tuple(function(x) for x in (tensors[0] if len(tensors) == 1 else tensors))


def numel(input: Any) -> int:
    """Return the number of elements."""
    return math.prod(input.shape)


# The order of dimensions


def transpose(input: Any, dim0: int, dim1: int) -> Tensor:
    """Swap two dimensions."""
    return ops.swapaxes(input, axis1=dim0, axis2=dim1)


swapaxes = swapdims = transpose


def t(input: Any) -> Tensor:
    """Transpose a matrix; a vector stays as it is."""
    if input.ndim > 2:
        raise ValueError(f"t: expected a matrix, got shape {tuple(input.shape)}; write x.mT or x.transpose(dim0, dim1)")
    return ops.transpose(input)


def permute(input: Any, *dims: Any) -> Tensor:
    """Put the dimensions in the order `dims`."""
    return ops.transpose(input, axes=as_sizes(dims))


def movedim(input: Any, source: Any, destination: Any) -> Tensor:
    """Move dimensions to new positions; the others keep their order."""
    sources, targets = (places("movedim", dims, input.ndim) for dims in (source, destination))
    if len(sources) != len(targets):
        raise ValueError(f"movedim: expected as many positions as dimensions, got {source} and {destination}")
    order = [d for d in range(input.ndim) if d not in sources]
    for target, moved in sorted(zip(targets, sources, strict=True)):
        order.insert(target, moved)
    return ops.transpose(input, axes=tuple(order)[: input.ndim])


moveaxis = movedim


# Repeating without a copy


def expand(input: Any, *sizes: Any) -> Tensor:
    """Repeat dimensions of size 1 up to `sizes`, without a copy; -1 leaves a dimension as it is."""
    wanted = as_sizes(sizes)
    own = (1,) * (len(wanted) - input.ndim) + tuple(input.shape)
    return ops.broadcast_to(input, shape=tuple(o if w == -1 else w for o, w in zip(own, wanted, strict=True)))


def expand_as(input: Any, other: Any) -> Tensor:
    """Repeat the input to the shape of `other`."""
    return expand(input, *other.shape)


def broadcast_to(input: Any, shape: Any) -> Tensor:
    """Repeat the input to `shape`, by NumPy's rules of broadcasting."""
    return ops.broadcast_to(input, shape=as_sizes((shape,)))


def broadcast_shapes(*shapes: Any) -> tuple[int, ...]:
    """Return the shape to which tensors of these shapes are repeated where they meet."""
    return np.broadcast_shapes(*shapes)


@answers(np.broadcast_arrays)
def broadcast_tensors(*tensors: Any) -> tuple[Tensor, ...]:
    """Repeat all to one shape."""
    wide = np.broadcast_shapes(*(np.shape(x) for x in tensors))
    return tuple(ops.broadcast_to(x, shape=wide) for x in tensors)


# The order of elements


@numpy_names
def flip(input: Any, dims: Any) -> Tensor:
    """Reverse the order along `dims`, in a copy."""
    return ops.flip(input, axis=places("flip", dims, input.ndim) if input.ndim else ())


def flipud(input: Any) -> Tensor:
    """Reverse the order of the rows."""
    return ops.flip(input, axis=0)


def fliplr(input: Any) -> Tensor:
    """Reverse the order of the columns."""
    return ops.flip(input, axis=1)


def rot90(input: Any, k: int = 1, dims: Sequence[int] = (0, 1)) -> Tensor:
    """Turn by 90 degrees k times, from the first of `dims` towards the second."""
    if len(dims) != 2 or input.ndim < 2:
        raise ValueError(f"rot90: expected two of the dimensions, got {tuple(dims)} for shape {tuple(input.shape)}")
    first, second = places("rot90", dims, input.ndim)
    if k % 2 == 0:
        return ops.flip(input, axis=(first, second) if k % 4 else ())
    y = ops.swapaxes(input, axis1=first, axis2=second)
    return ops.flip(y, axis=first if k % 4 == 1 else second)


@numpy_names
def roll(input: Any, shifts: Any, dims: Any = None) -> Tensor:
    """Shift along `dims`, or over the flattened input; what leaves at one end comes in at the other."""
    if dims is not None and np.size(shifts) != np.size(dims):
        raise ValueError(f"roll: expected a shift for each dimension, got {shifts} for {dims}")
    return ops.roll(input, shift=as_axis(shifts), axis=as_axis(dims))


# NumPy's


@answers(np.apply_along_axis)
def apply_along_axis(func1d: Callable[..., Any], axis: int, arr: Any, *args: Any, **kwargs: Any) -> Any:
    """Call a function on each row along an axis, and put its results in the place of the row."""
    axis %= np.ndim(arr)
    rows = np.moveaxis(arr, axis, -1)
    before = tuple(rows.shape[:-1])
    results = [func1d(row, *args, **kwargs) for row in np.reshape(rows, (-1, rows.shape[-1]))]
    inner = tuple(np.shape(results[0]))
    wide = np.reshape(np.stack(results), before + inner)
    return np.moveaxis(wide, [*range(len(before), wide.ndim)], [*range(axis, axis + len(inner))])


NUMPY.update(
    {
        np.empty_like: np.zeros_like,
        np.full_like: lambda a, fill_value: np.add(np.zeros_like(a), fill_value).astype(a.dtype),
        np.linalg.matrix_transpose: lambda x: np.swapaxes(x, -1, -2),
        np.matrix_transpose: lambda x: np.swapaxes(x, -1, -2),
        np.moveaxis: movedim,
    }
)
