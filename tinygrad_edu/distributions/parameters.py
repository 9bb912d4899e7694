"""The forms in which parameters come: numbers beside tensors, and probabilities or their logits."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_edu.engine.dtypes import is_float, of_result
from tinygrad_edu.functions.shape import broadcast_tensors
from tinygrad_edu.tensors.tensor import Tensor, wrap


def as_floats(name: str, value: Any, dtype: Any = None) -> Tensor:
    """Return a number, an array or a tensor as a tensor of floats: of its own type, else of `dtype`, else the default.

    Raises:
        ValueError: it is something else.
    """
    if not isinstance(value, Tensor | np.ndarray | np.number | float | int):
        raise ValueError(
            f"{name}: expected parameters that are numbers or tensors, got {type(value).__name__}; write tensor(…)"
        )
    if not hasattr(value, "dtype") or not is_float(value.dtype):
        dtype = of_result(()) if dtype is None else dtype
        return value.to(dtype) if isinstance(value, Tensor) else wrap(np.asarray(value, dtype))
    return value if isinstance(value, Tensor) else wrap(np.asarray(value))


def broadcast_floats(name: str, *values: Any) -> tuple[Tensor, ...]:
    """Return parameters as tensors of floats of one shape; numbers take the type of the tensors among them."""
    dtype = of_result(values)
    return broadcast_tensors(*(as_floats(name, value, dtype) for value in values))


def only_one(name: str, probs: Any, logits: Any) -> None:
    """Raise ValueError unless one of both forms is given."""
    if (probs is None) == (logits is None):
        raise ValueError(f"{name}: expected either probs or logits, but not both")


def limited(probs: Tensor) -> Tensor:
    """Keep probabilities away from 0 and 1 by the precision of their type, so that their logarithms are finite."""
    eps = float(np.finfo(probs.dtype).eps)
    return probs.clamp(eps, 1 - eps)
