"""Series of different lengths in one tensor."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tinygrad_edu import ops

__all__ = ["pad_sequence", "unpad_sequence"]


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
