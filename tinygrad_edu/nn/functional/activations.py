"""Activations: functions of each element, and a few that look at pairs or rows.

With `inplace`, the result is written into the input's own memory.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

from tinygrad_edu import ops
from tinygrad_edu.engine.dtypes import is_float
from tinygrad_edu.functions import reduction
from tinygrad_edu.functions.arguments import numpy_names
from tinygrad_edu.functions.joining import chunk
from tinygrad_edu.nn.functional.floats import check_float
from tinygrad_edu.tensors.in_place import in_place
from tinygrad_edu.tensors.tensor import Tensor

SELU_ALPHA, SELU_SCALE = 1.6732632423543772, 1.0507009873554805


def _apply(name: str, function: Callable[..., Any], input: Any, inplace: bool, **params: Any) -> Any:
    """Call a function of each element; with `inplace`, write the result into the input's own memory."""
    return in_place(f"{name}(inplace=True)", function)(input, **params) if inplace else function(input, **params)


def relu(input: Any, inplace: bool = False) -> Tensor:
    """Compute max(x, 0) of each element; with `inplace`, in the input's own memory."""
    return input.relu_() if inplace else ops.relu(input)


def relu6(input: Any, inplace: bool = False) -> Tensor:
    """Compute min(max(x, 0), 6). The subgradient at 0 and at 6 is 0."""
    return hardtanh(input, 0.0, 6.0, inplace)


def leaky_relu(input: Any, negative_slope: float = 0.01, inplace: bool = False) -> Tensor:
    """Compute x where it is positive, else negative_slope · x."""
    return _apply("leaky_relu", ops.leaky_relu, input, inplace, negative_slope=negative_slope)


def prelu(input: Any, weight: Any) -> Tensor:
    """Compute x where it is positive, else w x, with a learned w: one number, or one for each channel (N, C, …).

    Raises:
        ValueError: there are neither one nor C weights.
    """
    channels = input.shape[1] if input.ndim > 1 else 1
    if weight.shape not in ((), (1,), (channels,)):
        raise ValueError(f"prelu: expected 1 weight or one for each of {channels} channels, got shape {weight.shape}")
    if weight.shape == (channels,) and input.ndim > 2:
        weight = ops.reshape(weight, shape=(channels, *(1,) * (input.ndim - 2)))
    elif input.ndim == 0:
        weight = ops.reshape(weight, shape=())
    return ops.where(input > 0, input, weight * input)


def elu(input: Any, alpha: float = 1.0, inplace: bool = False) -> Tensor:
    """Compute x where it is positive, else α (exp(x) - 1)."""
    return _apply("elu", ops.elu, input, inplace, alpha=alpha)


def selu(input: Any, inplace: bool = False) -> Tensor:
    """Compute elu with the scale and α that keep mean 0 and variance 1 from layer to layer.

    From Klambauer, Unterthiner, Mayr and Hochreiter: Self-normalizing neural networks, NeurIPS 2017.
    """
    return _apply("selu", ops.elu, input, inplace, alpha=SELU_ALPHA, scale=SELU_SCALE)


def celu(input: Any, alpha: float = 1.0, inplace: bool = False) -> Tensor:
    """Compute x where it is positive, else α (exp(x / α) - 1), whose slope is 1 at 0 for every α.

    Raises:
        ValueError: α is 0.
    """
    if alpha == 0:
        raise ValueError("celu: expected an alpha that is not 0")
    return _apply("celu", ops.elu, input, inplace, alpha=alpha, rate=alpha)


def gelu(input: Any, approximate: str = "none") -> Tensor:
    """Compute x Φ(x), Φ the normal distribution function; with approximate="tanh", its formula in tanh."""
    if approximate not in ("none", "tanh"):
        raise ValueError(f'gelu: expected approximate "none" or "tanh", got {approximate!r}')
    return ops.gelu(input, approximate=approximate)


def silu(input: Any, inplace: bool = False) -> Tensor:
    """Compute x · sigmoid(x), also called swish."""
    return _apply("silu", ops.silu, input, inplace)


def mish(input: Any, inplace: bool = False) -> Tensor:
    """Compute x · tanh(softplus(x))."""
    return _apply("mish", lambda x: x * ops.tanh(ops.softplus(x)), input, inplace)


def softplus(input: Any, beta: float = 1.0, threshold: float = 20.0) -> Tensor:
    """Compute log(1 + exp(β x)) / β, a smooth relu; x itself where β x exceeds the threshold."""
    return ops.softplus(input, beta=beta, threshold=threshold)


