"""Dropout: elements or whole channels set to 0 at random.

From Srivastava, Hinton, Krizhevsky, Sutskever and Salakhutdinov: Dropout, JMLR 15, 2014.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_edu import ops
from tinygrad_edu.nn.functional.floats import check_float
from tinygrad_edu.ops.window import SIZES
from tinygrad_edu.system.generator import Generator, numpy_generator
from tinygrad_edu.tensors.tensor import Tensor


def dropout(
    input: Any, p: float = 0.5, training: bool = True, inplace: bool = False, *, generator: Generator | None = None
) -> Tensor:
    """Set each element to 0 with probability p and scale the others by 1 / (1 - p), if `training`.

    Parameters:
        inplace: whether to write the result into the input's memory.
        generator: draws what is dropped; the default generator if not given.

    Raises:
        ValueError: p is not a probability.
        TypeError: the input holds integers, which cannot be scaled.
    """
    check_probability("dropout", p)
    if not training or p == 0:
        return input
    check_float("dropout", input)
    mask = kept(input.shape, input.dtype, p, generator)
    return input.mul_(mask) if inplace else ops.mul(input, mask)


def dropout2d(
    input: Any, p: float = 0.5, training: bool = True, inplace: bool = False, *, generator: Generator | None = None
) -> Tensor:
    """Set each channel of each image (N, C, H, W) to 0 with probability p; see `dropout`.

    Neighbouring pixels say much the same, so dropping them one by one drops little.
    """
    return _drop_channels("dropout2d", 2, input, p, training, inplace, generator)


def dropout1d(
    input: Any, p: float = 0.5, training: bool = True, inplace: bool = False, *, generator: Generator | None = None
) -> Tensor:
    """Set each channel of each row (N, C, L) to 0 with probability p; see `dropout`."""
    return _drop_channels("dropout1d", 1, input, p, training, inplace, generator)


def dropout3d(
    input: Any, p: float = 0.5, training: bool = True, inplace: bool = False, *, generator: Generator | None = None
) -> Tensor:
    """Set each channel of each volume (N, C, D, H, W) to 0 with probability p; see `dropout`."""
    return _drop_channels("dropout3d", 3, input, p, training, inplace, generator)


def _drop_channels(
    name: str, n: int, input: Any, p: float, training: bool, inplace: bool, generator: Generator | None
) -> Any:
    check_probability(name, p)
    if input.ndim not in (n + 1, n + 2):
        raise ValueError(f"{name}: expected a shape (N, C, {SIZES[n]}), got {tuple(input.shape)}")
    if not training or p == 0:
        return input
    mask = kept((*input.shape[:-n], *(1,) * n), input.dtype, p, generator)
    return input.mul_(mask) if inplace else ops.mul(input, mask)


def kept(shape: tuple[int, ...], dtype: Any, p: float, generator: Generator | None) -> Any:
    """Draw what dropout multiplies by: 0 with probability p, else 1 / (1 - p)."""
    # float32 is enough to decide by, and twice as fast to draw.
    mask = (numpy_generator(generator).random(shape, np.float32) >= p).astype(dtype)
    mask *= 1 / (1 - p) if p < 1 else 0
    return mask


def check_probability(name: str, p: float) -> None:
    """Raise ValueError unless p is between 0 and 1."""
    if not 0 <= p <= 1:
        raise ValueError(f"{name}: expected a probability p between 0 and 1, got {p}")
