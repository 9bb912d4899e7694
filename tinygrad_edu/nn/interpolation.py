"""Resizing rows and images, as modules."""

from __future__ import annotations

from collections.abc import Sequence

from tinygrad_edu.nn import functional as F
from tinygrad_edu.nn.functional.sizes import Sizes
from tinygrad_edu.nn.wrapping import Wrapper


class Upsample(Wrapper, function=F.interpolate):
    """Resize rows or images. See `functional.interpolate`."""

    def __init__(
        self,
        size: Sizes | None = None,
        scale_factor: float | Sequence[float] | None = None,
        mode: str = "nearest",
        align_corners: bool | None = None,
        recompute_scale_factor: bool | None = None,
    ) -> None:
        super().__init__(
            size=size,
            scale_factor=float(scale_factor) if isinstance(scale_factor, int) else scale_factor,
            mode=mode,
            align_corners=align_corners,
            recompute_scale_factor=recompute_scale_factor,
        )

    def extra_repr(self) -> str:
        given = f"size={self.size}" if self.scale_factor is None else f"scale_factor={self.scale_factor}"
        return f"{given}, mode={self.mode!r}"


class UpsamplingNearest2d(Upsample):
    """Resize images by repeating elements. See Upsample."""

    def __init__(self, size: Sizes | None = None, scale_factor: float | Sequence[float] | None = None) -> None:
        super().__init__(size, scale_factor)


class UpsamplingBilinear2d(Upsample):
    """Resize images by bilinear interpolation between aligned corners. See Upsample."""

    def __init__(self, size: Sizes | None = None, scale_factor: float | Sequence[float] | None = None) -> None:
        super().__init__(size, scale_factor, "bilinear", True)
