"""Windows of images as columns, and columns added up to images, as modules."""

from __future__ import annotations

from tinygrad_edu.nn import functional as F
from tinygrad_edu.nn.functional.sizes import Sizes
from tinygrad_edu.nn.wrapping import Wrapper


class Unfold(Wrapper, function=F.unfold):
    """Write every window of an image as a column. See `functional.unfold`."""

    def __init__(self, kernel_size: Sizes, dilation: Sizes = 1, padding: Sizes = 0, stride: Sizes = 1) -> None:
        super().__init__(kernel_size=kernel_size, dilation=dilation, padding=padding, stride=stride)


class Fold(Wrapper, function=F.fold):
    """Add columns up to an image. See `functional.fold`."""

    def __init__(
        self, output_size: Sizes, kernel_size: Sizes, dilation: Sizes = 1, padding: Sizes = 0, stride: Sizes = 1
    ) -> None:
        super().__init__(
            output_size=output_size, kernel_size=kernel_size, dilation=dilation, padding=padding, stride=stride
        )
