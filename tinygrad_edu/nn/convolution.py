"""Convolutions of rows and images, and transposed ones. Formulas and shapes stand at the functions."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tinygrad_edu.engine.dtypes import DEFAULT
from tinygrad_edu.nn import functional as F
from tinygrad_edu.nn import init
from tinygrad_edu.nn.functional.sizes import each
from tinygrad_edu.nn.module import Module
from tinygrad_edu.nn.parameter import Parameter
from tinygrad_edu.random import Generator

Sizes = int | tuple[int, ...]
PADDING_MODES = {"zeros": "constant", "reflect": "reflect", "replicate": "replicate", "circular": "circular"}


class _Convolution(Module):
    """What the convolutions share: their sizes, their parameters, and what is printed of them."""

    weight: Parameter
    bias: Parameter | None

    def __init__(
        self,
        n: int,
        in_channels: int,
        out_channels: int,
        kernel_size: Sizes,
        stride: Sizes,
        padding: Sizes | str,
        dilation: Sizes,
        groups: int,
        bias: bool,
        padding_mode: str,
        output_padding: Sizes,
        transposed: bool,
        dtype: Any,
        generator: Generator | None,
    ) -> None:
        super().__init__()
        name = type(self).__name__
        if groups < 1 or in_channels % groups or out_channels % groups:
            raise ValueError(
                f"{name}: expected channels that are multiples of groups={groups}, got {in_channels} in, "
                f"{out_channels} out"
            )
        if padding_mode not in PADDING_MODES or (transposed and padding_mode != "zeros"):
            possible = ["zeros"] if transposed else list(PADDING_MODES)
            raise ValueError(f"{name}: expected padding_mode to be one of {', '.join(possible)}, got {padding_mode!r}")
        if isinstance(padding, str):
            if padding not in ("valid", "same"):
                raise ValueError(f'{name}: expected padding to be numbers, "valid" or "same", got {padding!r}')
        else:
            padding = each(name, "padding", padding, n, least=0)
        self.in_channels, self.out_channels = in_channels, out_channels
        self.kernel_size = each(name, "kernel_size", kernel_size, n)
        self.stride = each(name, "stride", stride, n)
        self.padding = padding
        self.dilation = each(name, "dilation", dilation, n)
        self.groups = groups
        self.padding_mode = padding_mode
        self.output_padding = each(name, "output_padding", output_padding, n, least=0)
        if padding == "same" and max(self.stride) > 1:
            raise ValueError(f'{name}: padding="same" needs a stride of 1, got {stride}; give the padding in numbers')
        dtype = np.dtype(dtype or DEFAULT)
        channels = (in_channels, out_channels // groups) if transposed else (out_channels, in_channels // groups)
        self.weight = Parameter(np.empty((*channels, *self.kernel_size), dtype))
        self.register_parameter("bias", Parameter(np.empty(out_channels, dtype)) if bias else None)
        self.reset_parameters(generator)

    def reset_parameters(self, generator: Generator | None = None) -> None:
        """Draw new initial values: uniform on ±1/√(numbers that go into one output), as in PyTorch."""
        init.kaiming_uniform_(self.weight, a=math.sqrt(5), generator=generator)
        if self.bias is not None:
            fan_in = math.prod(self.weight.shape[1:])
            bound = 1 / math.sqrt(fan_in) if fan_in else 0.0
            init.uniform_(self.bias, -bound, bound, generator=generator)

    def _convolve(self, function: Any, input: Any) -> Any:
        padding: Any = self.padding
        if self.padding_mode != "zeros":
            widths = [self._border(i) for i in reversed(range(len(self.kernel_size)))]
            input = F.pad(input, [w for pair in widths for w in pair], mode=PADDING_MODES[self.padding_mode])
            padding = 0
        return function(input, self.weight, self.bias, self.stride, padding, self.dilation, self.groups)

    def _border(self, i: int) -> tuple[int, int]:
        """Return how much is added before and after along dimension i."""
        if isinstance(self.padding, str):
            total = self.dilation[i] * (self.kernel_size[i] - 1) if self.padding == "same" else 0
            return total // 2, total - total // 2
        return self.padding[i], self.padding[i]

    def extra_repr(self) -> str:
        words = [f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}, stride={self.stride}"]
        usual = (0,) * len(self.kernel_size)
        words += [f"padding={self.padding}"] * (self.padding != usual)
        words += [f"dilation={self.dilation}"] * (self.dilation != (1,) * len(usual))
        words += [f"output_padding={self.output_padding}"] * (self.output_padding != usual)
        words += [f"groups={self.groups}"] * (self.groups != 1)
        words += ["bias=False"] * (self.bias is None)
        words += [f"padding_mode={self.padding_mode}"] * (self.padding_mode != "zeros")
        return ", ".join(words)


class Conv1d(_Convolution):
    """Slide learned weights over rows (N, C, L), which gives (N, O, OL). See `functional.conv1d`.

    Parameters:
        in_channels, out_channels: C and O.
        kernel_size: the size of a weight.
        stride, padding, dilation, groups: as for the function.
        bias: whether there is a bias.
        padding_mode: what lies around the input: "zeros", "reflect", "replicate" or "circular".
        dtype: the type of the parameters; float32 if not given.
        generator: draws the initial values; the default generator if not given.

    Attributes:
        weight: (O, C / groups, k).
        bias: (O), or None.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Sizes,
        stride: Sizes = 1,
        padding: Sizes | str = 0,
        dilation: Sizes = 1,
        groups: int = 1,
        bias: bool = True,
        padding_mode: str = "zeros",
        *,
        dtype: Any = None,
        generator: Generator | None = None,
    ) -> None:
        super().__init__(
            1, in_channels, out_channels, kernel_size, stride, padding, dilation, groups, bias, padding_mode, 0, False,
            dtype, generator,
        )  # fmt: skip

    def forward(self, input: Any) -> Any:
        return self._convolve(F.conv1d, input)


