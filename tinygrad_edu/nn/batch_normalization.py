"""Batch and instance normalization as modules, with running statistics. Formulas stand at the functions."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from tinygrad_edu.engine.dtypes import or_default
from tinygrad_edu.nn import functional as F
from tinygrad_edu.nn import init
from tinygrad_edu.nn.normalization import Affine
from tinygrad_edu.system.devices import takes_device
from tinygrad_edu.tensors.tensor import Tensor, wrap


class _Running(Affine):
    """What batch and instance normalization share: running statistics."""

    ndims: ClassVar[tuple[int, ...]]
    channel_axis: ClassVar[int]
    shapes: ClassVar[str]
    running_mean: Tensor | None
    running_var: Tensor | None
    num_batches_tracked: Tensor | None

    @takes_device
    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        *,
        bias: bool = True,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        self.num_features = num_features
        self.eps, self.momentum = eps, momentum
        self.affine, self.track_running_stats = affine, track_running_stats
        self._make(num_features, affine, bias, dtype)
        for name in ("running_mean", "running_var"):
            start = wrap(np.empty(num_features, or_default(dtype))) if track_running_stats else None
            self.register_buffer(name, start)
        self.register_buffer("num_batches_tracked", wrap(np.zeros((), np.int64)) if track_running_stats else None)
        self.reset_running_stats()

    def reset_running_stats(self) -> None:
        """Forget the statistics: mean 0 and variance 1."""
        if self.running_mean is not None and self.running_var is not None and self.num_batches_tracked is not None:
            init.zeros_(self.running_mean)
            init.ones_(self.running_var)
            init.zeros_(self.num_batches_tracked)

    def _check(self, input: Any) -> None:
        if input.ndim not in self.ndims or input.shape[self.channel_axis] != self.num_features:
            raise ValueError(
                f"{type(self).__name__}: expected an input {self.shapes} with C = {self.num_features}, got shape "
                f"{tuple(input.shape)}"
            )

    def _factor(self) -> float:
        """Count the batch, and return how far the running statistics move; without momentum they are averages."""
        if not (self.training and self.num_batches_tracked is not None):
            return 0.0
        self.num_batches_tracked.array[...] += 1
        return 1 / self.num_batches_tracked.array.item() if self.momentum is None else self.momentum

    def extra_repr(self) -> str:
        words = self._words("eps", "momentum", "affine")
        return f"{self.num_features}, {words}, track_running_stats={self.track_running_stats}"


class _BatchNorm(_Running):
    channel_axis = 1

    def forward(self, input: Any) -> Tensor:
        self._check(input)
        factor = self._factor()
        use_batch = self.training or self.running_mean is None
        keep = self.training and self.track_running_stats
        statistics = (self.running_mean, self.running_var) if keep or not use_batch else (None, None)
        return F.batch_norm(input, *statistics, self.weight, self.bias, use_batch, factor, self.eps)


class BatchNorm1d(_BatchNorm):
    """Standardize each channel of (N, C) or (N, C, L) over the batch. See `functional.batch_norm`.

    Parameters:
        num_features: C.
        eps: keeps the division finite.
        momentum: how far the running statistics move in a step; None averages over all steps.
        affine: whether there are a weight and (unless `bias` is False) a bias.
        track_running_stats: whether statistics are kept for use after `eval()`; else those of the batch are used.
        dtype: the type of the parameters; the default one if not given.

    Attributes:
        weight, bias: (C), or None.
        running_mean, running_var: (C), buffers, or None.
        num_batches_tracked: how many batches they come from.
    """

    ndims, shapes = (2, 3), "(N, C) or (N, C, L)"


class BatchNorm2d(_BatchNorm):
    """Standardize each channel of images (N, C, H, W) over the batch. Parameters as for BatchNorm1d."""

    ndims, shapes = (4,), "(N, C, H, W)"


class BatchNorm3d(_BatchNorm):
    """Standardize each channel of volumes (N, C, D, H, W) over the batch. Parameters as for BatchNorm1d."""

    ndims, shapes = (5,), "(N, C, D, H, W)"


class _InstanceNorm(_Running):
    @takes_device
    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = False,
        track_running_stats: bool = False,
        *,
        bias: bool = True,
        dtype: Any = None,
    ) -> None:
        super().__init__(num_features, eps, momentum, affine, track_running_stats, bias=bias, dtype=dtype)

    def forward(self, input: Any) -> Tensor:
        self._check(input)
        if input.ndim == self.ndims[0]:
            return self.forward(input[None])[0]
        own = self.training or not self.track_running_stats
        momentum = 0.0 if self.momentum is None else self.momentum
        return F.instance_norm(
            input, self.running_mean, self.running_var, self.weight, self.bias, own, momentum, self.eps
        )


class InstanceNorm1d(_InstanceNorm):
    """Standardize each channel of each row (N, C, L) or (C, L). See `functional.instance_norm`.

    Parameters as for BatchNorm1d; without `affine` and `track_running_stats`, if not given.
    """

    ndims, channel_axis, shapes = (2, 3), -2, "(N, C, L) or (C, L)"


class InstanceNorm2d(_InstanceNorm):
    """Standardize each channel of each image (N, C, H, W) or (C, H, W). See InstanceNorm1d."""

    ndims, channel_axis, shapes = (3, 4), -3, "(N, C, H, W) or (C, H, W)"


class InstanceNorm3d(_InstanceNorm):
    """Standardize each channel of each volume (N, C, D, H, W) or (C, D, H, W). See InstanceNorm1d."""

    ndims, channel_axis, shapes = (4, 5), -4, "(N, C, D, H, W) or (C, D, H, W)"
