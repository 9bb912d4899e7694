"""Cross entropies: of scores with classes, and of probabilities with probabilities.

Scores have shape (N, K), or (K) for one example, or (N, K, d₁, …) for one decision at each place.
A target names a class index for each, and so has the same shape without K; or it gives a
probability for each class, and so has the shape of the scores.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_edu import ops
from tinygrad_edu.engine.dtypes import array_of
from tinygrad_edu.engine.op import Array
from tinygrad_edu.nn.functional.floats import check_float
from tinygrad_edu.nn.functional.losses.reduction import check_same_shape, constant, reduce, takes_old_reduction
from tinygrad_edu.tensors.tensor import Tensor


@takes_old_reduction
def cross_entropy(
    input: Any,
    target: Any,
    weight: Any = None,
    *,
    ignore_index: int = -100,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Tensor:
    """Compute the cross entropy of softmax(input) with the target: -log softmax(input)[target].

    With class probabilities q it is -Σₖ qₖ log softmax(input)ₖ. Label smoothing s replaces the target
    by (1 - s) · target + s / K. A class weight w multiplies the term of its class.

    Parameters:
        input: scores, not probabilities (they are often called logits): (N, K), (K) or (N, K, d₁, …).
        target: class indices or class probabilities; see above.
        weight: (K), constant.
        ignore_index: a class index that marks what does not count.
        reduction: "none", "sum" or "mean". The mean over class indices divides by the sum of the
            weights of the targets; that over class probabilities, by the number of examples.
        label_smoothing: s, from 0 to 1.

    Raises:
        TypeError: the scores are integers, or the target is neither integers of the one shape nor floats of the other.
        ValueError: a shape or option does not fit.
        IndexError: a class index is not among 0 … K - 1.
    """
    name, axis, K = "cross_entropy", *_class_axis("cross_entropy", input)
    if not 0 <= label_smoothing <= 1:
        raise ValueError(f"{name}: expected label_smoothing between 0 and 1, got {label_smoothing}")
    w = None if weight is None else class_weight(name, weight, input, K)
    if _is_probabilities(input, target):
        if ignore_index >= 0:
            raise ValueError(f"{name}: ignore_index names a class index, but the target holds class probabilities")
        if label_smoothing:
            target = target * (1 - label_smoothing) + label_smoothing / K
        terms = ops.log_softmax(input, axis=axis) * target
        losses = -ops.sum(terms if w is None else terms * _along(w, axis, input), axis=axis)
        return reduce(name, losses, reduction)

    indices, ignored = class_indices(name, input, target, axis, ignore_index)
    if len(input.shape) == 2 and w is None and not label_smoothing:
        if reduction == "mean" and ignored is None and len(indices):
            return ops.softmax_cross_entropy(input, indices, mean=True)
        return _reduce_indexed(name, ops.softmax_cross_entropy(input, indices), None, ignored, reduction)
    log_probabilities = ops.log_softmax(input, axis=axis)
    losses = -_pick(log_probabilities, indices, axis)
    w_of_target = None if w is None else w[indices]
    if w_of_target is not None:
        losses = losses * w_of_target
    if label_smoothing:
        terms = log_probabilities if w is None else log_probabilities * _along(w, axis, input)
        losses = losses * (1 - label_smoothing) - ops.sum(terms, axis=axis) * (label_smoothing / K)
    return _reduce_indexed(name, losses, w_of_target, ignored, reduction)


@takes_old_reduction
def nll_loss(
    input: Any, target: Any, weight: Any = None, *, ignore_index: int = -100, reduction: str = "mean"
) -> Tensor:
    """Compute the negative log likelihood of the target classes: -input[target].

    Parameters:
        input: logarithms of probabilities, such as `log_softmax` gives: (N, K), (K) or (N, K, d₁, …).
        target: class indices.
        weight: (K), constant; multiplies the loss of its class.
        ignore_index: a class index that marks what does not count.
        reduction: "none", "sum", or "mean", which divides by the sum of the weights of the targets.

    Raises:
        TypeError: the target does not hold integers, or the input does.
        ValueError: a shape or option does not fit.
        IndexError: a class index is not among 0 … K - 1.
    """
    name, axis, K = "nll_loss", *_class_axis("nll_loss", input)
    indices, ignored = class_indices(name, input, target, axis, ignore_index)
    losses = -_pick(input, indices, axis)
    if weight is None:
        return _reduce_indexed(name, losses, None, ignored, reduction)
    w_of_target = class_weight(name, weight, input, K)[indices]
    return _reduce_indexed(name, losses * w_of_target, w_of_target, ignored, reduction)


@takes_old_reduction
def binary_cross_entropy_with_logits(
    input: Any, target: Any, weight: Any = None, *, reduction: str = "mean", pos_weight: Any = None
) -> Tensor:
    """Compute the cross entropy of p = sigmoid(input) with the target t: -t log p - (1 - t) log(1 - p).

    Written as (1 - t) x + (1 + (w₊ - 1) t) log(1 + exp(-x)), with w₊ = pos_weight, which stays exact where
    p rounds to 0 or 1.

    Parameters:
        input: scores x of any shape.
        target: probabilities from 0 to 1, of the same shape.
        weight: multiplies each loss; constant, broadcast to the input's shape.
        reduction: "none", "sum" or "mean" (over all elements, whatever their weights).
        pos_weight: multiplies the term of t; constant, broadcast to the input's shape.

    Raises:
        TypeError: the scores are integers.
        ValueError: the shapes differ.
    """
    name = "binary_cross_entropy_with_logits"
    check_same_shape(name, input, target)
    check_float(name, input, "scores")
    log_term = ops.logaddexp(-input, 0)
    if pos_weight is not None:
        log_term = log_term * (1 + (constant(name, "pos_weight", pos_weight, input.dtype) - 1) * target)
    losses = (1 - target) * input + log_term
    if weight is not None:
        losses = losses * constant(name, "weight", weight, input.dtype)
    return reduce(name, losses, reduction)


@takes_old_reduction
def binary_cross_entropy(input: Any, target: Any, weight: Any = None, *, reduction: str = "mean") -> Tensor:
    """Compute the cross entropy of probabilities p with the target t: -t log p - (1 - t) log(1 - p).

    Logarithms are limited to at least -100. From scores, `binary_cross_entropy_with_logits` is more precise.

    Parameters:
        input: probabilities of any shape.
        target: probabilities of the same shape.
        weight: multiplies each loss; constant, broadcast to the input's shape.
        reduction: "none", "sum" or "mean".

    Raises:
        TypeError: the input is of integers.
        ValueError: the shapes differ, or the input is not between 0 and 1.
    """
    name = "binary_cross_entropy"
    check_same_shape(name, input, target)
    check_float(name, input, "scores")
    p = array_of(input)
    if p.size and not (p.min() >= 0 and p.max() <= 1):
        raise ValueError(
            f"{name}: expected probabilities from 0 to 1 as input, got {p.min()} to {p.max()}; for scores use {name}"
            "_with_logits"
        )
    losses = ops.binary_cross_entropy(input, target)
    if weight is not None:
        losses = losses * constant(name, "weight", weight, input.dtype)
    return reduce(name, losses, reduction)


@takes_old_reduction
def kl_div(input: Any, target: Any, *, reduction: str = "mean", log_target: bool = False) -> Tensor:
    """Compute the terms of the Kullback-Leibler divergence, t (log t - input), and add them up.

    Parameters:
        input: logarithms of probabilities.
        target: probabilities t of the same shape, or their logarithms with `log_target`.
        reduction: "batchmean", the sum over the first dimension's size, which is the divergence averaged over
            the batch; "mean", over all elements, which is not; "sum" or "none".

    Raises:
        ValueError: the shapes differ.
    """
    check_same_shape("kl_div", input, target)
    check_float("kl_div", input, "scores")
    terms = ops.exp(target) * (target - input) if log_target else ops.xlogy(target, target) - target * input
    if reduction == "batchmean":
        return reduce("kl_div", terms, "mean", input.shape[0] if input.ndim else 1)
    return reduce("kl_div", terms, reduction)


def _class_axis(name: str, input: Any) -> tuple[int, int]:
    """Return where the classes are in `input`, and how many there are."""
    if not getattr(input, "shape", ()):
        raise ValueError(f"{name}: expected scores of shape (N, K), (K) or (N, K, d₁, …), got {input!r:.40}")
    check_float(name, input, "scores")
    axis = min(len(input.shape) - 1, 1)
    return axis, input.shape[axis]


def _is_probabilities(input: Any, target: Any) -> bool:
    """Tell a target of class probabilities from one of class indices: it has the shape of the input."""
    return getattr(target, "shape", None) == input.shape and target.dtype.kind == "f"


def class_indices(name: str, input: Any, target: Any, axis: int, ignore_index: int) -> tuple[Array, Array | None]:
    """Return the target's class indices, 0 in place of those to ignore, and which those are (None: none are)."""
    indices = array_of(target)
    K, expected = input.shape[axis], (*input.shape[:axis], *input.shape[axis + 1 :])
    if indices.dtype.kind not in "iu":
        raise TypeError(
            f"{name}: expected class indices, integers of shape {expected}, got {indices.dtype} of shape "
            f"{indices.shape}; write target.long()"
            + (f", or give probabilities in the input's shape {tuple(input.shape)}" if name == "cross_entropy" else "")
        )
    if indices.shape != expected:
        raise ValueError(
            f"{name}: expected class indices of shape {expected} for an input of shape {tuple(input.shape)}, got "
            f"shape {indices.shape}"
        )
    if not indices.size:
        return indices, None
    # As unsigned numbers the negative ones are huge: one look finds what is below 0 and what is too large.
    if ignore_index < 0 and indices.dtype == np.int64 and indices.view(np.uint64).max() < K:
        return indices, None
    low, high = indices.min().item(), indices.max().item()
    ignored = None
    if low <= ignore_index <= high:
        ignored = indices == ignore_index
        indices = np.where(ignored, 0, indices)
        low, high = indices.min().item(), indices.max().item()
    if low < 0 or high >= K:
        raise IndexError(
            f"{name}: a class index is {low if low < 0 else high}, expected 0 to {K - 1} for an input of shape "
            f"{tuple(input.shape)}" + ("; classes are counted from 0" if high == K and low > 0 else "")
        )
    return indices, ignored


def class_weight(name: str, weight: Any, input: Any, K: int) -> Array:
    """Return the weights of the classes as an array (K)."""
    array = constant(name, "weight", weight, input.dtype)
    if array.shape != (K,):
        raise ValueError(f"{name}: expected one weight for each of the {K} classes, got shape {array.shape}")
    return array


def _along(w: Array, axis: int, input: Any) -> Array:
    """Give the class weights the shape in which they broadcast along the class axis of `input`."""
    return w.reshape(-1, *(1,) * (len(input.shape) - axis - 1))


def _pick(input: Any, indices: Array, axis: int) -> Any:
    """Read the value at each class index."""
    return ops.squeeze(ops.take_along_axis(input, np.expand_dims(indices, axis), axis=axis), axis=axis)


def _reduce_indexed(name: str, losses: Any, w: Array | None, ignored: Array | None, reduction: str) -> Any:
    """Reduce losses that carry the weights `w` of their targets; the mean divides by the weights that count."""
    if ignored is not None:
        losses = ops.where(ignored, 0.0, losses)
        w = np.where(ignored, 0, 1 if w is None else w)
    return reduce(name, losses, reduction, None if w is None else w.sum().item())
