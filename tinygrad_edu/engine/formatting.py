"""How a tensor prints: as PyTorch's do."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_edu.engine.dtypes import DEFAULT


def format_tensor(tensor: Any) -> str:
    """Return `tensor([1., 2.], requires_grad=True)`: the values, and what is not the usual about it."""
    array = tensor.array
    head = "Parameter containing:\ntensor(" if type(tensor).__name__ == "Parameter" else "tensor("
    text = np.array2string(
        array, precision=4, separator=", ", prefix="tensor(", threshold=1000, edgeitems=3, max_line_width=80
    )
    words = [text]
    if array.size == 0 and array.ndim > 1:
        words.append(f"size={array.shape}")
    if array.dtype not in (DEFAULT, np.int64, np.bool_):
        words.append(f"dtype={array.dtype}")
    if tensor.node is not None:
        words.append(f"grad_fn=<{tensor.node.op.name}>")
    elif tensor.requires_grad:
        words.append("requires_grad=True")
    return head + ", ".join(words) + ")"
