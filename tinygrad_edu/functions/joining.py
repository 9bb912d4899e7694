"""Joining, repeating and cutting along a dimension."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_edu import ops
from tinygrad_edu.engine.op import NUMPY
from tinygrad_edu.functions.arguments import along, as_sizes, numpy_names, places, plain_index
from tinygrad_edu.functions.indexing import narrow, numpy_take
from tinygrad_edu.functions.numpy_protocol import answers
from tinygrad_edu.functions.shape import atleast_1d, atleast_2d, atleast_3d, ravel

if TYPE_CHECKING:
    from tinygrad_edu.tensors.tensor import Tensor

__all__ = [
    "block_diag", "cartesian_prod", "cat", "chunk", "column_stack", "concat", "concatenate", "dstack", "hstack",
    "meshgrid", "repeat", "repeat_interleave", "row_stack", "split", "stack", "tensor_split", "tile", "unbind",
    "vstack",
]  # fmt: skip


@numpy_names
def cat(tensors: Sequence[Any], dim: int = 0) -> Tensor:
    """Join tensors along an existing dimension. One of shape (0,), as `tensor([])` is, may stand beside any others."""
    parts = _listed("cat", tensors)
    if wide := next((tuple(x.shape) for x in parts if np.ndim(x) > 1), None):
        nothing = tuple(0 if i in places("cat", dim, len(wide)) else size for i, size in enumerate(wide))
        parts = [ops.reshape(x, shape=nothing) if np.shape(x) == (0,) else x for x in parts]
    return ops.concatenate(*parts, axis=dim)


concatenate = concat = cat


@numpy_names
def stack(tensors: Sequence[Any], dim: int = 0) -> Tensor:
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


@answers(np.hstack)
def hstack(tensors: Sequence[Any]) -> Tensor:
    """Join side by side: along the second dimension, or the only one."""
    parts = atleast_1d(list(tensors))
    return cat(parts, 0 if np.ndim(parts[0]) == 1 else 1)


@answers(np.vstack)
def vstack(tensors: Sequence[Any]) -> Tensor:
    """Join one below the other; a vector is a row."""
    return cat(atleast_2d(list(tensors)))


row_stack = vstack


@answers(np.column_stack)
def column_stack(tensors: Sequence[Any]) -> Tensor:
    """Join side by side; vectors are columns."""
    return cat([x if np.ndim(x) > 1 else np.reshape(x, (-1, 1)) for x in tensors], 1)


@answers(np.dstack)
def dstack(tensors: Sequence[Any]) -> Tensor:
    """Join along the third dimension."""
    return cat(atleast_3d(list(tensors)), 2)


def block_diag(*tensors: Any) -> Tensor:
    """Put matrices along the diagonal of one, with zeros around them."""
    blocks = [atleast_2d(x) for x in tensors]
    width, left, rows = sum(x.shape[1] for x in blocks), 0, []
    for x in blocks:
        rows.append(ops.pad(x, pad_width=((0, 0), (left, width - left - x.shape[1]))))
        left += x.shape[1]
    return ops.concatenate(*rows, axis=0)


# Repeating


def repeat(input: Any, *repeats: Any) -> Tensor:
    """Repeat the whole input so many times along each dimension; more numbers than dimensions add new ones in front."""
    times = as_sizes(repeats)
    own = (1,) * (len(times) - input.ndim) + tuple(input.shape)
    if len(times) < len(own):
        raise ValueError(f"repeat: expected at least {len(own)} numbers, one for each dimension, got {times}; use tile")
    rows = ops.reshape(input, shape=tuple(size for o in own for size in (1, o)))
    wide = ops.broadcast_to(rows, shape=tuple(size for t, o in zip(times, own, strict=True) for size in (t, o)))
    return ops.reshape(ops.clone(wide), shape=tuple(t * o for t, o in zip(times, own, strict=True)))


def tile(input: Any, *dims: Any) -> Tensor:
    """Do what `repeat` does, with ones for the dimensions in front that are not named."""
    times = as_sizes(dims)
    return repeat(input, (1,) * (input.ndim - len(times)) + times)


@answers(np.repeat)
@numpy_names
def repeat_interleave(input: Any, repeats: Any, dim: int | None = None, *, output_size: int | None = None) -> Tensor:
    """Repeat each element so many times next to itself, of the flattened input or along `dim`.

    `output_size` is the sum of the repeats; it is checked, and makes nothing faster here.
    """
    if dim is None:
        input, dim = ops.reshape(input, shape=(-1,)), 0
    counts = plain_index(repeats)
    index = np.repeat(np.arange(input.shape[dim]), counts)
    if output_size is not None and len(index) != output_size:
        raise ValueError(f"repeat_interleave: the repeats add up to {len(index)}, not to output_size={output_size}")
    return ops.getitem(input, index=along(input, dim, index))


def meshgrid(*tensors: Any, indexing: str = "ij") -> tuple[Tensor, ...]:
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


def cartesian_prod(*tensors: Any) -> Tensor:
    """Combine each element of one row with each of the others: rows of one element each, (product of sizes, count)."""
    grid = meshgrid(*tensors)
    return ravel(grid[0]) if len(tensors) == 1 else ops.stack(*(ravel(x) for x in grid), axis=1)


# Cutting


@numpy_names
def split(tensor: Any, split_size_or_sections: Any, dim: int = 0) -> tuple[Tensor, ...]:
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
def chunk(input: Any, chunks: int, dim: int = 0) -> tuple[Tensor, ...]:
    """Cut along `dim` into so many parts, as equal as can be; fewer if the dimension is too small."""
    if chunks < 1:
        raise ValueError(f"chunk: expected at least 1 part, got {chunks}; write chunk(t, 2) for halves")
    if not input.shape[dim]:
        return tuple(narrow(input, dim, 0, 0) for _ in range(chunks))
    return split(input, -(-input.shape[dim] // chunks), dim)


@numpy_names
def unbind(input: Any, dim: int = 0) -> tuple[Tensor, ...]:
    """Cut into the slices along `dim`, and remove that dimension."""
    if not input.ndim:
        raise ValueError("unbind: expected at least one dimension, got a single number; write [x] for a list of it")
    (dim,) = places("unbind", dim, input.ndim)
    return tuple(ops.getitem(input, index=along(input, dim, i)) for i in range(input.shape[dim]))


@numpy_names
def tensor_split(input: Any, indices_or_sections: Any, dim: int = 0) -> tuple[Tensor, ...]:
    """Cut along `dim` into so many parts, as equal as can be, or before the indices given."""
    if not input.ndim:
        raise ValueError("tensor_split: expected at least one dimension, got a single number")
    (dim,) = places("tensor_split", dim, input.ndim)
    size, cuts = input.shape[dim], indices_or_sections
    cuts = cuts.tolist() if hasattr(cuts, "tolist") else cuts
    if isinstance(cuts, int):
        if cuts < 1:
            raise ValueError(f"tensor_split: expected at least 1 part, got {cuts}")
        small, more = divmod(size, cuts)
        cuts = list(itertools.accumulate([small + 1] * more + [small] * (cuts - more)))[:-1]
    bounds = [0, *(min(max(c + size if c < 0 else c, 0), size) for c in cuts), size]
    return tuple(ops.getitem(input, index=along(input, dim, slice(a, b))) for a, b in itertools.pairwise(bounds))


# NumPy's


@answers(np.append)
def append(arr: Any, values: Any, axis: int | None = None) -> Any:
    """Join values at the end, along an axis or flattened."""
    if axis is None:
        arr, values, axis = np.ravel(arr), np.ravel(values), 0
    return np.concatenate([arr, values], axis=axis)


@answers(np.insert)
def insert(arr: Any, obj: Any, values: Any, axis: int | None = None) -> Any:
    """Insert values before the positions `obj` of the flattened array."""
    if axis is not None and np.ndim(arr) > 1:
        raise ValueError("np.insert: on Tensors only axis=None is there; cut with a slice and use np.concatenate")
    arr, values = np.ravel(arr), np.ravel(values)
    order = np.insert(np.arange(np.size(arr)), obj, np.size(arr) + np.arange(np.size(values)))
    return numpy_take(np.concatenate([arr, values]), order)


@answers(np.block)
def block(arrays: Any) -> Any:
    """Build a matrix from nested lists of its blocks: the innermost lists are joined along the last dimension."""

    def depth(x: Any) -> int:
        return 1 + depth(x[0]) if isinstance(x, list) else 0

    def build(x: Any) -> Any:
        return np.concatenate([build(part) for part in x], axis=-depth(x)) if isinstance(x, list) else wide(x)

    def wide(x: Any) -> Any:
        return np.reshape(x, (1,) * (dims - np.ndim(x)) + tuple(np.shape(x)))

    def widest(x: Any) -> int:
        return max(widest(part) for part in x) if isinstance(x, list) else np.ndim(x)

    dims = max(depth(arrays), widest(arrays))
    return build(arrays)


def _in_equal_parts(ary: Any, indices_or_sections: Any, axis: int = 0) -> list[Any]:
    """Cut into equal parts, or at the indices given."""
    if isinstance(indices_or_sections, int) and ary.shape[axis] % indices_or_sections:
        raise ValueError(f"split: {ary.shape[axis]} elements do not make {indices_or_sections} equal parts")
    return list(tensor_split(ary, indices_or_sections, axis))


NUMPY.update(
    {
        np.array_split: lambda ary, indices_or_sections, axis=0: list(tensor_split(ary, indices_or_sections, axis)),
        np.dsplit: lambda ary, indices_or_sections: _in_equal_parts(ary, indices_or_sections, 2),
        np.hsplit: lambda ary, indices_or_sections: _in_equal_parts(ary, indices_or_sections, 1 if ary.ndim > 1 else 0),
        np.meshgrid: lambda *xi, indexing="xy": list(meshgrid(*(np.ravel(x) for x in xi), indexing=indexing)),
        np.split: _in_equal_parts,
        np.tile: lambda A, reps: tile(A, reps),
        np.unstack: lambda x, /, *, axis=0: unbind(x, axis),
        np.vsplit: lambda ary, indices_or_sections: _in_equal_parts(ary, indices_or_sections, 0),
    }
)
