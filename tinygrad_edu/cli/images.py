"""Reading images of digits from files of several formats."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tinygrad_edu.cli.digits import as_bytes, to_mnist
from tinygrad_edu.cli.errors import CommandError
from tinygrad_edu.cli.formats import on_paper, read_pgm, read_with_pillow
from tinygrad_edu.data import read_idx
from tinygrad_edu.data.idx import GZIP_MAGIC
from tinygrad_edu.engine.op import Array
from tinygrad_edu.system.npy import MAGIC as NPY_MAGIC
from tinygrad_edu.system.npy import NpyError, read_npy
from tinygrad_edu.vision.datasets import MNIST

MAX_BYTES = 1 << 27  # of a file; MNIST's largest has 47 million
WHITES = (1, 255, 65535)  # the values that white may have
ROW = 28 * 28
SHAPES = f"one image (H, W) or (H, W, 3), several (N, H, W), or rows of {ROW} (N, {ROW})"


class _Named(io.BytesIO):
    """The content of a file, which error messages can call by its name."""

    def __init__(self, content: bytearray, path: Path) -> None:
        super().__init__(content)
        self.name = str(path)


@dataclass(frozen=True)
class Picture:
    """An image as the network wants it: bytes (H, W), white on black, with a name and a label if it has one."""

    name: str
    pixels: Array
    label: int | None = None


def read_pictures(source: str, index: int | None = None, size: tuple[int, int] | None = None) -> list[Picture]:
    """Read what the user called `source`: `mnist:7`, a file, or `file[7]`.

    Parameters:
        index: which image of a file that has several; all of them if not given here or in `source`.
        size: take images as they are, of this height and width; otherwise they are brought to the form of MNIST's.

    Raises:
        CommandError: there is no image in it, or none of that number.
        FormatError: a file is damaged; a CommandError is one.
        OSError: the file cannot be read.
    """
    path = Path(source)
    match = re.fullmatch(r"(mnist):(.*)", source) or (not path.exists() and re.fullmatch(r"(.+)\[(.*)\]", source))
    if match:
        place, number = match.groups()
        if index is not None:
            raise CommandError(f"{source} names an image already; leave out --index {index}")
        if not re.fullmatch(r"-?[0-9]{1,18}", number):
            raise CommandError(f"{source}: expected the number of an image, from 0 up, such as mnist:7 or FILE[7]")
        path, index = Path(place), int(number)
        if source.startswith("mnist:"):
            test_set = MNIST(train=False)
            pixels, label = test_set[_checked_index(index, len(test_set), "mnist")]
            _check_size(pixels.shape, size, source)
            return [Picture(source, pixels, label)]
    images, white, several = _read_file(path)
    numbers = range(len(images)) if index is None else [_checked_index(index, len(images), str(path))]
    names = {i: f"{path}[{i}]" if several else str(path) for i in numbers}
    if size is None:
        return [Picture(name, to_mnist(images[i], name, white)) for i, name in names.items()]
    _check_size(images.shape[1:], size, str(path))
    return [Picture(name, as_bytes(np.divide(images[i], white, dtype=np.float32))) for i, name in names.items()]


def _check_size(came: tuple[int, ...], expected: tuple[int, int] | None, name: str) -> None:
    if expected not in (None, came):
        sizes = (" x ".join(map(str, size)) for size in (came, expected or ()))
        raise CommandError("{} has {} pixels; this network reads {}".format(name, *sizes))


def _checked_index(index: int, count: int, name: str) -> int:
    if not 0 <= index < count:
        raise CommandError(f"{name} has the images 0 to {count - 1}; there is no number {index}")
    return index


def _read_file(path: Path) -> tuple[Array, float, bool]:
    """Return the images of a file, grey (N, H, W), the value of white, and whether there can be several."""
    with path.open("rb") as file:
        content = bytearray()
        while piece := file.read(1 << 20):
            content += piece
            if len(content) > MAX_BYTES:
                raise CommandError(f"{path} is larger than {MAX_BYTES:,} bytes; that is no image of a digit")
    if content.startswith((b"P2", b"P5")):
        image, white = read_pgm(content, str(path))
        return image[None], _white(image, path) if image.max() <= 1 else white, False
    if content.startswith(NPY_MAGIC):
        images, several = _arranged(_read_npy(content, path), path)
    elif content.startswith((GZIP_MAGIC, b"\0\0")):
        images, several = _arranged(read_idx(_Named(content, path), max_bytes=MAX_BYTES), path)
    elif content.startswith(b"PK"):
        raise CommandError(f"{path} is an archive, such as np.savez writes; save the images alone, with np.save")
    else:
        images, several = read_with_pillow(content, str(path))[None], False
    return images, _white(images, path), several


def _read_npy(content: bytearray, path: Path) -> Array:
    try:
        return read_npy(io.BytesIO(content), len(content))
    except NpyError as error:
        raise CommandError(f"{path} is no whole .npy file: {error}") from None


def _arranged(array: Array, path: Path) -> tuple[Array, bool]:
    """Bring an array to (N, H, W), and tell whether it can hold several images."""
    if array.dtype.kind not in "biuf" or array.size == 0:
        raise CommandError(f"{path} has shape {array.shape} of {array.dtype}; expected {SHAPES} of numbers")
    if array.shape in ((ROW,), (1, ROW), (ROW, 1)):
        return array.reshape(1, 28, 28), False
    if array.ndim == 2 and array.shape[1] == ROW != array.shape[0]:
        return array.reshape(-1, 28, 28), True
    if array.ndim == 3 and array.shape[-1] in (1, 3, 4) and min(array.shape[:2]) > 4:  # channels
        grey = array[..., :3].mean(axis=-1, dtype=np.float32)
        if array.shape[-1] == 4:
            scale = np.float32(255 / _white(array, path))
            grey = on_paper(*(np.asarray(x * scale, np.uint8) for x in (grey, array[..., 3])))
        return grey[None], False
    if array.ndim == 4 and 1 in (array.shape[1], array.shape[3]):  # one channel, as PyTorch has it or others
        array = array[:, 0] if array.shape[1] == 1 else array[..., 0]
    if array.ndim not in (2, 3):
        raise CommandError(f"{path} has shape {array.shape}; expected {SHAPES}")
    return (array, True) if array.ndim == 3 else (array[None], False)


def _white(array: Array, path: Path) -> float:
    """Return the value of white: the least of the usual ones that no number is above."""
    low, high = float(array.min()), float(array.max())
    if not (low >= 0 and high <= WHITES[-1]):
        raise CommandError(f"{path} has values from {low:g} to {high:g}; expected pixels from 0 to 1 or from 0 to 255")
    return next(white for white in WHITES if high <= white)
