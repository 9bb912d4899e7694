"""Damaged files of every kind: all are answered or refused, in bounded time and memory. See `__main__.py`."""

import importlib.util
import random
import subprocess
import sys
from pathlib import Path

import pytest

from tests.mutated.__main__ import check
from tests.mutated.mutate import CHANGES, mutate
from tests.mutated.seeds import Seed, whole, zipped

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="limits memory as Linux does"),
    pytest.mark.skipif(importlib.util.find_spec("PIL") is None, reason="Pillow is not installed"),
]


def start(count, seed):
    command = [sys.executable, "-m", "tests.mutated", str(count), str(seed)]
    return subprocess.Popen(
        command, cwd=Path(__file__).parents[2], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


@pytest.mark.parametrize("count", [500, pytest.param(50_000, marks=pytest.mark.slow)])
def test_every_file_is_answered_or_refused(count):
    processes = [start(count, seed) for seed in (1, 2)]  # the slow ones together are the hundred thousand
    said = [process.communicate()[0] for process in processes]
    assert all(process.returncode == 0 for process in processes), said
    for text in said:
        assert f"{count:,} files, 0 kinds of failure" in text
        answered = int(text.split("  answered")[0].split()[-1].replace(",", ""))
        assert answered > count // 50  # the damage is not all found out at the door
        assert len(text.splitlines()) == 3  # nothing else was printed


@pytest.mark.parametrize("reader, outcome", [
    (lambda path: 1 / 0, "ZeroDivisionError in test_mutated_files.py"),
    (lambda path: print("so", file=sys.stderr), "prints 'so"),
    (lambda path: path, "answered"),
])  # fmt: skip
def test_what_goes_wrong_is_noticed(reader, outcome, monkeypatch, tmp_path):
    monkeypatch.setitem(check.__globals__["READERS"], "load", reader)
    assert check("load", tmp_path / "file").startswith(outcome)


def test_every_change_changes_something(tmp_path):
    content = b'P5 28 28 {"number": 123, "word": "text"} ' + bytes(range(200))
    for change in CHANGES:
        changed = bytearray(content)
        change(changed, random.Random(3), [content])
        assert changed != content, change
    assert mutate(b"", random.Random(0), [content]) == b""


def test_parts_are_joined():
    assert Seed({"a": b"1", "b": b"2"}).join({"a": b"1", "b": b"2"}) == b"12"
    assert whole(b"1").parts == {"": b"1"}
    assert b"number" in zipped({"text:a": b"number"}).replace(b"\0", b"")
