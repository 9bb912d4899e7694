"""Activations as modules, for use in a Sequential. Formulas and errors stand at the functions in `nn/functional/`."""

from __future__ import annotations

from typing import Any

from tinygrad_edu.nn import functional as F
from tinygrad_edu.nn import init as initialize
from tinygrad_edu.nn.module import Module
from tinygrad_edu.nn.parameter import Parameter, new_parameter
from tinygrad_edu.nn.wrapping import Wrapper
from tinygrad_edu.system.devices import takes_device
from tinygrad_edu.tensors.tensor import Tensor


class _InPlace(Wrapper):
    """What is computed of each element alone, and can be written into the input's own memory."""

    def __init__(self, inplace: bool = False) -> None:
        super().__init__(inplace=inplace)


class ReLU(_InPlace, function=F.relu):
    """Rectify each element: max(x, 0). The subgradient at 0 is 0.

    Parameters:
        inplace: whether to write the result into the input's memory.
    """


class Sigmoid(Wrapper, function=F.sigmoid):
    """Squash each element to (0, 1): 1 / (1 + exp(-x))."""


class Tanh(Wrapper, function=F.tanh):
    """Squash each element to (-1, 1): tanh(x)."""


class Softmax(Wrapper, function=F.softmax):
    """Turn scores into probabilities along `dim`: exp(x) / Σ exp(x). CrossEntropyLoss wants the scores, not these."""

    def __init__(self, dim: int | None = None) -> None:
        super().__init__(dim=dim)


class Softmin(Wrapper, function=F.softmin):
    """Turn scores into probabilities along `dim`, of which the smallest score has the largest: the softmax of -x."""

    def __init__(self, dim: int | None = None) -> None:
        super().__init__(dim=dim)


class Softmax2d(Wrapper, function=F.softmax):
    """Turn scores into probabilities over the channels, at each place of images (N, C, H, W) or (C, H, W)."""

    hidden = ("dim",)

    def __init__(self) -> None:
        super().__init__(dim=-3)


class LogSoftmax(Wrapper, function=F.log_softmax):
    """Compute the logarithm of softmax along `dim`: x - log Σ exp(x). What NLLLoss takes."""

    def __init__(self, dim: int | None = None) -> None:
        super().__init__(dim=dim)


class ReLU6(_InPlace, function=F.relu6):
    """Compute min(max(x, 0), 6)."""


class LeakyReLU(Wrapper, function=F.leaky_relu):
    """Compute x where it is positive, else negative_slope · x."""

    def __init__(self, negative_slope: float = 0.01, inplace: bool = False) -> None:
        super().__init__(negative_slope=negative_slope, inplace=inplace)


class ELU(Wrapper, function=F.elu):
    """Compute x where it is positive, else α (exp(x) - 1)."""

    def __init__(self, alpha: float = 1.0, inplace: bool = False) -> None:
        super().__init__(alpha=alpha, inplace=inplace)


class SELU(_InPlace, function=F.selu):
    """Compute elu with the scale and α that keep mean 0 and variance 1. See `functional.selu`."""


class CELU(Wrapper, function=F.celu):
    """Compute x where it is positive, else α (exp(x / α) - 1)."""

    def __init__(self, alpha: float = 1.0, inplace: bool = False) -> None:
        super().__init__(alpha=alpha, inplace=inplace)


class GELU(Wrapper, function=F.gelu):
    """Compute x Φ(x), Φ the normal distribution function; with approximate="tanh", its formula in tanh."""

    def __init__(self, approximate: str = "none") -> None:
        super().__init__(approximate=approximate)


class SiLU(_InPlace, function=F.silu):
    """Compute x · sigmoid(x), also called swish."""


class Mish(_InPlace, function=F.mish):
    """Compute x · tanh(softplus(x))."""


class Softplus(Wrapper, function=F.softplus):
    """Compute log(1 + exp(β x)) / β; x itself where β x exceeds the threshold."""

    def __init__(self, beta: float = 1.0, threshold: float = 20.0) -> None:
        super().__init__(beta=beta, threshold=threshold)


class Softsign(Wrapper, function=F.softsign):
    """Compute x / (1 + |x|)."""


class Hardtanh(Wrapper, function=F.hardtanh):
    """Limit to [min_val, max_val]."""

    def __init__(self, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False) -> None:
        super().__init__(min_val=min_val, max_val=max_val, inplace=inplace)


class Hardsigmoid(_InPlace, function=F.hardsigmoid):
    """Compute x / 6 + 1/2, limited to [0, 1]."""


class Hardswish(_InPlace, function=F.hardswish):
    """Compute x · hardsigmoid(x)."""


class Threshold(Wrapper, function=F.threshold):
    """Compute x where it exceeds the threshold, else `value`."""

    def __init__(self, threshold: float, value: float, inplace: bool = False) -> None:
        super().__init__(threshold=threshold, value=value, inplace=inplace)


class _Shrink(Wrapper):
    def __init__(self, lambd: float = 0.5) -> None:
        super().__init__(lambd=lambd)

    def extra_repr(self) -> str:
        return f"{self.lambd}"


class Hardshrink(_Shrink, function=F.hardshrink):
    """Compute x where |x| exceeds λ, else 0."""


class Softshrink(_Shrink, function=F.softshrink):
    """Compute x - λ beyond λ, x + λ below -λ, else 0."""


class Tanhshrink(Wrapper, function=F.tanhshrink):
    """Compute x - tanh(x)."""


class LogSigmoid(Wrapper, function=F.logsigmoid):
    """Compute log sigmoid(x), exact where sigmoid rounds to 0."""


class GLU(Wrapper, function=F.glu):
    """Split in halves a and b along `dim` and compute a · sigmoid(b)."""

    def __init__(self, dim: int = -1) -> None:
        super().__init__(dim=dim)


class PReLU(Module):
    """Compute x where it is positive, else w x, with a learned w. It starts at `init`.

    Parameters:
        num_parameters: 1, or the number of channels C of the input (N, C, …).
    """

    weight: Parameter

    @takes_device
    def __init__(self, num_parameters: int = 1, init: float = 0.25, *, dtype: Any = None) -> None:
        super().__init__()
        self.num_parameters = num_parameters
        self.weight = initialize.constant_(new_parameter(num_parameters, dtype), init)

    def forward(self, input: Any) -> Tensor:
        return F.prelu(input, self.weight)

    def extra_repr(self) -> str:
        return f"num_parameters={self.num_parameters}"
