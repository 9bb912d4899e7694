"""Initial values. Each function fills a tensor in place and returns it; the trailing _ says so.

A layer multiplies the spread of what passes through it. These rules choose the weights so that the
spread stays about the same from layer to layer, forward and backward.
"""

from __future__ import annotations

import math
from typing import Any, TypeVar

import numpy as np

from tinygrad_edu.engine.dtypes import is_float
from tinygrad_edu.engine.op import Array
from tinygrad_edu.engine.versions import mark_changed
from tinygrad_edu.system.generator import Generator, drawing_type, numpy_generator
from tinygrad_edu.tensors.tensor import Tensor

__all__ = [
    "calculate_gain", "constant_", "eye_", "kaiming_normal_", "kaiming_uniform_", "normal_", "ones_", "orthogonal_",
    "trunc_normal_", "uniform_", "xavier_normal_", "xavier_uniform_", "zeros_",
]  # fmt: skip

T = TypeVar("T", bound=Tensor)

GAINS = {
    **dict.fromkeys(("linear", "conv1d", "conv2d", "conv3d", "sigmoid"), 1.0),
    "tanh": 5 / 3,
    "relu": math.sqrt(2),
    "selu": 3 / 4,
}
"""By how much an activation shrinks the spread of what passes, to be made up for by the weights before it."""


def calculate_gain(nonlinearity: str, param: float | None = None) -> float:
    """Return the recommended gain for an activation by name: "relu", "tanh", "sigmoid", "linear" and so on.

    Parameters:
        param: the negative slope, for "leaky_relu"; 0.01 if not given.
    """
    if nonlinearity == "leaky_relu":
        return math.sqrt(2 / (1 + (0.01 if param is None else param) ** 2))
    if nonlinearity not in GAINS:
        raise ValueError(f"calculate_gain: expected one of {', '.join(GAINS)}, leaky_relu, got {nonlinearity!r}")
    return GAINS[nonlinearity]


def uniform_(tensor: T, a: float = 0.0, b: float = 1.0, generator: Generator | None = None) -> T:
    """Fill with numbers from the uniform distribution on [a, b)."""
    array = _float_array("uniform_", tensor)
    if a > b:
        raise ValueError(f"uniform_: expected a ≤ b, got a={a} and b={b}")
    drawn = numpy_generator(generator).random(array.shape, drawing_type(array.dtype))
    drawn *= b - a  # in place: a large layer is drawn once
    drawn += a
    return _fill(tensor, drawn, "uniform_")


def normal_(tensor: T, mean: float = 0.0, std: float = 1.0, generator: Generator | None = None) -> T:
    """Fill with numbers from the normal distribution with this mean and standard deviation."""
    array = _float_array("normal_", tensor)
    if std < 0:
        raise ValueError(f"normal_: expected a standard deviation std ≥ 0, got {std}")
    drawn = numpy_generator(generator).standard_normal(array.shape, drawing_type(array.dtype))
    drawn *= std
    drawn += mean
    return _fill(tensor, drawn, "normal_")


def trunc_normal_(
    tensor: T, mean: float = 0.0, std: float = 1.0, a: float = -2.0, b: float = 2.0, generator: Generator | None = None
) -> T:
    """Fill with numbers from the normal distribution with this mean and standard deviation, those on [a, b] alone.

    Raises:
        ValueError: less than a thousandth of the distribution lies on [a, b].
    """
    array = _float_array("trunc_normal_", tensor)
    low, high = (math.erf((end - mean) / (std * math.sqrt(2))) / 2 for end in (a, b))
    if not high - low > 1e-3:
        raise ValueError(
            f"trunc_normal_: expected [a, b] to hold a part of the normal distribution (mean {mean}, std {std}), got "
            f"[{a}, {b}]; use uniform_"
        )
    values = np.full(array.size, np.inf)
    while (outside := (values < a) | (values > b)).any():  # what falls outside is drawn again
        values[outside] = mean + std * numpy_generator(generator).standard_normal(outside.sum())
    return _fill(tensor, values.reshape(array.shape), "trunc_normal_")


def orthogonal_(tensor: T, gain: float = 1.0, generator: Generator | None = None) -> T:
    """Fill with a random matrix with orthogonal rows, or columns if there are more rows, of length `gain`.

    A weight (out, in, …) is seen as a matrix (out, in · …). From Saxe, McClelland and Ganguli: Exact solutions to the
    nonlinear dynamics of learning in deep linear neural networks, ICLR 2014.
    """
    array = _float_array("orthogonal_", tensor)
    if array.ndim < 2:
        raise ValueError(f"orthogonal_: expected a weight of shape (out, in) or (out, in, …), got {array.shape}")
    rows, columns = len(array), array.size // max(len(array), 1)
    q, r = np.linalg.qr(numpy_generator(generator).standard_normal((max(rows, columns), min(rows, columns))))
    q *= np.sign(np.diag(r))  # makes every orthogonal matrix equally likely
    return _fill(tensor, gain * (q if rows >= columns else q.T).reshape(array.shape), "orthogonal_")


