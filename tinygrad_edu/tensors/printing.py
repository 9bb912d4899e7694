"""How a tensor prints: as PyTorch's do."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_edu.engine.dtypes import get_default_dtype
from tinygrad_edu.engine.op import Array

options: dict[str, Any] = {"precision": 4, "threshold": 1000, "edgeitems": 3, "linewidth": 80, "sci_mode": None}


def set_printoptions(
    precision: int | None = None,
    threshold: int | None = None,
    edgeitems: int | None = None,
    linewidth: int | None = None,
    *,
    sci_mode: bool | None = None,
) -> None:
    """Set how tensors print.

    Parameters:
        precision: digits behind the point (4 at first).
        threshold: how many elements are printed before the middle is left out (1000).
        edgeitems: how many elements stand at each end then (3).
        linewidth: characters in a line (80).
        sci_mode: whether floats are printed with exponents; at first, and if not given, their sizes decide.
    """
    given = {"precision": precision, "threshold": threshold, "edgeitems": edgeitems, "linewidth": linewidth}
    options.update({name: value for name, value in given.items() if value is not None}, sci_mode=sci_mode)


def format_tensor(tensor: Any) -> str:
    """Return `tensor([1., 2.], requires_grad=True)`: the values, and what is not the usual about it."""
    array = np.asarray(tensor.array)  # a plain one also while a step is traced, of which printing is no part
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
    finite = np.abs(array[np.isfinite(array)].astype(np.float64)) if array.dtype.kind == "f" else np.empty(0)
    whole = bool((finite == np.rint(finite)).all())
    scientific = False
    if finite.size:
        smallest = finite[finite > 0].min(initial=np.inf)
        wide = not whole and (finite.max() > 1000 * smallest or smallest < 1e-4)
        scientific = finite.max() > 1e8 or wide if options["sci_mode"] is None else options["sci_mode"]
    width = len("True") if array.all() else len("False")
    formatter: dict[str, Any] = {"bool": lambda x: f"{x!s:>{width}}"}
    if scientific or not finite.size:
        formatter["float_kind"] = (lambda x: f"{x:.{digits}e}") if finite.size else str
    return np.array2string(
        array,
        precision=digits,
        floatmode="maxprec" if whole else "fixed",
        separator=", ",
        prefix="tensor(",
        suppress_small=options["sci_mode"] is False,
        threshold=options["threshold"],
        edgeitems=options["edgeitems"],
        max_line_width=options["linewidth"],
        formatter=formatter,  # type: ignore[arg-type]  # NumPy's own type for it is narrower than its documentation
    )
