"""Fetching a file from one of several addresses, so that what stands under its name is the whole and right file.

What has come so far stands beside the target, and is gone on with: at the next attempt, from the next address, or in
the next program. Only a file with the right SHA-256 is renamed to the target.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import BinaryIO

TIMEOUT = 30  # seconds without a byte
ATTEMPTS = 5  # at one address, while each brings something
CHUNK = 1 << 16
LARGEST = 1 << 30  # bytes, where a file's size is not known


class DownloadError(OSError, RuntimeError):
    """A file could be had from none of its addresses. The message says why, and where to put it by hand."""


@dataclass(frozen=True)
class Source:
    """A file at an address, with its SHA-256 and, if that is known, its size in bytes."""

    url: str
    sha256: str
    size: int | None = None


class _BadSourceError(Exception):
    """What came from an address is of no use."""


def data_folder() -> Path:
    """Return the folder that data sets are kept in.

    It is that of the environment variable TINYGRAD_EDU_DATA if that is set; otherwise `tinygrad_edu` in the user's
    cache folder, which is XDG_CACHE_HOME or `~/.cache`.
    """
    if folder := os.environ.get("TINYGRAD_EDU_DATA"):
        return Path(folder).expanduser()
    cache = Path(os.environ.get("XDG_CACHE_HOME", ""))
    return (cache if cache.is_absolute() else Path.home() / ".cache") / "tinygrad_edu"


def download(target: Path, sources: Sequence[Source]) -> None:
    """Fetch a file to `target` from the first source that gives it whole, unless it is there already.

    Raises:
        DownloadError: no source does.
        OSError: the folder cannot be made or written to.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    failures = []
    for source in sources:
        if target.exists():
            return
        part = target.with_name(f"{target.name}.{source.sha256[:8]}.part")
        with part.open("ab") as file:
            lock(file)
            try:
                if not target.exists():  # or another program was faster: then it may be the very file that is open here
                    complete(file, part, source)
                    os.fsync(file.fileno())
                    part.replace(target)
                continue
            except (_BadSourceError, OSError, HTTPException) as error:
                what = str(error).removeprefix("<urlopen error ").removesuffix(">") or type(error).__name__
                failures.append(f"  {source.url}: {what}")
        if not part.stat().st_size:
            part.unlink()
    if not target.exists():
        raise DownloadError(
            f"{target.name} could not be downloaded:\n" + "\n".join(failures) + "\nTo go on without a download, get "
            f"the file from one of these addresses in any other way, and put it into {target.parent}"
        )


def lock(file: BinaryIO) -> None:
    """Wait until no other program is at this file, where the system has such locks. Closing it ends the lock."""
    try:
        import fcntl
    except ImportError:  # Windows, where a file that is open cannot be renamed
        return
    fcntl.flock(file, fcntl.LOCK_EX)
    file.seek(0, os.SEEK_END)


def complete(file: BinaryIO, part: Path, source: Source) -> None:
    """Receive what is still missing of a file, and check the whole."""
    for attempt in range(ATTEMPTS):
        found = file.tell()
        try:
            promised = receive(file, source)
            file.flush()
            if file.tell() < promised:
                raise _BadSourceError(f"it ends after {file.tell():,} of {promised:,} bytes")
        except (OSError, HTTPException, _BadSourceError):
            file.flush()
            if file.tell() <= found or attempt == ATTEMPTS - 1:
                raise
            continue
        with part.open("rb") as whole:
            sha256 = hashlib.file_digest(whole, "sha256").hexdigest()
        if sha256 == source.sha256:
            return
        empty(file)
        if not found or attempt == ATTEMPTS - 1:  # otherwise what was found here may have been wrong
            raise _BadSourceError(f"it gives another file, with the SHA-256 {sha256} instead of {source.sha256}")


def receive(file: BinaryIO, source: Source) -> int:
    """Append to a file what it lacks of a source, and return the size that the whole should have."""
    from urllib.error import HTTPError  # here, as it takes long to load, and few programs download anything
    from urllib.request import Request, urlopen

    from tqdm.auto import tqdm

    largest, start = source.size or LARGEST, file.tell()
    if start >= largest:
        return start
    headers = {"User-Agent": "tinygrad-edu"} | ({"Range": f"bytes={start}-"} if start else {})
    try:
        answer = urlopen(Request(source.url, headers=headers), timeout=TIMEOUT)
    except HTTPError as error:
        if error.code == 416:  # nothing comes after what is here
            return start
        raise
    with answer:
        if answer.status != 206:
            empty(file)
            start = 0
        promised = source.size or start + (answer.length or 0)
        name = source.url.rpartition("/")[2]
        with tqdm(desc=name, initial=start, total=promised, unit="B", unit_scale=True, disable=None) as progress:
            while chunk := answer.read1(CHUNK):
                if file.tell() + len(chunk) > largest:
                    empty(file)
                    raise _BadSourceError(f"it gives another file, of more than {largest:,} bytes")
                file.write(chunk)
                progress.update(len(chunk))
    return promised


def empty(file: BinaryIO) -> None:
    """Throw away what is in a file."""
    file.seek(0)
    file.truncate()
