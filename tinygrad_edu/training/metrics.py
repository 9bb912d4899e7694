"""How well a classifier does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from tinygrad_edu.engine.op import Array

BINS = 10


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


def top_k_accuracy(outputs: Any, targets: Any, k: int = 5) -> float:
    """Return the share of rows whose right class has one of the k largest outputs, from 0 to 1.

    Parameters:
        outputs: scores or probabilities (N, K).
        targets: class indices (N).
        k: from 1 to K. Of equal outputs the one of the smaller index comes first.
    """
    outputs, targets = _as_arrays("top_k_accuracy", outputs, targets)
    if not 1 <= k <= outputs.shape[1]:
        raise ValueError(f"top_k_accuracy: expected k from 1 to {outputs.shape[1]}, the number of classes, got {k}")
    first = np.argsort(-outputs, axis=1, kind="stable")[:, :k]
    return float((first == targets[:, None]).any(axis=1).mean()) if len(targets) else float("nan")


def precision(outputs: Any, targets: Any) -> Array:
    """Return for each class how much of what was taken for it is it: float64 (K,); NaN where nothing was.

    Parameters:
        outputs: scores or probabilities (N, K).
        targets: class indices (N).
    """
    confusion = confusion_matrix(outputs, targets)
    return _share(confusion.diagonal(), confusion.sum(axis=0))


def recall(outputs: Any, targets: Any) -> Array:
    """Return for each class how much of it was found: float64 (K,); NaN for a class that does not occur.

    Parameters:
        outputs: scores or probabilities (N, K).
        targets: class indices (N).
    """
    confusion = confusion_matrix(outputs, targets)
    return _share(confusion.diagonal(), confusion.sum(axis=1))


def f1_score(outputs: Any, targets: Any) -> Array:
    """Return for each class the harmonic mean of precision and recall: float64 (K,).

    F1 = 2 · right / (answers + occurrences); NaN for a class that neither occurs nor is an answer.

    Parameters:
        outputs: scores or probabilities (N, K).
        targets: class indices (N).
    """
    confusion = confusion_matrix(outputs, targets)
    return _share(2 * confusion.diagonal(), confusion.sum(axis=0) + confusion.sum(axis=1))


def _share(part: Array, whole: Array) -> Array:
    return np.divide(part, whole, out=np.full(len(whole), np.nan), where=whole > 0)


@dataclass(frozen=True)
class Calibration:
    """How often a network is right when it is so sure, in bins of equal width from 0 to 1.

    Attributes:
        counts: the number of answers in each bin, int64 (B,).
        confidence: how sure it was of them on average; NaN in an empty bin. (B,)
        accuracy: the share of them that was right. (B,)
        error: the expected calibration error, Σ (count / all) · |accuracy - confidence| (Naeini and others, 2015).
    """

    counts: Array
    confidence: Array
    accuracy: Array
    error: float


def calibrate(likely: Any, targets: Any, bins: int = BINS) -> Calibration:
    """Compare how sure a network is with how often it is right.

    Parameters:
        likely: how sure it is of each class, from 0 to 1; (N, K).
        targets: the right classes (N).
        bins: how many bins.
    """
    likely, targets = _as_arrays("calibrate", likely, targets)
    sure, right = likely.max(axis=1).astype(np.float64), likely.argmax(axis=1) == targets
    place = np.minimum((sure * bins).astype(np.int64), bins - 1)
    counts = np.bincount(place, minlength=bins)
    with np.errstate(invalid="ignore"):  # 0 / 0 in an empty bin
        confidence = np.bincount(place, sure, bins) / counts
        accuracy = np.bincount(place, right, bins) / counts
    error = float(np.nansum(counts * np.abs(accuracy - confidence)) / max(1, len(targets)))
    return Calibration(counts, confidence, accuracy, error)


def _as_arrays(name: str, outputs: Any, targets: Any) -> tuple[Array, Array]:
    outputs, targets = (np.asarray(getattr(x, "array", x)) for x in (outputs, targets))
    if outputs.ndim != 2 or targets.shape != outputs.shape[:1]:
        raise ValueError(
            f"{name}: expected outputs (N, K) and class indices (N), got shapes {outputs.shape} and {targets.shape}; "
            "where targets are no classes, give `fit` other metrics, or none: metrics={}"
        )
    return outputs, targets
