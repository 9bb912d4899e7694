"""Whole files of every kind that is read, in parts that can be damaged before they are put together.

Checksums would stop most damage to a compressed file or an archive at the door. So a file is a dictionary of parts and
a function that makes the file of them: the damage is done to a part, and the checksums are right again.
"""

from __future__ import annotations

import functools
import gzip
import io
import json
import struct
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

import tinygrad_edu as tg
from tests.mutated import torch_files
from tinygrad_edu.cli.config import write_config
from tinygrad_edu.interop.safetensors import save_file
from tinygrad_edu.system.files import FormatError
from tinygrad_edu.system.npy import read_npy
from tinygrad_edu.training import RECIPES, Run, save_checkpoint, save_record
from tinygrad_edu.training.archive import CHECKSUM, checksum
from tinygrad_edu.training.checkpoint import KEY
from tinygrad_edu.training.record import KEY as RECORD_KEY

DIGIT = np.zeros((28, 28), np.uint8)
DIGIT[4:24, 13:16] = 255
DIGIT[4:7, 8:16] = 255
LARGE = np.kron(np.pad(DIGIT, ((0, 0), (0, 12))), np.ones((2, 2), np.uint8))

Parts = dict[str, bytes]


@dataclass(frozen=True)
class Seed:
    """The parts of a file, and what joins them."""

    parts: Parts
    join: Callable[[Parts], bytes] = lambda parts: b"".join(parts.values())


def whole(content: bytes) -> Seed:
    return Seed({"": content})


def npy(array: np.ndarray) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array)
    return stream.getvalue()


def idx(array: np.ndarray, code: int = 0x08) -> bytes:
    sizes = struct.pack(f">{array.ndim}I", *array.shape)
    return bytes([0, 0, code, array.ndim]) + sizes + array.astype(array.dtype.newbyteorder(">")).tobytes()


def zipped(parts: Parts) -> bytes:
    """Make an .npz archive. A part of text is stored as an array of text, as JSON is in our files."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in parts.items():
            text = name.startswith("text:")
            archive.writestr(
                f"{name.removeprefix('text:')}.npy",
                npy(np.array(content.decode("utf-8", "replace").replace("\0", " "))) if text else content,
            )
    return stream.getvalue()


def sealed(parts: Parts) -> bytes:
    """Make an archive of a training's parts, with the checksum that it should have, where all of them can be read."""
    arrays, text = {}, ""
    try:
        for name, content in parts.items():
            if name.startswith("text:"):
                text = content.decode("utf-8", "replace").replace("\0", " ").rstrip("\0")
            elif name != CHECKSUM:
                arrays[name] = read_npy(io.BytesIO(content), len(content))
    except FormatError:
        return zipped(parts)
    return zipped({**parts, CHECKSUM: npy(checksum(str(np.array(text)), arrays))})


def archive(content: bytes, text: str, join: Callable[[Parts], bytes] = zipped) -> Seed:
    """Take an .npz file apart again. The array `text` is JSON."""
    with np.load(io.BytesIO(content)) as file:
        arrays = {name: file[name] for name in file.files}
    document = json.dumps(json.loads(arrays.pop(text).item())).encode()
    return Seed({f"text:{text}": document, **{name: npy(array) for name, array in arrays.items()}}, join)


def headed(content: bytes) -> Seed:
    """Take a safetensors file apart into its header and its numbers; the length of the header comes before both."""
    end = 8 + int.from_bytes(content[:8], "little")
    parts = {"header": content[8:end], "numbers": content[end:]}
    return Seed(parts, lambda parts: struct.pack("<Q", len(parts["header"])) + b"".join(parts.values()))


def png(parts: Parts) -> bytes:
    """Give every chunk of a PNG image the checksum that it should have."""
    content, place = bytearray(b"".join(parts.values())), 8
    while place + 12 <= len(content):
        end = place + 8 + int.from_bytes(content[place : place + 4])
        content[end : end + 4] = zlib.crc32(content[place + 4 : end]).to_bytes(4)
        place = end + 4
        if end > len(content):
            break
    return bytes(content)


def pgm(kind: bytes, image: np.ndarray) -> bytes:
    numbers = image.tobytes() if kind == b"P5" else " ".join(map(str, image.ravel().tolist())).encode()
    return kind + b" # a digit\n%d %d\n255\n" % image.shape[::-1] + numbers


