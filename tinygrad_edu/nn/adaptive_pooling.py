"""Pooling to a given size as modules. Formulas and shapes stand at the functions in `nn/functional/`."""

from __future__ import annotations

from tinygrad_edu.nn import functional as F
from tinygrad_edu.nn.wrapping import Wrapper


class _AdaptiveAvgPool(Wrapper):
    def __init__(self, output_size: int | tuple[int | None, ...] | None) -> None:
        super().__init__(output_size=output_size)


class AdaptiveAvgPool1d(_AdaptiveAvgPool, function=F.adaptive_avg_pool1d):
    """Average windows of such sizes that there are `output_size` of them. See `functional.adaptive_avg_pool1d`."""


class AdaptiveAvgPool2d(_AdaptiveAvgPool, function=F.adaptive_avg_pool2d):
    """Average windows of such sizes that there are `output_size` of them. See `functional.adaptive_avg_pool2d`."""


class AdaptiveAvgPool3d(_AdaptiveAvgPool, function=F.adaptive_avg_pool3d):
    """Average windows of such sizes that there are `output_size` of them. See `functional.adaptive_avg_pool3d`."""


class _AdaptiveMaxPool(Wrapper):
    hidden = ("return_indices",)

    def __init__(self, output_size: int | tuple[int | None, ...] | None, return_indices: bool = False) -> None:
        super().__init__(output_size=output_size, return_indices=return_indices)


class AdaptiveMaxPool1d(_AdaptiveMaxPool, function=F.adaptive_max_pool1d):
    """Take the largest of such windows that there are `output_size` of them. See `functional.adaptive_max_pool1d`."""


class AdaptiveMaxPool2d(_AdaptiveMaxPool, function=F.adaptive_max_pool2d):
    """Take the largest of such windows that there are `output_size` of them. See `functional.adaptive_max_pool2d`."""


class AdaptiveMaxPool3d(_AdaptiveMaxPool, function=F.adaptive_max_pool3d):
    """Take the largest of such windows that there are `output_size` of them. See `functional.adaptive_max_pool3d`."""