class Conv2d(_Convolution):
    """Slide learned weights over images (N, C, H, W), which gives (N, O, OH, OW). See `functional.conv2d`.

    Parameters:
        in_channels, out_channels: C and O.
        kernel_size: the size of a weight.
        stride, padding, dilation, groups: as for the function.
        bias: whether there is a bias.
        padding_mode: what lies around the input: "zeros", "reflect", "replicate" or "circular".
        dtype: the type of the parameters; float32 if not given.
        generator: draws the initial values; the default generator if not given.

    Attributes:
        weight: (O, C / groups, kh, kw).
        bias: (O), or None.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Sizes,
        stride: Sizes = 1,
        padding: Sizes | str = 0,
        dilation: Sizes = 1,
        groups: int = 1,
        bias: bool = True,
        padding_mode: str = "zeros",
        *,
        dtype: Any = None,
        generator: Generator | None = None,
    ) -> None:
        super().__init__(
            2, in_channels, out_channels, kernel_size, stride, padding, dilation, groups, bias, padding_mode, 0, False,
            dtype, generator,
        )  # fmt: skip

    def forward(self, input: Any) -> Any:
        return self._convolve(F.conv2d, input)


class ConvTranspose1d(_Convolution):
    """Do what the gradient of Conv1d does: rows (N, C, L) become (N, O, OL). See `functional.conv_transpose1d`.

    Parameters:
        in_channels, out_channels: C and O.
        kernel_size: the size of a weight.
        stride, padding, output_padding, groups, dilation: as for the function.
        bias: whether there is a bias.
        padding_mode: "zeros"; there is no other.
        dtype: the type of the parameters; float32 if not given.
        generator: draws the initial values; the default generator if not given.

    Attributes:
        weight: (C, O / groups, k).
        bias: (O), or None.
    """

    padding: tuple[int, ...]

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Sizes,
        stride: Sizes = 1,
        padding: Sizes = 0,
        output_padding: Sizes = 0,
        groups: int = 1,
        bias: bool = True,
        dilation: Sizes = 1,
        padding_mode: str = "zeros",
        *,
        dtype: Any = None,
        generator: Generator | None = None,
    ) -> None:
        if isinstance(padding, str):
            raise TypeError(f"ConvTranspose1d: expected padding in numbers, got {padding!r}")
        super().__init__(
            1, in_channels, out_channels, kernel_size, stride, padding, dilation, groups, bias, padding_mode,
            output_padding, True, dtype, generator,
        )  # fmt: skip

    def forward(self, input: Any) -> Any:
        return F.conv_transpose1d(
            input, self.weight, self.bias, self.stride, self.padding, self.output_padding, self.groups, self.dilation
        )


class ConvTranspose2d(_Convolution):
    """Do what the gradient of Conv2d does: (N, C, H, W) gives (N, O, OH, OW). See `functional.conv_transpose2d`.

    Parameters:
        in_channels, out_channels: C and O.
        kernel_size: the size of a weight.
        stride, padding, output_padding, groups, dilation: as for the function.
        bias: whether there is a bias.
        padding_mode: "zeros"; there is no other.
        dtype: the type of the parameters; float32 if not given.
        generator: draws the initial values; the default generator if not given.

    Attributes:
        weight: (C, O / groups, kh, kw).
        bias: (O), or None.
    """

    padding: tuple[int, ...]

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Sizes,
        stride: Sizes = 1,
        padding: Sizes = 0,
        output_padding: Sizes = 0,
        groups: int = 1,
        bias: bool = True,
        dilation: Sizes = 1,
        padding_mode: str = "zeros",
        *,
        dtype: Any = None,
        generator: Generator | None = None,
    ) -> None:
        if isinstance(padding, str):
            raise TypeError(f"ConvTranspose2d: expected padding in numbers, got {padding!r}")
        super().__init__(
            2, in_channels, out_channels, kernel_size, stride, padding, dilation, groups, bias, padding_mode,
            output_padding, True, dtype, generator,
        )  # fmt: skip

    def forward(self, input: Any) -> Any:
        return F.conv_transpose2d(
            input, self.weight, self.bias, self.stride, self.padding, self.output_padding, self.groups, self.dilation
        )