def pictures() -> dict[str, Seed]:
    """Images in formats that Pillow writes."""
    from PIL import Image

    def write(kind: str, array: np.ndarray, **options: object) -> bytes:
        stream = io.BytesIO()
        Image.fromarray(array).save(stream, kind, **options)
        return stream.getvalue()

    ink = np.dstack([np.full((*LARGE.shape, 3), 255, np.uint8), LARGE])
    return {
        "png": whole(write("PNG", LARGE)),
        "png, checksums right": Seed({"": write("PNG", LARGE)}, png),
        "png, transparent": Seed({"": write("PNG", ink)}, png),
        "png, 16 bits": Seed({"": write("PNG", DIGIT.astype(np.uint16) * 257)}, png),
        "jpeg": whole(write("JPEG", LARGE)),
        "gif": whole(write("GIF", LARGE)),
        "bmp": whole(write("BMP", LARGE)),
        "tiff": whole(write("TIFF", LARGE)),
        "tiff, compressed": whole(write("TIFF", LARGE, compression="tiff_lzw")),
        "tiff, floats": whole(write("TIFF", (LARGE / 255).astype(np.float32))),
        "webp": whole(write("WEBP", LARGE)),
        "ppm": whole(write("PPM", np.dstack([LARGE] * 3))),
    }


class Digits(tg.data.Dataset):
    """A data set to resume on, which takes no time to read."""

    def __len__(self) -> int:
        return 4

    def __getitem__(self, index: int) -> tuple[tg.Tensor, int]:
        return tg.zeros(1, 28, 28) + index, index


@functools.cache
def trained(recipe: str) -> Run:
    """Return a run after its first epoch."""
    layers = ("conv 2 5 3", "batchnorm", "relu", "maxpool 2") if RECIPES[recipe].layers else ()
    small = replace(RECIPES[recipe], layers=layers, hidden=(2,), batch_size=2, epochs=2)
    run = Run(small, Digits(), Digits())
    for _ in run.train_epoch():
        pass
    return run


def written(save: Callable[[Any, Path], None], content: Any, name: str = "file") -> bytes:
    """Return the file that a function writes."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / name
        save(content, path)
        return path.read_bytes()


def saved() -> bytes:
    stream = io.BytesIO()
    state = {"weights": {"w": tg.ones(2, 3, requires_grad=True)}, 7: [1.5, (None, True, "x")], "a": np.arange(3)}
    tg.save(state, stream)
    return stream.getvalue()


def seeds() -> dict[str, dict[str, Seed]]:
    """Return for each kind of reader the files to begin with, by name."""
    images = idx(np.stack([DIGIT, DIGIT]))
    members = {"1": images[:300], "2": images[300:]}
    state = saved()
    idx_files = {
        "bytes": whole(images),
        "floats": whole(idx((DIGIT / 255).astype(np.float32), 0x0D)),
        "gzip": whole(gzip.compress(images, mtime=0)),
        "gzip, checksums right": Seed({"": images}, lambda parts: gzip.compress(parts[""], mtime=0)),
        "gzip, members": Seed(members, lambda parts: b"".join(gzip.compress(part) for part in parts.values())),
    }
    npy_files = {
        "bytes": whole(npy(DIGIT)),
        "floats": whole(npy(np.asfortranarray(DIGIT / 255))),
        "several": whole(npy(np.stack([DIGIT, DIGIT]))),
        "rows": whole(npy(np.stack([DIGIT.ravel()] * 3))),
        "colour": whole(npy(np.dstack([LARGE] * 4))),
    }
    checkpoints, records = {}, {}
    for name in RECIPES:
        run = trained(name)
        for files, content, text in (
            (checkpoints, written(save_checkpoint, run.checkpoint()), KEY),
            (records, written(save_record, run.record()), RECORD_KEY),
        ):
            files |= {f"{name}, whole": whole(content), f"{name}, parts": archive(content, text, sealed)}
    named = {"w": tg.ones(2, 3), "n": tg.tensor(3), "b": tg.tensor([True])}
    tensors = written(lambda state, path: save_file(state, path, {"made": "by us"}), named)
    safe = written(lambda run, path: run.save(path), trained("cnn"), "file.safetensors")
    return {
        "safe_checkpoint": {"whole": whole(safe), "parts": headed(safe)},
        "config": {"whole": whole(written(lambda recipe, path: write_config(path, recipe, {}), RECIPES["cnn"]))},
        "read_idx": idx_files,
        "labels": {"bytes": whole(idx(np.arange(2, dtype=np.uint8))), "ints": whole(idx(np.array([1, 2], "i4"), 0x0C))},
        "load": {"whole": whole(state), "parts": archive(state, "structure")},
        "checkpoint": checkpoints,
        "resume": checkpoints,
        "record": records,
        "picture": {
            **{f"idx, {name}": seed for name, seed in idx_files.items()},
            **{f"npy, {name}": seed for name, seed in npy_files.items()},
            **{f"pgm, {kind.decode()}": whole(pgm(kind, image)) for kind in (b"P2", b"P5") for image in (DIGIT, LARGE)},
            **pictures(),
        },
        "torch": {"whole": Seed(torch_files.whole_parts(), torch_files.zipped)},
        "safetensors": {"whole": headed(tensors)},
    }
