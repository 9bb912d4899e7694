"""Files of `torch.save` written without PyTorch: a few instructions of a pickle, and an archive around them."""

from __future__ import annotations

import io
import struct
import zipfile

import numpy as np

Parts = dict[str, bytes]
EMPTY, MARK, TUPLE, STOP = b"}", b"(", b"t", b"."


def text(value: str) -> bytes:
    return b"X" + struct.pack("<I", len(value.encode())) + value.encode()


def number(value: int) -> bytes:
    return b"J" + struct.pack("<i", value)


def several(*values: bytes) -> bytes:
    return MARK + b"".join(values) + TUPLE


def name(module: str, attribute: str) -> bytes:
    return f"c{module}\n{attribute}\n".encode()


def call(function: bytes, *arguments: bytes) -> bytes:
    return function + several(*arguments) + b"R"


def storage(key: str, count: int, kind: str = "Float") -> bytes:
    return several(text("storage"), name("torch", f"{kind}Storage"), text(key), text("cpu"), number(count)) + b"Q"


def tensor(stored: bytes, offset: int, size: tuple[int, ...], stride: tuple[int, ...]) -> bytes:
    return call(
        name("torch._utils", "_rebuild_tensor_v2"), stored, number(offset), several(*map(number, size)),
        several(*map(number, stride)), b"\x89", call(name("collections", "OrderedDict")),
    )  # fmt: skip


def dictionary(**items: bytes) -> bytes:
    return call(name("collections", "OrderedDict")) + MARK + b"".join(text(k) + v for k, v in items.items()) + b"u"


def pickled(value: bytes) -> bytes:
    return b"\x80\x02" + value + STOP


def whole_parts() -> Parts:
    """Return the members of a whole file."""
    weights = storage("0", 6)
    value = dictionary(
        weight=tensor(weights, 0, (2, 3), (3, 1)),
        bias=call(name("torch._utils", "_rebuild_parameter"), tensor(weights, 1, (2,), (3,)), b"\x88", EMPTY),
        brain=tensor(storage("1", 2, "BFloat16"), 0, (2,), (1,)),
        lr=b"G" + struct.pack(">d", 0.5),
        steps=b"](" + number(7) + b"N\x88e",
    )
    return {
        "archive/data.pkl": pickled(value),
        "archive/byteorder": b"little",
        "archive/data/0": np.arange(6, dtype="<f4").tobytes(),
        "archive/data/1": b"\xc0\x3f\x00\xc0",
        "archive/version": b"3\n",
    }


def zipped(parts: Parts, compression: int = zipfile.ZIP_STORED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", compression) as archive:
        for member, content in parts.items():
            archive.writestr(member, content)
    return stream.getvalue()
