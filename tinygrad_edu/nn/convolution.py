"""Convolutions of rows, images and volumes, and transposed ones. Formulas and shapes stand at the functions."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from tinygrad_edu.nn import functional as F
from tinygrad_edu.nn.functional.convolution import check_named_padding
from tinygrad_edu.nn.functional.sizes import Sizes, each
from tinygrad_edu.nn.module import Module
from tinygrad_edu.nn.parameter import Parameter, draw_uniform, new_parameter
from tinygrad_edu.system.devices import takes_device
from tinygrad_edu.system.generator import Generator
from tinygrad_edu.tensors.tensor import Tensor

PADDING_MODES = {"zeros": "constant", "reflect": "reflect", "replicate": "replicate", "circular": "circular"}


class _Convolution(Module):
    """What all convolutions share: their sizes, their parameters, and what is printed of them.

    A class of convolutions is these over a number of dimensions, and the function that computes it.
    """

    dims: ClassVar[int]
    function: ClassVar[Callable[..., Any]]
    transposed: ClassVar[bool]

    weight: Parameter
    bias: Parameter | None

    def _set_sizes(
        self, kernel_size: Sizes, stride: Sizes, padding: Sizes | str, dilation: Sizes, output_padding: Sizes = 0
    ) -> None:
        name, n = type(self).__name__, self.dims
        self.kernel_size = each(name, "kernel_size", kernel_size, n)
        self.stride = each(name, "stride", stride, n)
        self.padding = padding if isinstance(padding, str) else each(name, "padding", padding, n, least=0)
        self.dilation = each(name, "dilation", dilation, n)
        self.output_padding = each(name, "output_padding", output_padding, n, least=0)

    def _set_channels(
        self, channels: tuple[int, int], groups: int, bias: bool, padding_mode: str, dtype: Any, generator: Any
    ) -> None:
        """Make the parameters, once the sizes are known."""
        name, (in_channels, out_channels) = type(self).__name__, channels
        if groups < 1 or in_channels % groups or out_channels % groups:
            raise ValueError(
                f"{name}: expected channels that are multiples of groups={groups}, got {in_channels} in, "
                f"{out_channels} out"
            )
        possible = ["zeros"] if self.transposed else list(PADDING_MODES)
        if padding_mode not in possible:
            raise ValueError(f"{name}: expected padding_mode to be one of {', '.join(possible)}, got {padding_mode!r}")
        self.in_channels, self.out_channels = in_channels, out_channels
        self.groups, self.padding_mode = groups, padding_mode
        shape = (in_channels, out_channels // groups) if self.transposed else (out_channels, in_channels // groups)
        self.weight = new_parameter((*shape, *self.kernel_size), dtype)
        self.register_parameter("bias", new_parameter(out_channels, dtype) if bias else None)
        self.reset_parameters(generator)

    def reset_parameters(self, generator: Generator | None = None) -> None:
        """Draw new initial values: uniform on ±1/√(numbers that go into one output), as in PyTorch."""
        draw_uniform((self.weight, self.bias), math.prod(self.weight.shape[1:]), generator)

    def extra_repr(self) -> str:
        words = [f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}, stride={self.stride}"]
        zeros, ones = (0,) * self.dims, (1,) * self.dims
        usual = {"padding": zeros, "dilation": ones, "output_padding": zeros, "groups": 1}
        words += [f"{name}={getattr(self, name)}" for name, value in usual.items() if getattr(self, name) != value]
        words += ["bias=False"] * (self.bias is None)
        words += [f"padding_mode={self.padding_mode}"] * (self.padding_mode != "zeros")
        return ", ".join(words)


class _Convolve(_Convolution):
    transposed = False

    @takes_device
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
        if isinstance(padding, str):
            name = type(self).__name__
            check_named_padding(name, padding, each(name, "stride", stride, self.dims))
        super().__init__()
        self._set_sizes(kernel_size, stride, padding, dilation)
        self._set_channels((in_channels, out_channels), groups, bias, padding_mode, dtype, generator)

    def forward(self, input: Any) -> Tensor:
        padding: Any = self.padding
        if self.padding_mode != "zeros":
            widths = [self._border(i) for i in reversed(range(self.dims))]
            input = F.pad(input, [w for pair in widths for w in pair], mode=PADDING_MODES[self.padding_mode])
            padding = 0
        return type(self).function(input, self.weight, self.bias, self.stride, padding, self.dilation, self.groups)

    def _border(self, i: int) -> tuple[int, int]:
        """Return how much is added before and after along dimension i."""
        if isinstance(self.padding, str):
            total = self.dilation[i] * (self.kernel_size[i] - 1) if self.padding == "same" else 0
            return total // 2, total - total // 2
        return self.padding[i], self.padding[i]


class Conv1d(_Convolve):
    """Slide learned weights over rows (N, C, L), which gives (N, O, OL). See `functional.conv1d`.

    Parameters as for Conv2d.

    Attributes:
        weight: (O, C / groups, k).
        bias: (O), or None.
    """

    dims, function = 1, staticmethod(F.conv1d)


class Conv2d(_Convolve):
    """Slide learned weights over images (N, C, H, W), which gives (N, O, OH, OW). See `functional.conv2d`.

    Parameters:
        in_channels, out_channels: C and O.
        kernel_size: the size of a weight.
        stride, padding, dilation, groups: as for the function.
        bias: whether there is a bias.
        padding_mode: what lies around the input: "zeros", "reflect", "replicate" or "circular".
        dtype: the type of the parameters; the default one if not given.
        generator: draws the initial values; the default generator if not given.

    Attributes:
        weight: (O, C / groups, kh, kw).
        bias: (O), or None.
    """

    dims, function = 2, staticmethod(F.conv2d)


class Conv3d(_Convolve):
    """Slide learned weights over volumes (N, C, D, H, W), which gives (N, O, OD, OH, OW). See `functional.conv3d`.

    Parameters as for Conv2d.

    Attributes:
        weight: (O, C / groups, kd, kh, kw).
        bias: (O), or None.
    """

    dims, function = 3, staticmethod(F.conv3d)


class _ConvolveTransposed(_Convolution):
    transposed = True

    @takes_device
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
            raise TypeError(f"{type(self).__name__}: expected padding in numbers, got {padding!r}")
        super().__init__()
        self._set_sizes(kernel_size, stride, padding, dilation, output_padding)
        self._set_channels((in_channels, out_channels), groups, bias, padding_mode, dtype, generator)

    def forward(self, input: Any, output_size: Sequence[int] | None = None) -> Tensor:
        """Return the output, of the size that is asked for where several are possible: that of H, W or of all."""
        more = self.output_padding if output_size is None else self._more(input, output_size)
        return type(self).function(
            input, self.weight, self.bias, self.stride, self.padding, more, self.groups, self.dilation
        )

    def _more(self, input: Any, output_size: Sequence[int]) -> tuple[int, ...]:
        """Return the output_padding that leads to a size."""
        padding: Any = self.padding
        sizes = zip(input.shape[-self.dims :], self.stride, padding, self.dilation, self.kernel_size, strict=True)
        least = [(n - 1) * s - 2 * p + d * (k - 1) + 1 for n, s, p, d, k in sizes]
        wanted = tuple(output_size)[-self.dims :]
        if len(wanted) < self.dims or any(
            not m <= w < m + s for m, w, s in zip(least, wanted, self.stride, strict=True)
        ):
            most = [m + s - 1 for m, s in zip(least, self.stride, strict=True)]
            raise ValueError(
                f"{type(self).__name__}: expected an output_size from {least} to {most}, got {output_size}"
            )
        return tuple(w - m for w, m in zip(wanted, least, strict=True))


class ConvTranspose1d(_ConvolveTransposed):
    """Do what the gradient of Conv1d does: rows (N, C, L) become (N, O, OL). See `functional.conv_transpose1d`.

    Parameters as for ConvTranspose2d.

    Attributes:
        weight: (C, O / groups, k).
        bias: (O), or None.
    """

    dims, function = 1, staticmethod(F.conv_transpose1d)


class ConvTranspose2d(_ConvolveTransposed):
    """Do what the gradient of Conv2d does: (N, C, H, W) gives (N, O, OH, OW). See `functional.conv_transpose2d`.

    Parameters:
        output_padding: as for the function.

    The others as for Conv2d; but padding is a number or numbers, and what lies around the input is zeros.

    Attributes:
        weight: (C, O / groups, kh, kw).
        bias: (O), or None.
    """

    dims, function = 2, staticmethod(F.conv_transpose2d)


class ConvTranspose3d(_ConvolveTransposed):
    """Do what the gradient of Conv3d does: (N, C, D, H, W) gives (N, O, OD, OH, OW). See `functional.conv_transpose3d`.

    Parameters as for ConvTranspose2d.

    Attributes:
        weight: (C, O / groups, kd, kh, kw).
        bias: (O), or None.
    """

    dims, function = 3, staticmethod(F.conv_transpose3d)
