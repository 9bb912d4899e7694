"""Functions that move, join or repeat elements."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from tinygrad_edu import ops
from tinygrad_edu.functions.naming import as_sizes, numpy_names


def reshape(input: Any, *shape: Any) -> Any:
    """Give the elements another shape of the same size; one size may be -1, and is then computed."""
    return ops.reshape(input, shape=as_sizes(shape))


def view(input: Any, *shape: Any) -> Any:
    """Do what `reshape` does. (PyTorch's view raises where a copy is needed; here it is made.)"""
    return ops.reshape(input, shape=as_sizes(shape))


def flatten(input: Any, start_dim: int = 0, end_dim: int = -1) -> Any:
    """Merge the dimensions from `start_dim` to `end_dim` into one."""
    shape = input.shape
    if not shape:
        return ops.reshape(input, shape=(1,))
    start, end = start_dim % len(shape), end_dim % len(shape)
    return ops.reshape(input, shape=(*shape[:start], math.prod(shape[start : end + 1]), *shape[end + 1 :]))


@numpy_names
def squeeze(input: Any, dim: Any = None) -> Any:
    """Remove dimensions of size 1: all, or those in `dim` (others named there are left alone)."""
    if dim is not None:
        dims = dim if isinstance(dim, list | tuple) else (dim,)
        dim = tuple(d for d in dims if input.ndim and input.shape[d] == 1)
    return ops.squeeze(input, axis=dim)


@numpy_names
def unsqueeze(input: Any, dim: int) -> Any:
    """Add a dimension of size 1 at position `dim`."""
    return ops.expand_dims(input, axis=dim)


def transpose(input: Any, dim0: int, dim1: int) -> Any:
    """Swap two dimensions."""
    return ops.swapaxes(input, axis1=dim0, axis2=dim1)


swapaxes = transpose


def permute(input: Any, *dims: Any) -> Any:
    """Put the dimensions in the order `dims`."""
    return ops.transpose(input, axes=as_sizes(dims))


def expand(input: Any, *sizes: Any) -> Any:
    """Repeat dimensions of size 1 up to `sizes`, without a copy; -1 leaves a dimension as it is."""
    wanted = as_sizes(sizes)
    own = (1,) * (len(wanted) - input.ndim) + tuple(input.shape)
    return ops.broadcast_to(input, shape=tuple(o if w == -1 else w for o, w in zip(own, wanted, strict=True)))


def broadcast_to(input: Any, shape: Any) -> Any:
    """Repeat the input to `shape`, by NumPy's rules of broadcasting."""
    return ops.broadcast_to(input, shape=as_sizes((shape,)))


@numpy_names
def cat(tensors: Sequence[Any], dim: int = 0) -> Any:
    """Join tensors along an existing dimension."""
    return ops.concatenate(*tensors, axis=dim)


concatenate = cat


@numpy_names
def stack(tensors: Sequence[Any], dim: int = 0) -> Any:
    """Join tensors of one shape along a new dimension."""
    return ops.stack(*tensors, axis=dim)


def take_along_dim(input: Any, indices: Any, dim: int) -> Any:
    """Read along `dim` at the index that `indices` has for each place."""
    return ops.take_along_axis(input, indices, axis=dim)


def pad(input: Any, pad: Sequence[int], mode: str = "constant", value: float = 0.0) -> Any:
    """Add elements at the borders. `pad` lists (before, after) from the last dimension backwards, as in PyTorch."""
    if len(pad) % 2 or len(pad) > 2 * input.ndim:
        raise ValueError(
            f"pad: expected (before, after) for at most {input.ndim} dimensions, last dimension first, got {pad}"
        )
    pairs = [tuple(pad[i : i + 2]) for i in range(0, len(pad), 2)]
    widths = [(0, 0)] * (input.ndim - len(pairs)) + pairs[::-1]
    return ops.pad(input, pad_width=widths, mode=mode, constant_values=value)


def getitem(input: Any, index: Any) -> Any:
    """Read the elements at `index`: numbers, slices, lists, masks, tensors, as in NumPy."""
    return ops.getitem(input, index=plain_index(index))


def plain_index(index: Any) -> Any:
    """Return an index with tensors and lists in it turned into arrays."""
    parts = index if isinstance(index, tuple) else (index,)
    plain = tuple(_plain_part(part) for part in parts)
    return plain if isinstance(index, tuple) else plain[0]


def _plain_part(part: Any) -> Any:
    if part is None or part is Ellipsis or isinstance(part, int | slice):
        return part
    array = np.asarray(getattr(part, "array", part))
    if array.size == 0 and array.dtype.kind == "f":
        array = array.astype(int)  # an empty list selects nothing
    if array.dtype.kind not in "biu":
        raise IndexError(
            f"getitem: an index is made of integers, slices, masks and arrays of integers, not {array.dtype}; "
            "convert it: index.long()"
        )
    return array
