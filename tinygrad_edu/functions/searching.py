"""Finding and counting: positions, different values, histograms. The answers carry no gradient."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tinygrad_edu import ops
from tinygrad_edu.engine.op import NUMPY, Array
from tinygrad_edu.functions.arguments import numpy_names
from tinygrad_edu.functions.indexing import numpy_take
from tinygrad_edu.functions.numpy_protocol import answers

__all__ = [
    "argwhere", "bincount", "bucketize", "histc", "isin", "nonzero", "searchsorted", "unique", "unique_consecutive",
]  # fmt: skip


def _plain(x: Any) -> Array:
    return np.asarray(getattr(x, "array", x))


def _answer(asked: Any, array: Array) -> Any:
    """Return what was found out about a tensor as a tensor, about an array as an array."""
    return asked.new_tensor(array, dtype=array.dtype) if hasattr(asked, "new_tensor") else array


def nonzero(input: Any, *, as_tuple: bool = False) -> Any:
    """Find the elements that are not 0: their n indices as rows (n, dimensions), or a tuple of one row for each."""
    found = np.nonzero(np.atleast_1d(_plain(input)))
    if as_tuple:
        return tuple(_answer(input, row) for row in found)
    return _answer(input, np.stack(found[: input.ndim], axis=1) if input.ndim else np.empty((len(found[0]), 0), int))


def argwhere(input: Any) -> Any:
    """Find the elements that are not 0; the same as `nonzero`."""
    return nonzero(input)


@numpy_names
def unique(
    input: Any,
    sorted: bool = True,
    return_inverse: bool = False,
    return_counts: bool = False,
    dim: int | None = None,
) -> Any:
    """Collect the different elements, or slices along `dim`, in order.

    Parameters:
        sorted: they always are.
        return_inverse: also return where in the answer each element of the input is.
        return_counts: also return how often each occurs.
    """
    array = _plain(input)
    values, inverse, counts = np.unique(array, return_inverse=True, return_counts=True, axis=dim)
    inverse = inverse.reshape(array.shape if dim is None else (-1,))
    return _chosen(input, values, inverse, counts, return_inverse, return_counts)


def unique_consecutive(input: Any, return_inverse: bool = False, return_counts: bool = False) -> Any:
    """Leave one of each group of equal neighbours of the flattened input. Parameters as for `unique`."""
    array = _plain(input)
    row = array.reshape(-1)
    is_first = np.concatenate([np.ones(min(len(row), 1), bool), row[1:] != row[:-1]])
    inverse = np.cumsum(is_first) - 1
    counts = np.bincount(inverse, minlength=int(is_first.sum()))
    return _chosen(input, row[is_first], inverse.reshape(array.shape), counts, return_inverse, return_counts)


def _chosen(input: Any, values: Array, inverse: Array, counts: Array, with_inverse: bool, with_counts: bool) -> Any:
    chosen = [values, *([inverse] if with_inverse else []), *([counts] if with_counts else [])]
    answers = tuple(_answer(input, array) for array in chosen)
    return answers if len(answers) > 1 else answers[0]


def bincount(input: Any, weights: Any = None, minlength: int = 0) -> Any:
    """Count how often each number from 0 on occurs, or add up the weights where it does."""
    numbers = _plain(input)
    if numbers.ndim != 1 or numbers.dtype.kind not in "iu" or (numbers < 0).any():
        raise ValueError(
            f"bincount: expected a row of whole numbers from 0 on, got shape {numbers.shape} {numbers.dtype}"
        )
    if weights is None:
        return _answer(input, np.bincount(numbers, minlength=minlength))
    given = _plain(weights)
    return _answer(input, np.bincount(numbers, given, minlength).astype(given.dtype))


def histc(input: Any, bins: int = 100, min: float = 0, max: float = 0) -> Any:
    """Count the elements in each of `bins` equal parts of [min, max]; of their own range if the two are equal."""
    array = _plain(input)
    low, high = (float(array.min()), float(array.max())) if min == max and array.size else (min, max)
    if low == high:
        low, high = low - 1, high + 1
    return _answer(input, np.histogram(array, bins, (low, high))[0].astype(array.dtype))


def searchsorted(sorted_sequence: Any, input: Any, *, right: bool = False, side: str | None = None) -> Any:
    """Find where each number would be inserted into a sorted row to keep it sorted.

    Parameters:
        sorted_sequence: (n), or rows (…, n) for an input (…, m): a row for each.
        right: whether to go behind equal numbers rather than before them.
        side: "left" or "right", another way to say it.
    """
    rows, numbers = _plain(sorted_sequence), _plain(input)
    where: Any = "right" if right or side == "right" else "left"
    asked = input if hasattr(input, "new_tensor") else sorted_sequence
    if rows.ndim == 1:
        return _answer(asked, np.asarray(np.searchsorted(rows, numbers, where)))
    if rows.shape[:-1] != numbers.shape[:-1]:
        raise ValueError(f"searchsorted: expected as many rows as in {rows.shape}, got an input {numbers.shape}")
    pairs = zip(rows.reshape(-1, rows.shape[-1]), numbers.reshape(-1, numbers.shape[-1]), strict=True)
    return _answer(asked, np.array([np.searchsorted(row, n, where) for row, n in pairs]).reshape(numbers.shape))


def bucketize(input: Any, boundaries: Any, *, right: bool = False) -> Any:
    """Find between which of the sorted boundaries each number lies. See `searchsorted`."""
    return searchsorted(boundaries, input, right=right)


def isin(elements: Any, test_elements: Any, *, invert: bool = False) -> Any:
    """Tell of each element whether it is among `test_elements`, or is not, with `invert`."""
    asked = elements if hasattr(elements, "new_tensor") else test_elements
    return _answer(asked, np.asarray(np.isin(_plain(elements), _plain(test_elements), invert=invert)))


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
    places = np.asarray(getattr(x, "array", x))
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
