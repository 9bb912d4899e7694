"""Decoding images: portable grey maps, and with Pillow the usual kinds of pictures."""

from __future__ import annotations

import contextlib
import importlib
import io
import os
import re
import sys
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np

from tinygrad_edu.cli.errors import CommandError
from tinygrad_edu.engine.op import Array

MAX_PIXELS = 1 << 25  # an image of 10 kB may claim to have more than fit into memory
LARGE_PHOTOGRAPH = (2000, 2000)  # more is not needed: a JPEG is decoded at half the size as long as it has this
PICTURES = ("PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP", "PPM")
HEADER = 1 << 16  # bytes in which the header of a grey map must end


def check_size(width: int, height: int, what: str) -> None:
    """Raise for an image of no pixels, or of more than can be handled."""
    if not 0 < width * height <= MAX_PIXELS:
        raise CommandError(f"{what}: it has {width} x {height} pixels, and 1 to {MAX_PIXELS:,} can be read")


def read_pgm(content: bytearray, name: str) -> tuple[Array, float]:
    """Read a portable grey map: "P2" or "P5", width, height, the value of white, and the pixels.

    Return its pixels (H, W) and the value of white.
    """
    # Three numbers after the magic, each after white space or comments, and one white space.
    header = re.match(rb"P[25]" + rb"(?:\s|#[^\n]*\n)+(\d{1,9})" * 3 + rb"\s", content[:HEADER])
    if header is None:
        raise CommandError(f"{name} is no whole PGM image: expected a width, a height and the value of white at first")
    width, height, white = (int(number) for number in header.groups())
    check_size(width, height, f"{name} is no usable PGM image")
    if not 0 < white <= 65535:
        raise CommandError(f"{name} is no usable PGM image: its value of white is {white}; expected 1 to 65535")
    rest = memoryview(content)[header.end() :]
    if content.startswith(b"P5"):
        dtype = np.dtype(">u2" if white > 255 else "u1")
        pixels = np.frombuffer(rest, dtype, min(width * height, len(rest) // dtype.itemsize))
    else:
        text = re.sub(rb"#[^\n]*", b"", rest)
        if re.search(rb"[^\d\s]|\d{6}", text):
            raise CommandError(f"{name} is a damaged PGM image: its pixels are not all numbers up to {white}")
        pixels = np.fromstring(text, np.int32, sep=" ")[: width * height]
    if len(pixels) < width * height:
        raise CommandError(f"{name} is a truncated PGM image: expected {width * height} pixels, {len(pixels)} came")
    if pixels.max() > white:
        raise CommandError(f"{name} is a damaged PGM image: it has the value {pixels.max()}, and white is {white}")
    return pixels.reshape(height, width), white


def read_with_pillow(content: bytearray, name: str) -> Array:
    """Read a picture of a usual kind, as grey numbers (H, W) in the range that it has."""
    try:
        pillow: Any = importlib.import_module("PIL.Image")
        operations: Any = importlib.import_module("PIL.ImageOps")
    except ImportError:
        raise CommandError(
            f"{name} is no .npy, IDX or PGM file, and for other kinds of images Pillow is needed, which is not "
            "installed: pip install pillow"
        ) from None
    try:
        with warnings.catch_warnings(), silent_stderr():
            warnings.simplefilter("ignore")  # about odd files that it reads all the same
            with pillow.open(io.BytesIO(content), formats=PICTURES) as opened:
                opened.draft(None, LARGE_PHOTOGRAPH)
                check_size(opened.width, opened.height, f"{name} cannot be read as an image")
                image = operations.exif_transpose(opened)  # as the camera was held
                if image.mode in ("F", "I") or image.mode.startswith("I;"):
                    return np.asarray(image)
                if image.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in image.info:
                    layers = np.asarray(image.convert("RGBA").convert("LA"))
                    return on_paper(layers[..., 0], layers[..., 1])
                return np.asarray(image.convert("L"))
    except CommandError:
        raise
    except pillow.UnidentifiedImageError:
        raise CommandError(
            f"{name} cannot be read as an image: it is no .npy, IDX or PGM file, nor one of {', '.join(PICTURES)}"
        ) from None
    except Exception as error:  # its decoders raise errors of many kinds on files that are damaged
        raise CommandError(f"{name} cannot be read as an image: {error!s:.200}") from None


def on_paper(ink: Array, opacity: Array) -> Array:
    """Lay ink, bytes (H, W), on the paper on which it can be seen better: white or, if that is more contrast, black.

    Parameters:
        opacity: bytes (H, W); where it is 0, only the paper is seen.
    """

    def laid(paper: int) -> Array:
        mixed = np.multiply(ink, opacity, dtype=np.uint16)
        mixed += np.multiply(255 - opacity, paper, dtype=np.uint16)
        mixed += 127
        mixed //= 255
        return mixed.astype(np.uint8)

    white, black = laid(255), laid(0)
    return white if np.ptp(white) >= np.ptp(black) else black


@contextlib.contextmanager
def silent_stderr() -> Iterator[None]:
    """Let nothing be printed: libtiff, in C, and Pillow's log report on their own what is raised here anyway."""
    sys.stderr.flush()
    with contextlib.redirect_stderr(io.StringIO()), contextlib.ExitStack() as afterwards:
        with contextlib.suppress(OSError):  # it is closed
            kept = os.dup(2)
            afterwards.callback(os.close, kept)
            afterwards.callback(os.dup2, kept, 2)
            with open(os.devnull, "wb") as nowhere:  # noqa: PTH123 - a device
                os.dup2(nowhere.fileno(), 2)
        yield
