"""Convolutions and transposed convolutions of rows, images and volumes."""

from __future__ import annotations

from typing import Any

from tinygrad_edu import ops
from tinygrad_edu.nn.functional.sizes import Sizes, each, over_batch
from tinygrad_edu.ops.window import SIZES
from tinygrad_edu.tensors.tensor import Tensor


def conv2d(
    input: Any,
    weight: Any,
    bias: Any = None,
    stride: Sizes = 1,
    padding: Sizes | str = 0,
    dilation: Sizes = 1,
    groups: int = 1,
) -> Tensor:
    """Slide a weight over images, with the sum of products as the output at each place (cross-correlation).

    Parameters:
        input: (N, C, H, W) or (C, H, W).
        weight: (O, C / groups, kh, kw).
        bias: (O) or None.
        stride: the step from one place to the next.
        padding: zeros around the image, on either side; "valid" is none; "same" as many as keep the size,
            which needs a stride of 1. One number, or one for rows and one for columns.
        dilation: the distance between the elements of the weight.
        groups: split the channels; each group of outputs sees its own group of inputs.

    Returns:
        (N, O, OH, OW), OH = ⌊(H + 2 padding - dilation (kh - 1) - 1) / stride⌋ + 1.

    Raises:
        ValueError: the shapes do not fit, or the weight is larger than the padded image.
    """
    return _convolve("conv2d", 2, input, weight, bias, stride, padding, dilation, groups)


def conv1d(
    input: Any,
    weight: Any,
    bias: Any = None,
    stride: Sizes = 1,
    padding: Sizes | str = 0,
    dilation: Sizes = 1,
    groups: int = 1,
) -> Tensor:
    """Slide a weight (O, C / groups, k) over rows (N, C, L) or (C, L). Parameters as for `conv2d`."""
    return _convolve("conv1d", 1, input, weight, bias, stride, padding, dilation, groups)


def conv3d(
    input: Any,
    weight: Any,
    bias: Any = None,
    stride: Sizes = 1,
    padding: Sizes | str = 0,
    dilation: Sizes = 1,
    groups: int = 1,
) -> Tensor:
    """Slide a weight (O, C / groups, kd, kh, kw) over volumes (N, C, D, H, W) or (C, D, H, W).

    Parameters as for `conv2d`.
    """
    return _convolve("conv3d", 3, input, weight, bias, stride, padding, dilation, groups)


