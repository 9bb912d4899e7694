"""Series of different lengths in one tensor: padded to the longest, or packed without padding.

packed = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
outputs, state = nn.LSTM(5, 8)(packed)
y, lengths = pad_packed_sequence(outputs, batch_first=True)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from tinygrad_edu import ops
from tinygrad_edu.engine import dtypes
from tinygrad_edu.engine.dtypes import array_of
from tinygrad_edu.system import devices
from tinygrad_edu.tensors.tensor import Tensor, wrap

__all__ = [
    "PackedSequence", "invert_permutation", "pack_padded_sequence", "pack_sequence", "pad_packed_sequence",
    "pad_sequence", "unpack_sequence", "unpad_sequence",
]  # fmt: skip


class _Packed(NamedTuple):
    data: Tensor
    batch_sizes: Tensor
    sorted_indices: Tensor | None
    unsorted_indices: Tensor | None


def _as(dtype: Any) -> Callable[[PackedSequence], PackedSequence]:
    """Return the method that converts the data to a type."""

    def convert(self: PackedSequence) -> PackedSequence:
        return self.to(dtype)

    convert.__doc__ = f"Return it with its data as {dtype}."
    return convert


class PackedSequence(_Packed):
    """N series, the longest first, without padding: `pack_padded_sequence` and `pack_sequence` make one.

    Parameters:
        data: the rows (Σ Tᵢ, …): those of the first step of all series, then those of the second, and so on.
        batch_sizes: (T), how many series have each of the steps.
        sorted_indices: (N), which of the given series stands at each place; None if they were sorted.
        unsorted_indices: (N), at which place each of the given series stands.
    """

    __slots__ = ()

    def __new__(
        cls,
        data: Tensor,
        batch_sizes: Tensor | None = None,
        sorted_indices: Tensor | None = None,
        unsorted_indices: Tensor | None = None,
    ) -> PackedSequence:
        if batch_sizes is None:
            raise ValueError("PackedSequence: expected batch_sizes; pack_padded_sequence and pack_sequence give them")
        if unsorted_indices is None and sorted_indices is not None:
            unsorted_indices = invert_permutation(sorted_indices)
        return super().__new__(cls, data, batch_sizes, sorted_indices, unsorted_indices)

    def to(self, *args: Any, **kwargs: Any) -> PackedSequence:
        """Return it with its data converted; see `Tensor.to`."""
        return self._replace(data=self.data.to(*args, **kwargs))

    def cpu(self) -> PackedSequence:
        """Return it; it is on the CPU."""
        return self

    half, float, double = _as(dtypes.float16), _as(dtypes.float32), _as(dtypes.float64)
    byte, char, short = _as(dtypes.uint8), _as(dtypes.int8), _as(dtypes.int16)
    int, long = _as(dtypes.int32), _as(dtypes.int64)

    @property
    def is_cuda(self) -> bool:
        """Whether it is on a GPU: no."""
        return False

    @property
    def device(self) -> devices.device:
        """Where the data is: on the CPU."""
        return self.data.device


def invert_permutation(permutation: Tensor | None) -> Tensor | None:
    """Return the order that undoes an order of 0 … N - 1; None for None."""
    return None if permutation is None else wrap(np.argsort(permutation.array))


def pack_padded_sequence(
    input: Any, lengths: Any, batch_first: bool = False, enforce_sorted: bool = True
) -> PackedSequence:
    """Take the padding out of N series (T, N, …), or (N, T, …) with `batch_first`.

    Parameters:
        lengths: (N), how many steps of each count; numbers or a tensor.
        enforce_sorted: the longest come first already; with False they are brought in that order.

    Raises:
        RuntimeError: the lengths are not one for each series, not from 1 to T, or not sorted where they must be.
    """
    sizes = array_of(lengths).astype(np.int64)
    steps, series = input.shape[:2][:: -1 if batch_first else 1]
    if sizes.shape != (series,):
        raise RuntimeError(f"pack_padded_sequence: expected {series} lengths, one for each series, got {sizes.shape}")
    if series and not (sizes.min() >= 1 and sizes.max() <= steps):
        raise RuntimeError(
            f"pack_padded_sequence: expected lengths from 1 to {steps}, got {sizes.min()} to {sizes.max()}"
        )
    if enforce_sorted and (np.diff(sizes) > 0).any():
        raise RuntimeError(
            "pack_padded_sequence: expected the longest series first; pass enforce_sorted=False to have them sorted"
        )
    x = ops.swapaxes(input, axis1=0, axis2=1) if batch_first else input
    order = None
    if not enforce_sorted:
        order = np.argsort(-sizes, kind="stable")
        x, sizes = ops.getitem(x, index=(slice(None), order)), sizes[order]
    there = np.arange(sizes.max(initial=0))[:, None] < sizes  # which series have which step
    data = ops.getitem(ops.getitem(x, index=slice(0, len(there))), index=there)
    return PackedSequence(data, wrap(there.sum(1)), None if order is None else wrap(order))


def pad_packed_sequence(
    sequence: PackedSequence, batch_first: bool = False, padding_value: float = 0.0, total_length: int | None = None
) -> tuple[Tensor, Tensor]:
    """Undo `pack_padded_sequence`: return the padded series (T, N, …), in their first order, and their lengths (N).

    Parameters:
        batch_first: return (N, T, …).
        padding_value: what stands behind the ends.
        total_length: T; the length of the longest if not given.

    Raises:
        ValueError: `total_length` is less than that.
    """
    if not isinstance(sequence, PackedSequence):
        raise TypeError(f"pad_packed_sequence: expected a PackedSequence, got {type(sequence).__name__}")
    batch_sizes = sequence.batch_sizes.array
    steps, series = len(batch_sizes), int(batch_sizes[0])
    if total_length is not None and total_length < steps:
        raise ValueError(f"pad_packed_sequence: expected a total_length of at least {steps}, got {total_length}")
    there = np.arange(series) < np.pad(batch_sizes, (0, (total_length or steps) - steps))[:, None]
    data = sequence.data
    empty = wrap(np.full((*there.shape, *data.shape[1:]), padding_value, data.dtype))
    y, lengths = ops.setitem(empty, data, index=there), there.sum(0)
    if sequence.unsorted_indices is not None:
        order = sequence.unsorted_indices.array
        y, lengths = ops.getitem(y, index=(slice(None), order)), lengths[order]
    return ops.swapaxes(y, axis1=0, axis2=1) if batch_first else y, wrap(lengths)


def pack_sequence(sequences: Sequence[Any], enforce_sorted: bool = True) -> PackedSequence:
    """Pack N series (Tᵢ, …); see `pack_padded_sequence`."""
    lengths = [s.shape[0] for s in sequences]
    return pack_padded_sequence(pad_sequence(sequences), lengths, enforce_sorted=enforce_sorted)


def unpack_sequence(packed_sequences: PackedSequence) -> list[Tensor]:
    """Undo `pack_sequence`: the series, in their first order."""
    return unpad_sequence(*pad_packed_sequence(packed_sequences))


def pad_sequence(
    sequences: Sequence[Any], batch_first: bool = False, padding_value: float = 0.0, padding_side: str = "right"
) -> Any:
    """Lengthen N series (Tᵢ, …) to the longest and stack them: (T, N, …), or (N, T, …) with `batch_first`.

    Parameters:
        padding_value: what is added.
        padding_side: where it is added: "right", at the end, or "left", before the beginning.
    """
    if padding_side not in ("left", "right"):
        raise ValueError(f'pad_sequence: expected padding_side "right" or "left", got {padding_side!r}')
    longest = max((s.shape[0] for s in sequences), default=0)
    rows = []
    for s in sequences:
        missing = longest - s.shape[0]
        width = (0, missing) if padding_side == "right" else (missing, 0)
        rows.append(ops.pad(s, pad_width=[width] + [(0, 0)] * (s.ndim - 1), constant_values=padding_value))
    return ops.stack(*rows, axis=0 if batch_first else 1)


def unpad_sequence(padded_sequences: Any, lengths: Any, batch_first: bool = False) -> list[Any]:
    """Undo `pad_sequence`: the series of the given lengths, (N), without what was added at their ends."""
    rows = padded_sequences if batch_first else ops.swapaxes(padded_sequences, axis1=0, axis2=1)
    return [ops.getitem(rows, index=(i, slice(int(length)))) for i, length in enumerate(lengths)]
