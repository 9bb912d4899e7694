"""Rearranging and resampling as modules: borders, patches, sizes, distances. See `nn/functional/`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tinygrad_edu.functions.shape import unflatten
from tinygrad_edu.nn import functional as F
from tinygrad_edu.nn.functional.sizes import each
from tinygrad_edu.nn.module import Module
from tinygrad_edu.nn.wrapping import Wrapper

Sizes = int | tuple[int, ...]


class Unflatten(Module):
    """Split dimension `dim` into several of sizes `unflattened_size`; the reverse of Flatten."""

    def __init__(self, dim: int, unflattened_size: Sequence[int]) -> None:
        super().__init__()
        self.dim = dim
        self.unflattened_size = tuple(unflattened_size)

    def forward(self, input: Any) -> Any:
        return unflatten(input, self.dim, self.unflattened_size)

    def extra_repr(self) -> str:
        return f"dim={self.dim}, unflattened_size={self.unflattened_size}"


class Upsample(Wrapper):
    """Resize rows or images. See `functional.interpolate`."""

    function = staticmethod(F.interpolate)

    def __init__(
        self,
        size: Sizes | None = None,
        scale_factor: float | Sequence[float] | None = None,
        mode: str = "nearest",
        align_corners: bool | None = None,
    ) -> None:
        super().__init__(
            size=size,
            scale_factor=float(scale_factor) if isinstance(scale_factor, int) else scale_factor,
            mode=mode,
            align_corners=align_corners,
        )

    def extra_repr(self) -> str:
        given = f"size={self.size}" if self.scale_factor is None else f"scale_factor={self.scale_factor}"
        return f"{given}, mode={self.mode!r}"


class PixelShuffle(Wrapper):
    """Make r² channels one channel of r times the height and width. See `functional.pixel_shuffle`."""

    function = staticmethod(F.pixel_shuffle)

    def __init__(self, upscale_factor: int) -> None:
        super().__init__(upscale_factor=upscale_factor)


class PixelUnshuffle(Wrapper):
    """Undo PixelShuffle. See `functional.pixel_unshuffle`."""

    function = staticmethod(F.pixel_unshuffle)

    def __init__(self, downscale_factor: int) -> None:
        super().__init__(downscale_factor=downscale_factor)


class Unfold(Wrapper):
    """Write every window of an image as a column. See `functional.unfold`."""

    function = staticmethod(F.unfold)

    def __init__(self, kernel_size: Sizes, dilation: Sizes = 1, padding: Sizes = 0, stride: Sizes = 1) -> None:
        super().__init__(kernel_size=kernel_size, dilation=dilation, padding=padding, stride=stride)


class Fold(Wrapper):
    """Add columns up to an image. See `functional.fold`."""

    function = staticmethod(F.fold)

    def __init__(
        self, output_size: Sizes, kernel_size: Sizes, dilation: Sizes = 1, padding: Sizes = 0, stride: Sizes = 1
    ) -> None:
        super().__init__(
            output_size=output_size, kernel_size=kernel_size, dilation=dilation, padding=padding, stride=stride
        )


class _Padding(Module):
    """What the paddings share: the widths of the borders, last dimension first."""

    mode: str
    dims: int

    def __init__(self, padding: Sizes) -> None:
        super().__init__()
        self.padding = each(type(self).__name__, "padding", padding, 2 * self.dims, least=-(2**31))

    def forward(self, input: Any) -> Any:
        return F.pad(input, self.padding, self.mode)

    def extra_repr(self) -> str:
        return f"{self.padding}"


class ZeroPad1d(_Padding):
    """Surround rows with zeros: (left, right), or one number."""

    mode, dims = "constant", 1


class ReflectionPad1d(_Padding):
    """Surround rows with the inside mirrored at the outermost element: (left, right), or one number."""

    mode, dims = "reflect", 1


class ReplicationPad1d(_Padding):
    """Surround rows with the outermost element: (left, right), or one number."""

    mode, dims = "replicate", 1


class CircularPad1d(_Padding):
    """Surround rows with what is at the other end: (left, right), or one number."""

    mode, dims = "circular", 1


class ZeroPad2d(_Padding):
    """Surround images with zeros: (left, right, top, bottom), or one number."""

    mode, dims = "constant", 2


class ReflectionPad2d(_Padding):
    """Surround images with the inside mirrored at the outermost element: (left, right, top, bottom), or one number."""

    mode, dims = "reflect", 2


class ReplicationPad2d(_Padding):
    """Surround images with the outermost element: (left, right, top, bottom), or one number."""

    mode, dims = "replicate", 2


class CircularPad2d(_Padding):
    """Surround images with what is at the other end: (left, right, top, bottom), or one number."""

    mode, dims = "circular", 2


class CosineSimilarity(Wrapper):
    """Compute the cosine of the angle between vectors along `dim`. See `functional.cosine_similarity`."""

    function = staticmethod(F.cosine_similarity)
    hidden = ("dim", "eps")

    def __init__(self, dim: int = 1, eps: float = 1e-8) -> None:
        super().__init__(dim=dim, eps=eps)


class PairwiseDistance(Wrapper):
    """Compute the p-norm of the difference of vectors. See `functional.pairwise_distance`."""

    function = staticmethod(F.pairwise_distance)
    hidden = ("p", "eps", "keepdim")

    def __init__(self, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False) -> None:
        super().__init__(p=p, eps=eps, keepdim=keepdim)
