"""How a tensor prints: as PyTorch's do."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_edu.engine.dtypes import get_default_dtype
from tinygrad_edu.engine.op import Array

options: dict[str, Any] = {"precision": 4, "threshold": 1000, "edgeitems": 3, "linewidth": 80}


def set_printoptions(
    precision: int | None = None,
    threshold: int | None = None,
    edgeitems: int | None = None,
    linewidth: int | None = None,
) -> None:
    """Set how tensors print.

    Parameters:
        precision: digits behind the point (4 at first).
        threshold: how many elements are printed before the middle is left out (1000).
        edgeitems: how many elements stand at each end then (3).
        linewidth: characters in a line (80).
    """
    given = {"precision": precision, "threshold": threshold, "edgeitems": edgeitems, "linewidth": linewidth}
    options.update({name: value for name, value in given.items() if value is not None})


def format_tensor(tensor: Any) -> str:
    """Return `tensor([1., 2.], requires_grad=True)`: the values, and what is not the usual about it."""
    array = tensor.array
    words = [_format_values(array)]
    if array.size == 0 and array.ndim > 1:
        words.append(f"size={array.shape}")
    if array.dtype not in (get_default_dtype(), np.int64, np.bool_):
        words.append(f"dtype={array.dtype}")
    if tensor.node is not None:
        words.append(f"grad_fn=<{tensor.node.op.name}>")
    elif tensor.requires_grad:
        words.append("requires_grad=True")
    head = "Parameter containing:\ntensor(" if type(tensor).__name__ == "Parameter" else "tensor("
    return head + ", ".join(words) + ")"


def _format_values(array: Array) -> str:
    """Print whole floats as `1.`, others with a fixed number of digits, and with exponents where sizes differ much."""
    digits = options["precision"]
    formatter = None
    finite = np.abs(array[np.isfinite(array)]) if array.dtype.kind == "f" else array[:0]
    if finite.size and (finite != np.rint(finite)).any():
        smallest = finite[finite > 0].min()
        scientific = finite.max() > 1000 * smallest or finite.max() > 1e8 or smallest < 1e-4
        formatter = {"float_kind": lambda x: f"{x:.{digits}e}"} if scientific else None
    elif finite.size and finite.max() > 1e8:
        formatter = {"float_kind": lambda x: f"{x:.{digits}e}"}
    whole = not finite.size or not (finite != np.rint(finite)).any()
    return np.array2string(
        array,
        precision=digits,
        floatmode="maxprec" if whole else "fixed",
        separator=", ",
        prefix="tensor(",
        threshold=options["threshold"],
        edgeitems=options["edgeitems"],
        max_line_width=options["linewidth"],
        formatter=formatter,  # type: ignore[arg-type]  # NumPy's own type for it is narrower than its documentation
    )
