"""The files that training writes: .npz without pickled objects, with one text in JSON beside the arrays."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import numpy as np

from tinygrad_edu.engine.op import Array
from tinygrad_edu.system.files import FormatError
from tinygrad_edu.system.npy import NpyError, read_npz, text_of, write_npz

FORMAT = 1

T = TypeVar("T")


def save_archive(
    path: str | os.PathLike[str], key: str, content: Mapping[str, Any], arrays: Mapping[str, Array]
) -> None:
    """Write arrays to `path`, with `content` as JSON under the name `key`.

    It is written beside its place and then renamed: whatever happens, there is a whole file, old or new.
    """
    write_npz(path, {key: np.array(json.dumps({"format": FORMAT, **content})), **arrays})


def load_archive(
    path: str | os.PathLike[str],
    key: str,
    kind: str,
    error: type[FormatError],
    parse: Callable[[dict[str, Any], dict[str, Array]], T],
) -> T:
    """Return what `parse` makes of the content and the arrays of a file, which may be anybody's.

    No more is allocated than the file is long, and nothing in it is executed. `kind` is a word for the file.

    Raises:
        error: it is no such file, or a truncated or damaged one, or `parse` cannot make anything of it.
        OSError: the file cannot be opened.
    """
    try:
        arrays = read_npz(path, required=key)
    except NpyError as damage:
        raise error(f"{path} is not a {kind} of `tinygrad-edu train`: {damage}") from None
    try:
        content = json.loads(text_of(arrays[key]))
        if content["format"] != FORMAT:
            raise ValueError(f"its format is {content['format']!r}, and this version reads format {FORMAT}")
        return parse(content, arrays)
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError, MemoryError) as problem:
        reason = str(problem).splitlines()[-1].strip() if str(problem) else type(problem).__name__
        raise error(f"{path} is a {kind} whose content does not fit together: {reason}") from None