def _convolve(
    name: str, n: int, input: Any, weight: Any, bias: Any, stride: Any, padding: Any, dilation: Any, groups: int
) -> Any:
    _check_parameters(name, n, input, weight, bias)
    strides, dilations = each(name, "stride", stride, n), each(name, "dilation", dilation, n)
    more: tuple[int, ...] = (0,) * n  # "same" may need one zero more at the end than at the start
    if isinstance(padding, str):
        check_named_padding(name, padding, strides)
        total = [d * (k - 1) * (padding == "same") for d, k in zip(dilations, weight.shape[2:], strict=True)]
        paddings, more = tuple(t // 2 for t in total), tuple(t % 2 for t in total)
    else:
        paddings = each(name, "padding", padding, n, least=0)
    parameters = (weight,) if bias is None else (weight, bias)

    def convolve(x: Any) -> Any:
        if any(more):
            x = ops.pad(x, pad_width=((0, 0), (0, 0), *((0, m) for m in more)))
        return ops.convolution(x, *parameters, stride=strides, padding=paddings, dilation=dilations, groups=groups)

    return over_batch(name, input, n, convolve)


def check_named_padding(name: str, padding: str, stride: tuple[int, ...]) -> None:
    """Raise ValueError unless the padding is "valid", or "same" with a stride of 1."""
    if padding not in ("valid", "same"):
        raise ValueError(f'{name}: expected padding to be numbers, "valid" or "same", got {padding!r}')
    if padding == "same" and max(stride) > 1:
        raise ValueError(f'{name}: padding="same" needs a stride of 1, got {max(stride)}; give the padding in numbers')


def conv_transpose2d(
    input: Any,
    weight: Any,
    bias: Any = None,
    stride: Sizes = 1,
    padding: Sizes = 0,
    output_padding: Sizes = 0,
    groups: int = 1,
    dilation: Sizes = 1,
) -> Tensor:
    """Go from the output's shape of `conv2d` back to the input's: what its gradient does.

    Each input element adds the whole weight, scaled, into the output.

    Parameters:
        input: (N, C, H, W) or (C, H, W).
        weight: (C, O / groups, kh, kw): that of the convolution from O to C channels.
        bias: (O) or None.
        stride, padding, dilation, groups: those of that convolution.
        output_padding: rows and columns more at the end; several sizes have the same convolved size.

    Returns:
        (N, O, OH, OW), OH = (H - 1) stride - 2 padding + dilation (kh - 1) + output_padding + 1.

    Raises:
        ValueError: the shapes do not fit, or output_padding is not less than stride or dilation.
    """
    name = "conv_transpose2d"
    return _transposed(name, 2, input, weight, bias, stride, padding, output_padding, groups, dilation)


def conv_transpose1d(
    input: Any,
    weight: Any,
    bias: Any = None,
    stride: Sizes = 1,
    padding: Sizes = 0,
    output_padding: Sizes = 0,
    groups: int = 1,
    dilation: Sizes = 1,
) -> Tensor:
    """Go from the output's shape of `conv1d` back to the input's. Parameters as for `conv_transpose2d`."""
    name = "conv_transpose1d"
    return _transposed(name, 1, input, weight, bias, stride, padding, output_padding, groups, dilation)


def conv_transpose3d(
    input: Any,
    weight: Any,
    bias: Any = None,
    stride: Sizes = 1,
    padding: Sizes = 0,
    output_padding: Sizes = 0,
    groups: int = 1,
    dilation: Sizes = 1,
) -> Tensor:
    """Go from the output's shape of `conv3d` back to the input's. Parameters as for `conv_transpose2d`."""
    name = "conv_transpose3d"
    return _transposed(name, 3, input, weight, bias, stride, padding, output_padding, groups, dilation)


def _transposed(
    name: str,
    n: int,
    input: Any,
    weight: Any,
    bias: Any,
    stride: Any,
    padding: Any,
    extra: Any,
    groups: int,
    dilation: Any,
) -> Any:
    _check_parameters(name, n, input, weight, bias)
    strides, dilations = each(name, "stride", stride, n), each(name, "dilation", dilation, n)
    paddings = each(name, "padding", padding, n, least=0)
    extras = each(name, "output_padding", extra, n, least=0)
    if any(e >= max(s, d) for e, s, d in zip(extras, strides, dilations, strict=True)):
        raise ValueError(
            f"{name}: expected output_padding to be less than stride or dilation, got {extra}: these rows would be no "
            "part of any window"
        )

    def convolve(x: Any) -> Any:
        along = zip(x.shape[2:], strides, paddings, dilations, weight.shape[2:], extras, strict=True)
        size = tuple((m - 1) * s - 2 * p + d * (k - 1) + e + 1 for m, s, p, d, k, e in along)
        beyond = [e // s for e, s in zip(extras, strides, strict=True)]  # windows that a size with so much more has
        if any(beyond):
            x = ops.pad(x, pad_width=((0, 0), (0, 0), *((0, more) for more in beyond)))
        where = {"stride": strides, "padding": paddings, "dilation": dilations, "groups": groups}
        y = ops.convolution_input(x, weight, size=size, **where)
        return y if bias is None else y + ops.reshape(bias, shape=(-1, *(1,) * n))

    return over_batch(name, input, n, convolve)


def _check_parameters(name: str, n: int, input: Any, weight: Any, bias: Any) -> None:
    kinds = {x.dtype.kind for x in (input, weight, bias) if x is not None}
    if len(kinds) > 1:
        dtypes = ", ".join(str(x.dtype) for x in (input, weight, bias) if x is not None)
        raise TypeError(f"{name}: expected input, weight and bias of one type, got {dtypes}; convert them: x.float()")
    if weight.ndim != n + 2:
        sizes = "k" if n == 1 else ", ".join(f"k{letter.lower()}" for letter in SIZES[n].split(", "))
        raise ValueError(f"{name}: expected a weight (channels, channels, {sizes}), got shape {tuple(weight.shape)}")