def softsign(input: Any) -> Tensor:
    """Compute x / (1 + |x|)."""
    return input / (1 + ops.abs(input))


def hardtanh(input: Any, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False) -> Tensor:
    """Limit to [min_val, max_val]. The subgradient at a bound is 0. For integers the bounds are cut to integers.

    Raises:
        ValueError: min_val is larger than max_val, or negative for bytes.
    """
    if min_val > max_val or (input.dtype.kind == "u" and min_val <= -1):
        raise ValueError(f"hardtanh: expected min_val ≤ max_val, ≥ 0 for bytes, got {min_val} and {max_val}")
    if not is_float(input.dtype):
        return _apply("hardtanh", ops.clip, input, inplace, min=int(min_val), max=int(max_val))
    return _apply("hardtanh", ops.hardtanh, input, inplace, min_val=min_val, max_val=max_val)


def hardsigmoid(input: Any, inplace: bool = False) -> Tensor:
    """Compute x / 6 + 1/2, limited to [0, 1]: a sigmoid of straight lines."""
    return _apply("hardsigmoid", lambda x: ops.hardtanh(x / 6 + 0.5, min_val=0.0, max_val=1.0), input, inplace)


def hardswish(input: Any, inplace: bool = False) -> Tensor:
    """Compute x · hardsigmoid(x)."""
    return _apply("hardswish", lambda x: x * hardsigmoid(x), input, inplace)


def threshold(input: Any, threshold: float, value: float, inplace: bool = False) -> Tensor:
    """Compute x where it exceeds the threshold, else `value`. The slope at the threshold is 0."""
    value = input.dtype.type(value)
    return _apply("threshold", lambda x: ops.where(x <= threshold, value, x), input, inplace)


def hardshrink(input: Any, lambd: float = 0.5) -> Tensor:
    """Compute x where |x| exceeds λ, else 0."""
    check_float("hardshrink", input)
    return ops.where((input >= -lambd) & (input <= lambd), 0.0, input)


def softshrink(input: Any, lambd: float = 0.5) -> Tensor:
    """Compute how far x is outside of [-λ, λ]: x - λ beyond λ, x + λ below -λ, else 0.

    Raises:
        ValueError: λ is negative.
    """
    check_float("softshrink", input)
    if lambd < 0:
        raise ValueError(f"softshrink: expected lambd ≥ 0, got {lambd}")
    return input - ops.clip(input, min=-lambd, max=lambd)


def tanhshrink(input: Any) -> Tensor:
    """Compute x - tanh(x)."""
    return input - ops.tanh(input)


def logsigmoid(input: Any) -> Tensor:
    """Compute log sigmoid(x) as -log(1 + exp(-x)), exact where sigmoid rounds to 0."""
    return -ops.logaddexp(-input, 0)


@numpy_names
def softmax(input: Any, dim: int | None = None, *, dtype: Any = None) -> Tensor:
    """Turn scores into probabilities along `dim`: exp(x) / Σ exp(x), of the type `dtype` if given.

    Without `dim`, with a warning, it is 0 for an input of 0, 1 or 3 dimensions, else 1, as in PyTorch.
    """
    return reduction.softmax(input, _or_implied("softmax", dim, input), dtype=dtype)


@numpy_names
def log_softmax(input: Any, dim: int | None = None, *, dtype: Any = None) -> Tensor:
    """Compute the logarithm of `softmax`, precise where the probabilities are tiny."""
    return reduction.log_softmax(input, _or_implied("log_softmax", dim, input), dtype=dtype)


@numpy_names
def softmin(input: Any, dim: int | None = None, *, dtype: Any = None) -> Tensor:
    """Compute the softmax of -x: the smallest number has the largest probability."""
    return reduction.softmax(-input, _or_implied("softmin", dim, input), dtype=dtype)


def _or_implied(name: str, dim: int | None, input: Any) -> int:
    if dim is None:
        dim = int(input.ndim not in (0, 1, 3))
        warnings.warn(f"{name}: dim was not given and is taken to be {dim}; write dim={dim}", stacklevel=4)
    return dim


def glu(input: Any, dim: int = -1) -> Tensor:
    """Split in halves a and b along `dim` and compute a · sigmoid(b): b is a gate.

    Raises:
        ValueError: the size of `dim` is odd.
    """
    size = input.shape[dim]
    if size % 2:
        raise ValueError(f"glu: expected an even size to split in halves, got {size} in dimension {dim}")
    a, b = chunk(input, 2, dim)
    return a * ops.sigmoid(b)
