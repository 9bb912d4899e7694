"""Reading images of digits from files of several formats."""

from __future__ import annotations

import importlib
import io
import re
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tinygrad_edu.cli.digits import to_mnist
from tinygrad_edu.cli.errors import CommandError
from tinygrad_edu.data import IdxError, read_idx
from tinygrad_edu.data.idx import GZIP_MAGIC
from tinygrad_edu.engine.op import Array
from tinygrad_edu.system.npy import MAGIC as NPY_MAGIC
from tinygrad_edu.system.npy import NpyError, read_npy
from tinygrad_edu.vision.datasets import MNIST

MAX_BYTES = 1 << 28  # of a file; MNIST's largest has 47 million
MAX_PIXELS = 1 << 26
SHAPES = "one image (H, W) or (H, W, 3), or several (N, H, W)"


class _Named(io.BytesIO):
    """The content of a file, which error messages can call by its name."""

    def __init__(self, content: bytes, path: Path) -> None:
        super().__init__(content)
        self.name = str(path)


@dataclass(frozen=True)
class Picture:
    """An image as the network wants it: bytes (28, 28), white on black, with a name and a label if it has one."""

    name: str
    pixels: Array
    label: int | None = None


def read_pictures(source: str, index: int | None = None) -> list[Picture]:
    """Read what the user called `source`: `mnist:7`, a file, or `file[7]`.

    Parameters:
        index: which image of a file that has several; all of them if not given here or in `source`.

    Raises:
        CommandError: there is no image in it, or none of that number.
        OSError: the file cannot be read.
    """
    if match := re.fullmatch(r"mnist:(\d+)", source):
        test_set = MNIST(train=False)
        number = _checked_index(int(match[1]), len(test_set), "mnist")
        pixels, label = test_set[number]
        return [Picture(source, pixels, label)]
    path = Path(source)
    if (match := re.fullmatch(r"(.+)\[(\d+)\]", source)) and not path.exists():
        path, index = Path(match[1]), int(match[2])
    images, several = _read_file(path)
    numbers = range(len(images)) if index is None else [_checked_index(index, len(images), str(path))]
    names = {i: f"{path}[{i}]" if several else str(path) for i in numbers}
    return [Picture(name, to_mnist(images[i], name)) for i, name in names.items()]


def _checked_index(index: int, count: int, name: str) -> int:
    if not 0 <= index < count:
        raise CommandError(f"{name} has the images 0 to {count - 1}; there is no number {index}")
    return index


def _read_file(path: Path) -> tuple[Array, bool]:
    """Return the images of a file, grey (N, H, W), and whether it is of a kind that can have several."""
    with path.open("rb") as file:
        content = file.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise CommandError(f"{path} is larger than {MAX_BYTES:,} bytes; that is no image of a digit")
    if content.startswith(NPY_MAGIC):
        return _from_array(_read_npy(content, path), path)
    if content.startswith((GZIP_MAGIC, b"\0\0")):
        try:
            return _from_array(read_idx(_Named(content, path), max_bytes=MAX_BYTES), path)
        except IdxError as error:
            raise CommandError(str(error)) from None
    if content.startswith((b"P2", b"P5")):
        return _read_pgm(content, path)[None], False
    return _read_with_pillow(content, path)[None], False


def _read_npy(content: bytes, path: Path) -> Array:
    try:
        return read_npy(io.BytesIO(content), len(content))
    except NpyError as error:
        raise CommandError(f"{path} is no whole .npy file: {error}") from None


def _from_array(array: Array, path: Path) -> tuple[Array, bool]:
    """Bring an array to (N, H, W) and its values to the range from 0 to 1."""
    if array.dtype.kind not in "biuf" or array.size == 0:
        raise CommandError(f"{path} has shape {array.shape} of {array.dtype}; expected {SHAPES} of numbers")
    if array.shape == (784,):
        array = array.reshape(28, 28)
    elif array.ndim == 3 and array.shape[-1] in (3, 4) and min(array.shape[:2]) > 4:
        array = array[..., :3].mean(axis=-1)
    if array.ndim not in (2, 3):
        raise CommandError(f"{path} has shape {array.shape}; expected {SHAPES}")
    low, high = float(array.min()), float(array.max())
    if not (low >= 0 and high <= 65535):
        raise CommandError(f"{path} has values from {low:g} to {high:g}; expected pixels from 0 to 1 or from 0 to 255")
    if array.dtype.kind == "f":
        white = 1.0 if high <= 1 else 255.0 if high <= 255 else 65535.0
    else:
        white = {"b": 1.0}.get(array.dtype.kind, 255.0 if high <= 255 else 65535.0)
    several = array.ndim == 3
    return (array if several else array[None]) / np.float32(white), several


def _read_pgm(content: bytes, path: Path) -> Array:
    """Read a portable grey map: "P2" or "P5", width, height, the value of white, and the pixels."""
    # Three numbers after the magic, each after white space or comments, and one white space.
    header = re.match(rb"P[25]" + rb"(?:\s+|#[^\n]*\n)+(\d{1,9})" * 3 + rb"\s", content)
    if header is None:
        raise CommandError(f"{path} is no whole PGM image: expected a width, a height and the value of white at first")
    width, height, white = (int(number) for number in header.groups())
    if not (0 < width * height <= MAX_PIXELS and 0 < white <= 65535):
        raise CommandError(f"{path} is no usable PGM image: {width} x {height} pixels, with {white} for white")
    rest = content[header.end() :]
    if content.startswith(b"P5"):
        dtype = np.dtype(">u2" if white > 255 else "u1")
        values = np.frombuffer(rest, dtype, min(width * height, len(rest) // dtype.itemsize)).astype(np.float32)
    else:
        words = re.sub(rb"#[^\n]*", b"", rest).split(maxsplit=width * height)[: width * height]
        if not all(word.isdigit() and len(word) < 6 for word in words):
            raise CommandError(f"{path} is a damaged PGM image: its pixels are not all numbers")
        values = np.array([int(word) for word in words], np.float32)
    if len(values) < width * height:
        raise CommandError(f"{path} is a truncated PGM image: expected {width * height} pixels, {len(values)} came")
    return values.reshape(height, width) / np.float32(white)


def _read_with_pillow(content: bytes, path: Path) -> Array:
    try:
        pillow: Any = importlib.import_module("PIL.Image")
        operations: Any = importlib.import_module("PIL.ImageOps")
    except ImportError:
        raise CommandError(
            f"{path} is no .npy, IDX or PGM file, and for other kinds of images Pillow is needed, which is not "
            "installed: pip install pillow"
        ) from None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", pillow.DecompressionBombWarning)
            with pillow.open(io.BytesIO(content)) as opened:
                image = operations.exif_transpose(opened)  # as the camera was held
                if image.mode.startswith("I;16"):
                    return np.asarray(image, np.float32) / np.float32(65535)
                paper = pillow.new("RGBA", image.size, "white")  # for what is transparent
                paper.alpha_composite(image.convert("RGBA"))
                return np.asarray(paper.convert("L"), np.float32) / np.float32(255)
    except Exception as error:  # its decoders raise errors of many kinds on files that are damaged
        raise CommandError(f"{path} cannot be read as an image: {error}") from None
