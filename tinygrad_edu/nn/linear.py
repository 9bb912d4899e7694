"""The linear layer, the bilinear one, and the one that does nothing."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_edu.nn.functional.linear import bilinear, linear
from tinygrad_edu.nn.module import Module
from tinygrad_edu.nn.parameter import Parameter, draw_uniform, new_parameter
from tinygrad_edu.system.devices import takes_device
from tinygrad_edu.system.generator import Generator
from tinygrad_edu.tensors.tensor import Tensor


class Linear(Module):
    """Apply a linear map and add a bias: y = x Wᵀ + b.

    The input has shape (…, in_features), the output (…, out_features). Weight and bias start out
    uniform on ±1/√in_features, as in PyTorch.

    Parameters:
        in_features, out_features: the sizes of the last dimension before and after.
        bias: whether there is a bias.
        dtype: the type of the parameters; the default one if not given.
        generator: draws the initial values; the default generator if not given.

    Attributes:
        weight: (out_features, in_features).
        bias: (out_features), or None.
    """

    weight: Parameter
    bias: Parameter | None

    @takes_device
    def __init__(
        self,
        in_features: int,
        out_features: int,
        bias: bool = True,
        *,
        dtype: Any = None,
        generator: Generator | None = None,
    ) -> None:
        super().__init__()
        for name, size in (("in_features", in_features), ("out_features", out_features)):
            if isinstance(size, bool) or not isinstance(size, int | np.integer):
                raise TypeError(f"Linear: expected a whole number for {name}, got {type(size).__name__} {size!r:.40}")
            if size < 0:
                raise ValueError(f"Linear: expected {name} ≥ 0, got {size}")
        self.in_features = int(in_features)
        self.out_features = int(out_features)
        self.weight = new_parameter((out_features, in_features), dtype)
        self.register_parameter("bias", new_parameter(out_features, dtype) if bias else None)
        self.reset_parameters(generator)

    def reset_parameters(self, generator: Generator | None = None) -> None:
        """Draw new initial values."""
        draw_uniform((self.weight, self.bias), self.in_features, generator)

    def forward(self, input: Any) -> Tensor:
        return linear(input, self.weight, self.bias)

    def extra_repr(self) -> str:
        return f"in_features={self.in_features}, out_features={self.out_features}, bias={self.bias is not None}"


class Bilinear(Module):
    """Apply a map that is linear in each of two inputs and add a bias: yₖ = x₁ᵀ Wₖ x₂ + bₖ.

    Weight and bias start out uniform on ±1/√in1_features.

    Parameters:
        in1_features, in2_features, out_features: the sizes of the last dimensions.
        bias: whether there is a bias.
        dtype: the type of the parameters; the default one if not given.
        generator: draws the initial values; the default generator if not given.

    Attributes:
        weight: (out_features, in1_features, in2_features).
        bias: (out_features), or None.
    """

    weight: Parameter
    bias: Parameter | None

    @takes_device
    def __init__(
        self,
        in1_features: int,
        in2_features: int,
        out_features: int,
        bias: bool = True,
        *,
        dtype: Any = None,
        generator: Generator | None = None,
    ) -> None:
        super().__init__()
        self.in1_features = in1_features
        self.in2_features = in2_features
        self.out_features = out_features
        self.weight = new_parameter((out_features, in1_features, in2_features), dtype)
        self.register_parameter("bias", new_parameter(out_features, dtype) if bias else None)
        self.reset_parameters(generator)

    def reset_parameters(self, generator: Generator | None = None) -> None:
        """Draw new initial values."""
        draw_uniform((self.weight, self.bias), self.in1_features, generator)

    def forward(self, input1: Any, input2: Any) -> Tensor:
        return bilinear(input1, input2, self.weight, self.bias)

    def extra_repr(self) -> str:
        return (
            f"in1_features={self.in1_features}, in2_features={self.in2_features}, out_features={self.out_features}, "
            f"bias={self.bias is not None}"
        )


class Identity(Module):
    """Return the input. A stand-in for a layer that is left out; it takes any arguments and ignores them."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__()

    def forward(self, input: Any) -> Tensor:
        return input
