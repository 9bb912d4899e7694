"""Pooling as modules. Formulas, shapes and errors stand at the functions in `nn/functional/pooling.py`."""

from __future__ import annotations

from typing import Any

from tinygrad_edu.nn import functional as F
from tinygrad_edu.nn.functional.sizes import Sizes, each
from tinygrad_edu.nn.wrapping import Wrapper


class _Pool(Wrapper):
    """What the pools share: windows of a size, with a step (the size, if not given) and a border."""

    def __init__(self, kernel_size: Any, stride: Any, padding: Any, **options: Any) -> None:
        super().__init__(
            kernel_size=kernel_size, stride=kernel_size if stride is None else stride, padding=padding, **options
        )


class _MaxPool(_Pool):
    hidden = ("return_indices",)

    def __init__(
        self,
        kernel_size: Sizes,
        stride: Sizes | None = None,
        padding: Sizes = 0,
        dilation: Sizes = 1,
        return_indices: bool = False,
        ceil_mode: bool = False,
    ) -> None:
        options = {"dilation": dilation, "return_indices": return_indices, "ceil_mode": ceil_mode}
        super().__init__(kernel_size, stride, padding, **options)


class MaxPool1d(_MaxPool, function=F.max_pool1d):
    """Take the largest element of each window. See `functional.max_pool1d`."""


class MaxPool2d(_MaxPool, function=F.max_pool2d):
    """Take the largest element of each window. See `functional.max_pool2d`."""


class MaxPool3d(_MaxPool, function=F.max_pool3d):
    """Take the largest element of each window. See `functional.max_pool3d`."""


class AvgPool1d(_Pool, function=F.avg_pool1d):
    """Average each window. See `functional.avg_pool1d`."""

    hidden = ("ceil_mode", "count_include_pad")

    def __init__(
        self,
        kernel_size: Sizes,
        stride: Sizes | None = None,
        padding: Sizes = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
    ) -> None:
        super().__init__(kernel_size, stride, padding, ceil_mode=ceil_mode, count_include_pad=count_include_pad)
        for name in ("kernel_size", "stride", "padding"):  # one number, printed as (one number,), as in PyTorch
            setattr(self, name, each("AvgPool1d", name, getattr(self, name), 1, int(name != "padding")))


class _AvgPool(_Pool):
    hidden = ("ceil_mode", "count_include_pad", "divisor_override")

    def __init__(
        self,
        kernel_size: Sizes,
        stride: Sizes | None = None,
        padding: Sizes = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
        divisor_override: int | None = None,
    ) -> None:
        options = {"count_include_pad": count_include_pad, "divisor_override": divisor_override}
        super().__init__(kernel_size, stride, padding, ceil_mode=ceil_mode, **options)


class AvgPool2d(_AvgPool, function=F.avg_pool2d):
    """Average each window. See `functional.avg_pool2d`."""


class AvgPool3d(_AvgPool, function=F.avg_pool3d):
    """Average each window. See `functional.avg_pool3d`."""


class _LPPool(Wrapper):
    def __init__(
        self, norm_type: float, kernel_size: Sizes, stride: Sizes | None = None, ceil_mode: bool = False
    ) -> None:
        super().__init__(norm_type=norm_type, kernel_size=kernel_size, stride=stride, ceil_mode=ceil_mode)


class LPPool1d(_LPPool, function=F.lp_pool1d):
    """Take the p-norm of each window. See `functional.lp_pool1d`."""


class LPPool2d(_LPPool, function=F.lp_pool2d):
    """Take the p-norm of each window. See `functional.lp_pool2d`."""


class LPPool3d(_LPPool, function=F.lp_pool3d):
    """Take the p-norm of each window. See `functional.lp_pool3d`."""
