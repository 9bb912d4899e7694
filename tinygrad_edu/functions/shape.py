"""Functions that move, join or repeat elements."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from tinygrad_edu import ops
from tinygrad_edu.functions.naming import as_axis, as_sizes, numpy_names

__all__ = [
    "broadcast_to", "cat", "chunk", "concatenate", "expand", "expand_as", "flatten", "flip", "hstack", "meshgrid",
    "movedim", "narrow", "permute", "repeat", "repeat_interleave", "reshape", "roll", "split", "squeeze", "stack",
    "swapaxes", "tile", "transpose", "unbind", "unflatten", "unsqueeze", "view", "view_as", "vstack",
]  # fmt: skip


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
        rank = max(input.ndim, 1)
        wrong = [d for d in dims if not -rank <= d < rank]
        if wrong:
            raise IndexError(
                f"squeeze: expected dim from {-rank} to {rank - 1} for shape {tuple(input.shape)}, got {wrong[0]}; the "
                "first dimension is 0, and -1 is the last"
            )
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
    return ops.concatenate(*_listed("cat", tensors), axis=dim)


concatenate = cat


@numpy_names
def stack(tensors: Sequence[Any], dim: int = 0) -> Any:
    """Join tensors of one shape along a new dimension."""
    return ops.stack(*_listed("stack", tensors), axis=dim)


def _listed(name: str, tensors: Any) -> list[Any]:
    """Return what is to be joined; TypeError or ValueError if it is not a list of something."""
    if hasattr(tensors, "__apply_op__"):
        raise TypeError(f"{name}: expected a list of tensors, got one Tensor; write {name}([a, b], dim=0)")
    listed = list(tensors)
    if not listed:
        raise ValueError(f"{name}: expected at least one tensor, got none; is the list filled before it is joined?")
    return listed


def unflatten(input: Any, dim: int, sizes: Sequence[int]) -> Any:
    """Split one dimension into several of `sizes`; one of them may be -1."""
    shape = tuple(input.shape)
    dim %= len(shape)
    return ops.reshape(input, shape=(*shape[:dim], *sizes, *shape[dim + 1 :]))


def expand_as(input: Any, other: Any) -> Any:
    """Repeat the input to the shape of `other`."""
    return expand(input, *other.shape)


def view_as(input: Any, other: Any) -> Any:
    """Give the input the shape of `other`."""
    return ops.reshape(input, shape=tuple(other.shape))


def repeat(input: Any, *repeats: Any) -> Any:
    """Repeat the whole input so many times along each dimension; more numbers than dimensions add new ones in front."""
    times = as_sizes(repeats)
    own = (1,) * (len(times) - input.ndim) + tuple(input.shape)
    if len(times) < len(own):
        raise ValueError(f"repeat: expected at least {len(own)} numbers, one for each dimension, got {times}; use tile")
    rows = ops.reshape(input, shape=tuple(size for o in own for size in (1, o)))
    wide = ops.broadcast_to(rows, shape=tuple(size for t, o in zip(times, own, strict=True) for size in (t, o)))
    return ops.reshape(wide, shape=tuple(t * o for t, o in zip(times, own, strict=True)))


def tile(input: Any, *dims: Any) -> Any:
    """Do what `repeat` does, with ones for the dimensions in front that are not named."""
    times = as_sizes(dims)
    return repeat(input, (1,) * (input.ndim - len(times)) + times)


def repeat_interleave(input: Any, repeats: Any, dim: int | None = None) -> Any:
    """Repeat each element so many times next to itself, of the flattened input or along `dim`."""
    if dim is None:
        input, dim = ops.reshape(input, shape=(-1,)), 0
    counts = plain_index(repeats)
    index = np.repeat(np.arange(input.shape[dim]), counts)
    return ops.getitem(input, index=(slice(None),) * (dim % input.ndim) + (index,))


def movedim(input: Any, source: Any, destination: Any) -> Any:
    """Move dimensions to new positions; the others keep their order."""
    sources = [d % input.ndim for d in (source if isinstance(source, list | tuple) else (source,))]
    targets = [d % input.ndim for d in (destination if isinstance(destination, list | tuple) else (destination,))]
    order = [d for d in range(input.ndim) if d not in sources]
    for target, moved in sorted(zip(targets, sources, strict=True)):
        order.insert(target, moved)
    return ops.transpose(input, axes=tuple(order))


@numpy_names
def flip(input: Any, dims: Any) -> Any:
    """Reverse the order along `dims`."""
    return ops.flip(input, axis=as_axis(dims))


@numpy_names
def roll(input: Any, shifts: Any, dims: Any = None) -> Any:
    """Shift along `dims`, or over the flattened input; what leaves at one end comes in at the other."""
    return ops.roll(input, shift=as_axis(shifts), axis=as_axis(dims))


def narrow(input: Any, dim: int, start: int, length: int) -> Any:
    """Read `length` slices along `dim`, from `start` on."""
    if not 0 <= start <= start + length <= input.shape[dim]:
        raise IndexError(
            f"narrow: expected a part of dimension {dim}, of size {input.shape[dim]}; got {start} to {start + length}"
        )
    return ops.getitem(input, index=(slice(None),) * (dim % input.ndim) + (slice(start, start + length),))


@numpy_names
def split(tensor: Any, split_size_or_sections: Any, dim: int = 0) -> tuple[Any, ...]:
    """Cut along `dim` into parts of one size (the last may be smaller), or of the sizes listed."""
    total = tensor.shape[dim]
    sizes = split_size_or_sections
    if isinstance(sizes, int):
        if sizes <= 0:
            raise ValueError(f"split: expected a positive size, got {sizes}")
        sizes = [min(sizes, total - start) for start in range(0, total, sizes)] or [0]
    if sum(sizes) != total:
        raise ValueError(
            f"split: the sizes {list(sizes)} add up to {sum(sizes)}, not to {total}, that of dimension {dim}"
        )
    starts = np.cumsum([0, *sizes]).tolist()
    return tuple(narrow(tensor, dim, start, size) for start, size in zip(starts, sizes, strict=False))


@numpy_names
def chunk(input: Any, chunks: int, dim: int = 0) -> tuple[Any, ...]:
    """Cut along `dim` into so many parts, as equal as can be; fewer if the dimension is too small."""
    if chunks < 1:
        raise ValueError(f"chunk: expected at least 1 part, got {chunks}; write chunk(t, 2) for halves")
    return split(input, max(1, -(-input.shape[dim] // chunks)), dim)


@numpy_names
def unbind(input: Any, dim: int = 0) -> tuple[Any, ...]:
    """Cut into the slices along `dim`, and remove that dimension."""
    before = (slice(None),) * (dim % input.ndim)
    return tuple(ops.getitem(input, index=(*before, i)) for i in range(input.shape[dim]))


def hstack(tensors: Sequence[Any]) -> Any:
    """Join side by side: along the second dimension, or the only one."""
    tensors = [t if t.ndim else ops.reshape(t, shape=(1,)) for t in tensors]
    return ops.concatenate(*tensors, axis=0 if tensors[0].ndim == 1 else 1)


def vstack(tensors: Sequence[Any]) -> Any:
    """Join one below the other; a vector is a row."""
    return ops.concatenate(*(t if t.ndim > 1 else ops.reshape(t, shape=(1, -1)) for t in tensors), axis=0)


def meshgrid(*tensors: Any, indexing: str = "ij") -> tuple[Any, ...]:
    """Spread vectors over a grid: the i-th result varies along the i-th dimension (with "xy", the first two swap)."""
    vectors = list(tensors[0] if len(tensors) == 1 and isinstance(tensors[0], list | tuple) else tensors)
    if indexing not in ("ij", "xy"):
        raise ValueError(f"meshgrid: expected indexing='ij' or 'xy', got {indexing!r}")
    swap = indexing == "xy" and len(vectors) > 1
    places = [1, 0, *range(2, len(vectors))] if swap else list(range(len(vectors)))
    sizes = [math.prod(v.shape) for v in vectors]
    shape = tuple(sizes[places[i]] for i in range(len(vectors)))
    grids = []
    for v, place in zip(vectors, places, strict=True):
        row = ops.reshape(v, shape=tuple(-1 if i == place else 1 for i in range(len(vectors))))
        grids.append(ops.broadcast_to(row, shape=shape))
    return tuple(grids)


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
