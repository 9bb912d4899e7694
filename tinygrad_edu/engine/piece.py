"""A gradient that is 0 but for a piece."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_edu.engine.op import Array


class Piece(np.lib.mixins.NDArrayOperatorsMixin):
    """What a pullback may return in place of an array of `shape` that is 0 everywhere but at `index`.

    A loop over the rows of a tensor gives it as many gradients as it has rows. Written out, each would be as
    large as the tensor; the engine adds their pieces into one array instead. `index` reads no element twice.
    """

    __slots__ = ("g", "index", "shape")

    dtype = None  # unlike that of any array, so that the engine looks closer

    def __init__(self, g: Any, index: Any, shape: tuple[int, ...]) -> None:
        self.g, self.index, self.shape = g, index, shape

    def whole(self) -> Array:
        """Write it out."""
        whole = np.zeros_like(self.g, shape=self.shape, order="C")
        whole[self.index] = self.g
        return whole

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        return self.whole().astype(dtype or self.g.dtype, copy=False)

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        """Compute with it as with the array it stands for."""
        arrays = (x.whole() if isinstance(x, Piece) else x for x in inputs)
        return getattr(ufunc, method)(*arrays, **kwargs)

    def add_to(self, total: Array) -> None:
        """Add it to a gradient, in place."""
        total[self.index] += self.g
