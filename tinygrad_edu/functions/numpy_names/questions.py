"""Questions about Tensors whose answers, plain arrays and numbers, carry no gradient: positions, truths, sizes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tinygrad_edu.engine.op import NUMPY
from tinygrad_edu.functions import pointwise


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

NUMPY[np.allclose] = pointwise.allclose
NUMPY[np.count_nonzero] = pointwise.count_nonzero
