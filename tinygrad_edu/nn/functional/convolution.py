"""Convolutions and transposed convolutions of rows and images. Rows are images of height 1."""

from __future__ import annotations

from typing import Any

from tinygrad_edu import ops
from tinygrad_edu.nn.functional.sizes import as_image, as_row, each, with_batch
from tinygrad_edu.tensors.tensor import Tensor

__all__ = ["conv1d", "conv2d", "conv_transpose1d", "conv_transpose2d"]

Sizes = int | tuple[int, ...]


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


def _convolve(
    name: str, n: int, input: Any, weight: Any, bias: Any, stride: Any, padding: Any, dilation: Any, groups: int
) -> Any:
    _check_weight(name, n, input, weight, bias)
    strides = each(name, "stride", stride, n)
    dilations = each(name, "dilation", dilation, n)
    more: tuple[int, ...] = (0,) * n  # "same" may need one zero more at the end than at the start
    if isinstance(padding, str):
        if padding not in ("valid", "same"):
            raise ValueError(f'{name}: expected padding to be numbers, "valid" or "same", got {padding!r}')
        if padding == "same" and max(strides) > 1:
            raise ValueError(f'{name}: padding="same" needs a stride of 1, got {stride}; give the padding in numbers')
        total = [d * (k - 1) * (padding == "same") for d, k in zip(dilations, weight.shape[2:], strict=True)]
        paddings, more = tuple(t // 2 for t in total), tuple(t % 2 for t in total)
    else:
        paddings = each(name, "padding", padding, n, least=0)

    def convolve(x: Any) -> Any:
        w = weight
        if n == 1:
            x, w = as_image(x), as_image(w)
        if any(more):
            x = ops.pad(x, pad_width=((0, 0), (0, 0), *((0, 0),) * (2 - n), *((0, m) for m in more)))
        y = ops.conv2d(
            x,
            w,
            *(() if bias is None else (bias,)),
            stride=(1,) * (2 - n) + strides,
            padding=(0,) * (2 - n) + paddings,
            dilation=(1,) * (2 - n) + dilations,
            groups=groups,
        )
        return as_row(y) if n == 1 else y

    return with_batch(name, input, n, convolve)


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
    return _transposed(
        "conv_transpose2d", 2, input, weight, bias, stride, padding, output_padding, groups, dilation
    )  # fmt: skip


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
    return _transposed(
        "conv_transpose1d", 1, input, weight, bias, stride, padding, output_padding, groups, dilation
    )  # fmt: skip


def _transposed(
    name: str,
    n: int,
    input: Any,
    weight: Any,
    bias: Any,
    stride: Any,
    padding: Any,
    output_padding: Any,
    groups: int,
    dilation: Any,
) -> Any:
    _check_weight(name, n, input, weight, bias)
    strides, dilations = each(name, "stride", stride, n), each(name, "dilation", dilation, n)
    paddings, extra = each(name, "padding", padding, n, least=0), each(name, "output_padding", output_padding, n, 0)
    if any(e >= max(s, d) for e, s, d in zip(extra, strides, dilations, strict=True)):
        raise ValueError(
            f"{name}: expected output_padding to be less than stride or dilation, got {output_padding}: these rows "
            "would be no part of any window"
        )

    def convolve(x: Any) -> Any:
        size = tuple(
            (m - 1) * s - 2 * p + d * (k - 1) + e + 1
            for m, s, p, d, k, e in zip(x.shape[2:], strides, paddings, dilations, weight.shape[2:], extra, strict=True)
        )
        beyond = [e // s for e, s in zip(extra, strides, strict=True)]  # windows that a size with so much more has
        if any(beyond):
            x = ops.pad(x, pad_width=((0, 0), (0, 0), *((0, more) for more in beyond)))
        w = weight
        if n == 1:
            x, w = as_image(x), as_image(w)
        y = ops.conv2d_input(
            x,
            w,
            size=(1,) * (2 - n) + size,
            stride=(1,) * (2 - n) + strides,
            padding=(0,) * (2 - n) + paddings,
            dilation=(1,) * (2 - n) + dilations,
            groups=groups,
        )
        return _with_bias(as_row(y) if n == 1 else y, bias)

    return with_batch(name, input, n, convolve)


def _check_weight(name: str, n: int, input: Any, weight: Any, bias: Any) -> None:
    kinds = {x.dtype.kind for x in (input, weight, bias) if x is not None}
    if len(kinds) > 1:
        dtypes = ", ".join(str(x.dtype) for x in (input, weight, bias) if x is not None)
        raise TypeError(f"{name}: expected input, weight and bias of one type, got {dtypes}; convert them: x.float()")
    if weight.ndim != n + 2:
        sizes = "k" if n == 1 else "kh, kw"
        raise ValueError(f"{name}: expected a weight (channels, channels, {sizes}), got shape {tuple(weight.shape)}")


def _with_bias(y: Any, bias: Any) -> Any:
    return y if bias is None else y + ops.reshape(bias, shape=(-1, *(1,) * (y.ndim - 2)))
