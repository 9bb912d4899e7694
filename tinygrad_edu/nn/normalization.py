"""Normalizations as modules. Formulas, shapes and sources stand at the functions in `nn/functional/`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tinygrad_edu.nn import functional as F
from tinygrad_edu.nn import init
from tinygrad_edu.nn.module import Module
from tinygrad_edu.nn.parameter import Parameter, new_parameter
from tinygrad_edu.nn.wrapping import Wrapper
from tinygrad_edu.system.devices import takes_device
from tinygrad_edu.tensors.tensor import Tensor


class Affine(Module):
    """What the normalizations share: a weight that starts at 1 and a bias that starts at 0, or neither."""

    weight: Parameter | None
    bias: Parameter | None

    def _make(self, shape: Any, affine: bool, bias: bool | None, dtype: Any) -> None:
        self.register_parameter("weight", new_parameter(shape, dtype) if affine else None)
        if bias is not None:  # None: there is no such thing as a bias
            self.register_parameter("bias", new_parameter(shape, dtype) if affine and bias else None)
        self.reset_parameters()

    def _words(self, *names: str) -> str:
        """Write the options of these names, and whether there is a bias, as they are printed."""
        words = [f"{name}={getattr(self, name)}" for name in names]
        return ", ".join([*words, f"bias={self.bias is not None}"] if "bias" in self._parameters else words)

    def reset_parameters(self) -> None:
        """Set the weight to 1 and the bias to 0."""
        for name, start in (("weight", init.ones_), ("bias", init.zeros_)):
            if self._parameters.get(name) is not None:
                start(self._parameters[name])


class GroupNorm(Affine):
    """Standardize each group of channels of each example (N, C, …). See `functional.group_norm`.

    Parameters:
        num_groups: into how many groups the channels are split.
        num_channels: C.
        eps: keeps the division finite.
        affine: whether there are a weight and (unless `bias` is False) a bias (C).
        dtype: the type of the parameters; the default one if not given.
    """

    @takes_device
    def __init__(
        self,
        num_groups: int,
        num_channels: int,
        eps: float = 1e-5,
        affine: bool = True,
        *,
        bias: bool = True,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        if num_groups < 1 or num_channels % num_groups:
            raise ValueError(
                f"GroupNorm: expected num_channels to be a multiple of {num_groups} groups, got {num_channels}"
            )
        self.num_groups, self.num_channels = num_groups, num_channels
        self.eps, self.affine = eps, affine
        self._make(num_channels, affine, bias, dtype)

    def forward(self, input: Any) -> Tensor:
        return F.group_norm(input, self.num_groups, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        return f"{self.num_groups}, {self.num_channels}, {self._words('eps', 'affine')}"


class LayerNorm(Affine):
    """Standardize each example over its last dimensions. See `functional.layer_norm`.

    Parameters:
        normalized_shape: the sizes of these dimensions, or the size of the last.
        eps: keeps the division finite.
        elementwise_affine: whether there are a weight and (unless `bias` is False) a bias of that shape.
        dtype: the type of the parameters; the default one if not given.
    """

    @takes_device
    def __init__(
        self,
        normalized_shape: int | Sequence[int],
        eps: float = 1e-5,
        elementwise_affine: bool = True,
        bias: bool = True,
        *,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        self.normalized_shape = _shape(normalized_shape)
        self.eps, self.elementwise_affine = eps, elementwise_affine
        self._make(self.normalized_shape, elementwise_affine, bias, dtype)

    def forward(self, input: Any) -> Tensor:
        return F.layer_norm(input, self.normalized_shape, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        return f"{self.normalized_shape}, {self._words('eps', 'elementwise_affine')}"


class RMSNorm(Affine):
    """Divide by the root of the mean square over the last dimensions. See `functional.rms_norm`.

    Parameters:
        normalized_shape: the sizes of these dimensions, or the size of the last.
        eps: keeps the division finite; the machine epsilon of the input's type, if not given.
        elementwise_affine: whether there is a weight of that shape.
        dtype: the type of the parameters; the default one if not given.
    """

    @takes_device
    def __init__(
        self,
        normalized_shape: int | Sequence[int],
        eps: float | None = None,
        elementwise_affine: bool = True,
        *,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        self.normalized_shape = _shape(normalized_shape)
        self.eps, self.elementwise_affine = eps, elementwise_affine
        self._make(self.normalized_shape, elementwise_affine, None, dtype)

    def forward(self, input: Any) -> Tensor:
        return F.rms_norm(input, self.normalized_shape, self.weight, self.eps)

    def extra_repr(self) -> str:
        return f"{self.normalized_shape}, {self._words('eps', 'elementwise_affine')}"


class LocalResponseNorm(Wrapper, function=F.local_response_norm):
    """Divide by the power of the neighbouring channels. See `functional.local_response_norm`.

    Parameters:
        size: over how many channels.
        alpha, beta, k: as for the function.
    """

    def __init__(self, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0) -> None:
        super().__init__(size=size, alpha=alpha, beta=beta, k=k)

    def extra_repr(self) -> str:
        return f"{self.size}, alpha={self.alpha}, beta={self.beta}, k={self.k}"


def _shape(normalized_shape: int | Sequence[int]) -> tuple[int, ...]:
    return (normalized_shape,) if isinstance(normalized_shape, int | np.integer) else tuple(normalized_shape)
