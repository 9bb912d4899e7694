"""Finding and counting: positions, different values, histograms. The answers carry no gradient."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_edu import ops
from tinygrad_edu.engine.dtypes import array_of
from tinygrad_edu.engine.op import NUMPY, Array
from tinygrad_edu.functions.arguments import counted, like, numpy_names
from tinygrad_edu.functions.indexing import numpy_take
from tinygrad_edu.functions.numpy_protocol import answers

if TYPE_CHECKING:
    from tinygrad_edu.tensors.tensor import Tensor

__all__ = [
    "argwhere", "bincount", "bucketize", "histc", "isin", "nonzero", "searchsorted", "unique", "unique_consecutive",
]  # fmt: skip


def nonzero(input: Any, *, as_tuple: bool = False) -> Any:
    """Find the elements that are not 0: their n indices as rows (n, dimensions), or a tuple of one row for each."""
    found = np.nonzero(np.atleast_1d(array_of(input)))
    if as_tuple:
        return tuple(like(input, row) for row in found)
    return like(input, np.stack(found[: input.ndim], axis=1) if input.ndim else np.empty((len(found[0]), 0), int))


def argwhere(input: Any) -> Tensor:
    """Find the elements that are not 0; the same as `nonzero`."""
    return nonzero(input)


@numpy_names
def unique(
    input: Any, sorted: bool = True, return_inverse: bool = False, return_counts: bool = False, dim: int | None = None
) -> Any:
    """Collect the different elements, or slices along `dim`, in order.

    Parameters:
        sorted: they always are.
        return_inverse: also return where in the answer each element of the input is.
        return_counts: also return how often each occurs.
    """
    array = array_of(input)
    values, inverse, counts = np.unique(array, return_inverse=True, return_counts=True, axis=dim, equal_nan=False)
    inverse = inverse.reshape(array.shape if dim is None else (-1,))
    return _chosen(input, values, inverse, counts, return_inverse, return_counts)


@numpy_names
def unique_consecutive(
    input: Any, return_inverse: bool = False, return_counts: bool = False, dim: int | None = None
) -> Any:
    """Leave one of each group of equal neighbours: elements of the flattened input, or slices along `dim`.

    Parameters as for `unique`.
    """
    array = array_of(input)
    axis = 0 if dim is None else counted(dim, array.ndim)
    row = array.reshape(-1) if dim is None else np.moveaxis(np.atleast_1d(array), axis, 0)
    is_new = (row[1:] != row[:-1]).any(axis=tuple(range(1, row.ndim)))
    is_first = np.concatenate([np.ones(min(len(row), 1), bool), is_new])
    inverse = np.cumsum(is_first) - 1
    counts = np.bincount(inverse, minlength=int(is_first.sum()))
    inverse = inverse.reshape(array.shape if dim is None else -1)
    return _chosen(input, np.moveaxis(row[is_first], 0, axis), inverse, counts, return_inverse, return_counts)


def _chosen(input: Any, values: Array, inverse: Array, counts: Array, with_inverse: bool, with_counts: bool) -> Any:
    chosen = [values, *([inverse] if with_inverse else []), *([counts] if with_counts else [])]
    answers = tuple(like(input, array) for array in chosen)
    return answers if len(answers) > 1 else answers[0]


def bincount(input: Any, weights: Any = None, minlength: int = 0) -> Tensor:
    """Count how often each number from 0 on occurs, or add up the weights where it does, as float64 or float32."""
    numbers = array_of(input)
    if numbers.ndim != 1 or numbers.dtype.kind not in "iu" or (numbers < 0).any():
        raise ValueError(
            f"bincount: expected a row of whole numbers from 0 on, got shape {numbers.shape} {numbers.dtype}"
        )
    if weights is None:
        return like(input, np.bincount(numbers, minlength=minlength))
    given = array_of(weights)
    if given.shape != numbers.shape:
        raise ValueError(f"bincount: expected a weight for each number, {numbers.shape}, got {given.shape}")
    total = np.bincount(numbers, given, minlength)
    return like(input, total.astype(np.float32) if given.dtype == np.float32 else total)


def histc(input: Any, bins: int = 100, min: float = 0, max: float = 0) -> Tensor:
    """Count the elements in each of `bins` equal parts of [min, max]; of their own range if the two are equal."""
    array = array_of(input)
    low, high = (float(array.min()), float(array.max())) if min == max and array.size else (min, max)
    if low == high:
        low, high = low - 1, high + 1
    return like(input, np.histogram(array, bins, (low, high))[0].astype(array.dtype))


def searchsorted(
    sorted_sequence: Any,
    input: Any,
    *,
    out_int32: bool = False,
    right: bool = False,
    side: str | None = None,
    sorter: Any = None,
) -> Tensor:
    """Find where each number would be inserted into a sorted row to keep it sorted.

    Parameters:
        sorted_sequence: (n), or rows (…, n) for an input (…, m): a row for each.
        out_int32: whether to answer with int32 rather than int64.
        right: whether to go behind equal numbers rather than before them.
        side: "left" or "right", another way to say it.
        sorter: the order, from `argsort`, that sorts a `sorted_sequence` that is not sorted.
    """
    rows, numbers = array_of(sorted_sequence), array_of(input)
    if side not in (None, "left", "right") or (right and side == "left"):
        raise ValueError(f"searchsorted: expected side to be 'left' or 'right', as right={right} has it, got {side!r}")
    where: Any = "right" if right or side == "right" else "left"
    if rows.ndim == 0 or (rows.ndim > 1 and rows.shape[:-1] != numbers.shape[:-1]):
        raise ValueError(f"searchsorted: expected as many rows as in {rows.shape}, got an input {numbers.shape}")
    if sorter is not None:
        order = array_of(sorter)
        if order.shape != rows.shape or order.dtype != np.int64:
            raise ValueError(
                f"searchsorted: expected a sorter of int64 and shape {rows.shape}, as argsort gives it, got "
                f"{order.dtype} and {order.shape}"
            )
        rows = np.take_along_axis(rows, order, axis=-1)
    if rows.ndim == 1:
        places = np.asanyarray(np.searchsorted(rows, numbers, where))
    else:
        found = [np.searchsorted(rows[row], numbers[row], where) for row in np.ndindex(rows.shape[:-1])]
        places = np.reshape(np.stack(found), numbers.shape) if found else np.zeros(numbers.shape, np.int64)
    asked = input if hasattr(input, "plain") else sorted_sequence
    return like(asked, places.astype(np.int32) if out_int32 else places)


def bucketize(input: Any, boundaries: Any, *, out_int32: bool = False, right: bool = False) -> Tensor:
    """Find between which of the sorted boundaries each number lies. See `searchsorted`."""
    return searchsorted(boundaries, input, out_int32=out_int32, right=right)


def isin(elements: Any, test_elements: Any, *, invert: bool = False) -> Tensor:
    """Tell of each element whether it is among `test_elements`, or is not, with `invert`."""
    asked = elements if hasattr(elements, "plain") else test_elements
    return like(asked, np.asanyarray(np.isin(array_of(elements), array_of(test_elements), invert=invert)))


# NumPy's. Values that are kept, and weights that are added up, have a gradient; positions are plain arrays


@answers(np.unique)
def numpy_unique(ar: Any, return_index: bool = False, return_inverse: bool = False, return_counts: bool = False) -> Any:
    """Sort, and keep one of equal elements: the first of them, which has the gradient."""
    find: Any = np.unique
    _, index, *rest = find(ar.array, True, return_inverse, return_counts)
    values = numpy_take(ar, index)
    answer = (values, *((index,) if return_index else ()), *rest)
    return answer if len(answer) > 1 else values


@answers(np.bincount)
def numpy_bincount(x: Any, /, weights: Any = None, minlength: int = 0) -> Any:
    """Count each number from 0 on, or add up its weights."""
    places = array_of(x)
    size = max(minlength, int(places.max(initial=-1)) + 1)
    return np.bincount(places, minlength=size) if weights is None else ops.put(weights, index=places, shape=(size,))


def plain(x: Any) -> Any:
    """Replace each Tensor in nested lists and tuples by its array."""
    if isinstance(x, list | tuple):
        return type(x)(plain(part) for part in x)
    return getattr(x, "array", x)


def ask(question: Callable[..., Any]) -> Callable[..., Any]:
    """Return what puts a question of NumPy's to Tensors' arrays."""

    def answer(*args: Any, **kwargs: Any) -> Any:
        return question(*plain(args), **{name: plain(x) for name, x in kwargs.items()})

    return answer


for question in (
    np.argpartition, np.argwhere, np.array_equal, np.array_equiv, np.can_cast, np.diag_indices_from, np.digitize,
    np.flatnonzero, np.iscomplexobj, np.isin, np.isneginf, np.isposinf, np.isrealobj, np.lexsort,
    np.linalg.matrix_rank, np.may_share_memory, np.nanargmax, np.nanargmin, np.ndim, np.nonzero, np.result_type,
    np.searchsorted, np.shape, np.shares_memory, np.signbit, np.size, np.tril_indices_from, np.triu_indices_from,
    np.unravel_index,
):  # fmt: skip
    NUMPY[question] = ask(question)