def eye_(tensor: T) -> T:
    """Fill a matrix with ones on its diagonal and zeros elsewhere."""
    array = _float_array("eye_", tensor)
    if array.ndim != 2:
        raise ValueError(f"eye_: expected a matrix, got shape {array.shape}")
    return _fill(tensor, np.eye(*array.shape), "eye_")


def constant_(tensor: T, val: float) -> T:
    """Fill with one number."""
    return _fill(tensor, val, "constant_")


def zeros_(tensor: T) -> T:
    """Fill with zeros."""
    return _fill(tensor, 0, "zeros_")


def ones_(tensor: T) -> T:
    """Fill with ones."""
    return _fill(tensor, 1, "ones_")


def xavier_uniform_(tensor: T, gain: float = 1.0, generator: Generator | None = None) -> T:
    """Fill uniformly on ±gain √(6 / (fan_in + fan_out)), which has the spread of `xavier_normal_`."""
    bound = math.sqrt(3) * _xavier_std("xavier_uniform_", tensor, gain)
    return uniform_(tensor, -bound, bound, generator)


def xavier_normal_(tensor: T, gain: float = 1.0, generator: Generator | None = None) -> T:
    """Fill with normal numbers of standard deviation gain √(2 / (fan_in + fan_out)).

    From Glorot and Bengio: Understanding the difficulty of training deep feedforward neural networks,
    AISTATS 2010; for activations that are about linear around 0, such as tanh.
    """
    return normal_(tensor, 0.0, _xavier_std("xavier_normal_", tensor, gain), generator)


def kaiming_uniform_(
    tensor: T, a: float = 0, mode: str = "fan_in", nonlinearity: str = "leaky_relu", generator: Generator | None = None
) -> T:
    """Fill uniformly on ±gain √(3 / fan), which has the spread of `kaiming_normal_`.

    Parameters:
        a: the negative slope of the leaky_relu that follows; 0 for relu.
        mode: "fan_in" keeps the spread of values forward, "fan_out" that of gradients backward.
        nonlinearity: the activation that follows.
    """
    bound = math.sqrt(3) * _kaiming_std("kaiming_uniform_", tensor, a, mode, nonlinearity)
    return uniform_(tensor, -bound, bound, generator)


def kaiming_normal_(
    tensor: T, a: float = 0, mode: str = "fan_in", nonlinearity: str = "leaky_relu", generator: Generator | None = None
) -> T:
    """Fill with normal numbers of standard deviation gain / √fan; parameters as for `kaiming_uniform_`.

    From He, Zhang, Ren and Sun: Delving deep into rectifiers, ICCV 2015; for relu and its relatives.
    """
    return normal_(tensor, 0.0, _kaiming_std("kaiming_normal_", tensor, a, mode, nonlinearity), generator)


def _xavier_std(name: str, tensor: Tensor, gain: float) -> float:
    return gain * math.sqrt(2 / max(sum(_fans(name, tensor)), 1))


def _kaiming_std(name: str, tensor: Tensor, a: float, mode: str, nonlinearity: str) -> float:
    if mode not in ("fan_in", "fan_out"):
        raise ValueError(f'{name}: expected mode "fan_in" or "fan_out", got {mode!r}')
    fan_in, fan_out = _fans(name, tensor)
    return calculate_gain(nonlinearity, a) / math.sqrt(max(fan_in if mode == "fan_in" else fan_out, 1))


def _fans(name: str, tensor: Tensor) -> tuple[int, int]:
    """Count how many inputs each output of a weight (out, in, …) sees, and how many outputs each input reaches."""
    shape = _float_array(name, tensor).shape
    if len(shape) < 2:
        raise ValueError(f"{name}: expected a weight of shape (out, in) or (out, in, …), got {shape}; use uniform_")
    window = math.prod(shape[2:])  # of a convolution
    return shape[1] * window, shape[0] * window


def _float_array(name: str, tensor: Any) -> Array:
    if not isinstance(tensor, Tensor):
        raise TypeError(f"{name}: expected a Tensor to fill, got {type(tensor).__name__}")
    if not is_float(tensor.dtype):
        raise TypeError(f"{name}: expected a tensor of floating-point numbers, got {tensor.dtype}")
    return tensor.array


def _fill(tensor: T, values: Any, name: str) -> T:
    tensor.array[...] = values
    mark_changed(tensor.array, name)
    return tensor
