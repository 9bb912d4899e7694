"""Clip gradients: all by one factor, or each element by itself. `foreach` is PyTorch's, and changes nothing here."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from tinygrad_edu.engine.dtypes import array_of
from tinygrad_edu.engine.op import Array
from tinygrad_edu.engine.versions import mark_changed
from tinygrad_edu.tensors.tensor import Tensor

__all__ = ["clip_grad_norm_", "clip_grad_value_", "clip_grads_with_norm_", "get_total_norm"]


def clip_grad_norm_(
    parameters: Tensor | Iterable[Tensor],
    max_norm: float,
    norm_type: float | str = 2.0,
    error_if_nonfinite: bool = False,
    foreach: bool | None = None,
) -> Tensor:
    """Scale all gradients in place, by one factor, so that their norm together is at most `max_norm`.

    The norm is that of `get_total_norm`, the factor that of `clip_grads_with_norm_`. Parameters without a gradient are
    passed over. From Pascanu, Mikolov and Bengio: On the difficulty of training recurrent neural networks, ICML 2013.

    Returns:
        The norm before clipping, a scalar.

    Raises:
        ValueError: with `error_if_nonfinite`, if the norm is infinite or NaN; nothing is changed.
    """
    tensors = _listed(parameters)
    grads = [tensor.grad for tensor in tensors if tensor.grad is not None]
    total = get_total_norm(grads, norm_type, error_if_nonfinite)
    clip_grads_with_norm_(tensors, max_norm, total)
    return total


def get_total_norm(
    tensors: Tensor | Iterable[Tensor],
    norm_type: float | str = 2.0,
    error_if_nonfinite: bool = False,
    foreach: bool | None = None,
) -> Tensor:
    """Return the norm of all elements of all tensors, a scalar: (Σ |g|ᵖ)^(1/p), with p = norm_type.

    For p = infinity, or "inf", it is the largest |g|; for minus infinity the smallest. For p = 0 it is the number of
    tensors that are not all 0, as in PyTorch.

    Raises:
        ValueError: with `error_if_nonfinite`, if the norm is infinite or NaN.
    """
    p = float(norm_type)
    norms = [np.linalg.norm(tensor.array.ravel(), p) for tensor in _listed(tensors)]
    total = np.linalg.norm(np.stack(norms), p) if norms else np.float32(0)
    if error_if_nonfinite and not np.isfinite(total):
        raise ValueError(
            f"clip_grad_norm_: the norm of the gradients is {total}; some gradient is infinite or NaN. Look for it "
            "in p.grad, or pass error_if_nonfinite=False to scale by it anyway"
        )
    return Tensor(array_of(total))


def clip_grads_with_norm_(
    parameters: Tensor | Iterable[Tensor], max_norm: float, total_norm: Tensor, foreach: bool | None = None
) -> None:
    """Multiply all gradients, in place, by max_norm / (total_norm + 1e-6), if that is below 1."""
    factor = np.minimum(float(max_norm) / (total_norm.item() + 1e-6), 1).item()  # a trace holds for any norm
    for grad in _gradients(parameters):
        grad *= factor
        mark_changed(grad, "clip_grad_norm_")


def clip_grad_value_(parameters: Tensor | Iterable[Tensor], clip_value: float, foreach: bool | None = None) -> None:
    """Limit every element of every gradient, in place, to ±clip_value."""
    limit = float(clip_value)
    for grad in _gradients(parameters):
        np.clip(grad, -limit, limit, out=grad)
        mark_changed(grad, "clip_grad_value_")


def _listed(tensors: Tensor | Iterable[Tensor]) -> list[Tensor]:
    return [tensors] if isinstance(tensors, Tensor) else list(tensors)


def _gradients(parameters: Tensor | Iterable[Tensor]) -> list[Array]:
    return [tensor.grad.array for tensor in _listed(parameters) if tensor.grad is not None]
