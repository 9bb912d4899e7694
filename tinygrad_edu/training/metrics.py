"""How well a classifier does."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_edu.engine.op import Array


def accuracy(outputs: Any, targets: Any) -> float:
    """Return the share of rows whose largest output is that of the right class, from 0 to 1.

    Parameters:
        outputs: scores or probabilities (N, K).
        targets: class indices (N).
    """
    outputs, targets = _as_arrays("accuracy", outputs, targets)
    return float(np.mean(outputs.argmax(axis=1) == targets)) if len(targets) else float("nan")


def confusion_matrix(outputs: Any, targets: Any) -> Array:
    """Count for each right class (row) how often each class (column) was the answer: int64 (K, K).

    Parameters:
        outputs: scores or probabilities (N, K).
        targets: class indices (N).
    """
    outputs, targets = _as_arrays("confusion_matrix", outputs, targets)
    classes = outputs.shape[1]
    return np.bincount(targets * classes + outputs.argmax(axis=1), minlength=classes**2).reshape(classes, classes)


def _as_arrays(name: str, outputs: Any, targets: Any) -> tuple[Array, Array]:
    outputs, targets = (np.asarray(getattr(x, "array", x)) for x in (outputs, targets))
    if outputs.ndim != 2 or targets.shape != outputs.shape[:1]:
        raise ValueError(
            f"{name}: expected outputs (N, K) and class indices (N), got shapes {outputs.shape} and {targets.shape}"
        )
    return outputs, targets
