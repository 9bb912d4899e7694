"""Files: writing one so that at every moment there is a whole one under its name, and what is raised for a bad one."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO


class FormatError(ValueError):
    """A file does not hold what it should: it is damaged, cut off, of another kind, or asks for more than it holds.

    Every reader of files raises this or a subclass, and an OSError where the file cannot be opened or read.
    """


@contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """Open a new file beside `path` that takes its place when it is complete, and never before.

    A link stays a link, and the file it leads to is replaced. The new file may be read and written by whom the old one
    could. What is no file, such as a pipe, is written to as it is.
    """
    target = Path(os.path.realpath(path))
    if target.exists() and not target.is_file():
        with target.open("wb") as file:
            yield file
        return
    beside = target.with_name(f".{target.name[:50]}.{secrets.token_hex(4)}.part")
    try:
        with beside.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        if target.exists():
            shutil.copymode(target, beside)
        beside.replace(target)
    except OSError as error:
        if error.filename != str(beside):
            raise
        raise OSError(error.errno, error.strerror, os.fspath(path)) from None  # the name that the caller knows
    finally:
        beside.unlink(missing_ok=True)
