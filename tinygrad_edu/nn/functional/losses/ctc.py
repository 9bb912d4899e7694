"""Connectionist temporal classification: the loss of a series of labels whose places in time are not known."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_edu import ops
from tinygrad_edu.engine.dtypes import array_of
from tinygrad_edu.engine.op import Array
from tinygrad_edu.nn.functional.floats import check_float
from tinygrad_edu.nn.functional.losses.reduction import reduce
from tinygrad_edu.tensors.tensor import Tensor

NAME = "ctc_loss"


def ctc_loss(
    log_probs: Any,
    targets: Any,
    input_lengths: Any,
    target_lengths: Any,
    blank: int = 0,
    reduction: str = "mean",
    zero_infinity: bool = False,
) -> Tensor:
    """Compute -log of the probability that a network's labels spell a target, over all alignments of the two.

    At each step the network gives each label, and a blank, a probability. An alignment chooses one at each step;
    repeats taken once and blanks left out, it spells a text. From Graves, Fernández, Gomez and Schmidhuber:
    Connectionist temporal classification, ICML 2006.

    The gradient is the derivative with respect to these logarithms. (PyTorch's is another, which becomes the same
    before the `log_softmax` that makes them.)

    Parameters:
        log_probs: logarithms of probabilities, such as `log_softmax` gives: (T, N, K), or (T, K) for one example.
        targets: labels (N, S), the first `target_lengths` of which count; or the labels of all examples in one row.
        input_lengths: (N), how many of the T steps count.
        target_lengths: (N), how long the targets are.
        blank: which of the K is the blank.
        reduction: "none", "sum", or "mean", the average over N of the losses divided by their target's length.
        zero_infinity: whether targets that cannot be spelt in so many steps, whose loss is ∞, get the loss and the
            gradient 0.

    Raises:
        TypeError: labels or lengths are not integers.
        ValueError: a shape or length does not fit.
        IndexError: a label or the blank is not among 0 … K - 1, or a label is the blank.
    """
    check_float(NAME, log_probs, "logarithms of probabilities")
    if log_probs.ndim == 2:
        steps, sizes = (_integers(what, x).reshape(-1) for what, x in _lengths(input_lengths, target_lengths))
        losses = ctc_loss(ops.expand_dims(log_probs, axis=1), targets, steps, sizes, blank, reduction, zero_infinity)
        return ops.squeeze(losses, axis=0) if reduction == "none" else losses
    if log_probs.ndim != 3 or 0 in log_probs.shape:
        raise ValueError(f"{NAME}: expected log_probs (T, N, K) or (T, K), not empty, got {tuple(log_probs.shape)}")
    T, N, K = log_probs.shape
    if not 0 <= blank < K:
        raise IndexError(f"{NAME}: expected a blank from 0 to {K - 1}, got {blank}")
    steps, sizes = (_integers(what, x) for what, x in _lengths(input_lengths, target_lengths))
    for what, x, most in (("input_lengths", steps, T), ("target_lengths", sizes, None)):
        if x.shape != (N,):
            raise ValueError(f"{NAME}: expected {N} {what}, one for each example, got shape {x.shape}")
        if x.min() < 0 or (most is not None and x.max() > most):
            raise ValueError(
                f"{NAME}: expected {what} from 0{'' if most is None else f' to {most}'}, got {x.min()} to {x.max()}"
            )
    labels = _labels(_integers("targets", targets), sizes, K, blank)
    losses = ops.ctc_loss(log_probs, labels, steps, sizes, blank=blank)
    if zero_infinity:
        losses = ops.where(np.isinf(losses.array), 0.0, losses)
    if reduction == "mean":
        losses = losses / np.maximum(sizes, 1).astype(losses.dtype)
    return reduce(NAME, losses, reduction)


def _lengths(input_lengths: Any, target_lengths: Any) -> tuple[tuple[str, Any], tuple[str, Any]]:
    return ("input_lengths", input_lengths), ("target_lengths", target_lengths)


def _integers(what: str, values: Any) -> Array:
    array = array_of(values)
    if array.size and array.dtype.kind not in "iu":
        raise TypeError(f"{NAME}: expected integers as {what}, got {array.dtype}; write {what}.long()")
    return array.astype(np.int64)


def _labels(targets: Array, sizes: Array, K: int, blank: int) -> Array:
    """Return the targets as rows (N, S), the blank where they have ended."""
    counts = np.arange(sizes.max()) < sizes[:, None]
    if targets.ndim == 1:
        if len(targets) != sizes.sum():
            raise ValueError(f"{NAME}: expected {sizes.sum()} labels, the sum of target_lengths, got {len(targets)}")
        places = np.cumsum(counts).reshape(counts.shape) - 1
        found = targets[np.maximum(places, 0)] if len(targets) else blank
    else:
        if targets.ndim != 2 or len(targets) != len(sizes) or targets.shape[1] < sizes.max():
            raise ValueError(
                f"{NAME}: expected targets ({len(sizes)}, {sizes.max()} or more), or all in one row, got shape "
                f"{targets.shape}"
            )
        found = targets[:, : sizes.max()]
    rows = np.where(counts, found, blank)
    wrong = np.logical_and(counts, (rows < 0) | (rows >= K) | (rows == blank))
    if wrong.any():
        first = np.where(wrong, rows, np.iinfo(np.int64).max).min()
        raise IndexError(f"{NAME}: expected labels from 0 to {K - 1} that are not the blank, {blank}; got {first}")
    return rows
