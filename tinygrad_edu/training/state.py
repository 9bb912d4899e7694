"""What a training is gone on from, in pieces: which of it is looked at, left out, called by a name, loaded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from tinygrad_edu.engine.grad_mode import no_grad
from tinygrad_edu.tensors.tensor import Tensor, wrap
from tinygrad_edu.training.callbacks import Callback
from tinygrad_edu.training.checkpoint import CheckpointError


def are_finite(values: Mapping[str, Any]) -> bool:
    """Tell whether all numbers, in Tensors and beside them, are finite."""
    return all(np.isfinite(getattr(value, "array", value)).all() for value in values.values())


def load_values(tensors: Sequence[Any], values: Sequence[Any]) -> None:
    """Write values into tensors; raise ValueError unless they are as many, and of their shapes."""
    shapes, found = ([tuple(x.shape) for x in many] for many in (tensors, values))
    if shapes != found:
        raise ValueError(f"beside the model, tensors of shapes {shapes} are optimized, and the state has {found}")
    with no_grad():
        for tensor, value in zip(tensors, values, strict=True):
            tensor.copy_(value if isinstance(value, Tensor) else wrap(value))


def cannot_go_on(error: Exception) -> CheckpointError:
    """Return what to raise for a state that cannot be gone on from."""
    reason = " ".join(str(error).split())[:200]
    return CheckpointError(f"training cannot go on from this checkpoint: {type(error).__name__}: {reason}")


def without_functions(state: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out what cannot be saved, such as the functions of a LambdaLR; the schedule keeps its own."""
    return {
        name: value
        for name, value in state.items()
        if not any(map(callable, value if isinstance(value, list | tuple) else [value]))
    }


def named(callbacks: Iterable[Callback]) -> dict[str, Callback]:
    """Call callbacks by the names of their classes; a second one of a class gets a number."""
    found: dict[str, Callback] = {}
    for callback in callbacks:
        name = type(callback).__name__
        found[name if name not in found else f"{name} {len(found)}"] = callback
    return found
