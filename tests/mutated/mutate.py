"""Damage, as chance or an enemy would do it: each function changes the bytes of a file a little."""

from __future__ import annotations

import random
import re
import struct
from collections.abc import Callable, Sequence

EXTREMES = (0, 1, 2, 127, 128, 255, 256, 2**15, 2**16 - 1, 2**31 - 1, 2**31, 2**32 - 1, 2**63 - 1, 2**63, 2**64 - 1)
WORDS = (
    b"0", b"-1", b"1", b"7", b"65536", b"2147483648", b"99999999999999999999", b"1" + b"0" * 400, b"1e999", b"1e-999",
    b"NaN", b"-Infinity", b"null", b"true", b"[]", b"{}", b'""', b'"x"', b"[[]]", b"[" * 3000, b"(" * 3000, b"\n" * 50,
    b"# " * 40, b" " * 4000, b"\0" * 200,
)  # fmt: skip


def flip_a_bit(content: bytearray, rng: random.Random, others: Sequence[bytes]) -> None:
    content[rng.randrange(len(content))] ^= 1 << rng.randrange(8)


def set_a_byte(content: bytearray, rng: random.Random, others: Sequence[bytes]) -> None:
    content[rng.randrange(len(content))] = rng.choice((0, 1, 0x20, 0x30, 0x39, 0x7F, 0x80, 0xFE, 0xFF))


def set_a_number(content: bytearray, rng: random.Random, others: Sequence[bytes]) -> None:
    kind = rng.choice(("<H", ">H", "<I", ">I", "<Q", ">Q"))
    size = struct.calcsize(kind)
    place = rng.randrange(len(content))
    content[place : place + size] = struct.pack(kind, rng.choice(EXTREMES) % (1 << 8 * size))


def cut_off(content: bytearray, rng: random.Random, others: Sequence[bytes]) -> None:
    del content[rng.randrange(len(content)) :]


def leave_out(content: bytearray, rng: random.Random, others: Sequence[bytes]) -> None:
    place = rng.randrange(len(content))
    del content[place : place + rng.choice((1, 2, 4, 8, 50))]


def repeat(content: bytearray, rng: random.Random, others: Sequence[bytes]) -> None:
    place = rng.randrange(len(content))
    content[place:place] = content[place : place + rng.choice((1, 4, 16, 200))] * rng.choice((1, 2, 50))


def insert(content: bytearray, rng: random.Random, others: Sequence[bytes]) -> None:
    place = rng.randrange(len(content) + 1)
    content[place:place] = rng.choice(WORDS) if rng.random() < 0.5 else rng.randbytes(rng.choice((1, 2, 4, 30)))


def splice(content: bytearray, rng: random.Random, others: Sequence[bytes]) -> None:
    other = rng.choice(others)
    content[rng.randrange(len(content)) :] = other[rng.randrange(len(other) + 1) :]


def set_a_word(content: bytearray, rng: random.Random, others: Sequence[bytes]) -> None:
    """Put something else for a number or a quoted word of a text."""
    words = list(re.finditer(rb'-?\d+(\.\d+)?|"[^"]*"', content))
    if words:
        start, end = rng.choice(words).span()
        content[start:end] = rng.choice(WORDS)


CHANGES: tuple[Callable[[bytearray, random.Random, Sequence[bytes]], None], ...] = (
    flip_a_bit, set_a_byte, set_a_number, cut_off, leave_out, repeat, insert, splice, set_a_word,
)  # fmt: skip


def mutate(content: bytes, rng: random.Random, others: Sequence[bytes]) -> bytes:
    """Return the content after one to four changes."""
    changed = bytearray(content)
    for _ in range(rng.choice((1, 1, 1, 2, 4))):
        if changed:
            rng.choice(CHANGES)(changed, rng, others)
    return bytes(changed)
