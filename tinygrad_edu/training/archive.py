"""The files that training writes: arrays, and one text in JSON that says what they are, with a checksum over both.

A name that ends in .safetensors gets a file of that format, any other an .npz. Nothing in either is pickled.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from tinygrad_edu.engine.op import Array
from tinygrad_edu.interop.safetensors import load_file, save_file
from tinygrad_edu.system.files import FormatError
from tinygrad_edu.system.npy import MAX_TEXT, read_npz, text_of, write_npz
from tinygrad_edu.tensors.tensor import Tensor

FORMAT = 2
CHECKSUM = "sha256"
SAFETENSORS = ".safetensors"

T = TypeVar("T")


def save_archive(path: str | os.PathLike[str], key: str, content: Mapping[str, Any]) -> None:
    """Write nested dictionaries and lists of arrays, Tensors, numbers and texts to `path`.

    It is written beside its place, flushed and then renamed: whatever happens, there is a whole file, old or new.

    Parameters:
        key: the name of the text, by which the kind of the file is known.
    """
    arrays: dict[str, Array] = {}
    text = json.dumps({"format": FORMAT, **{name: pack(value, name, arrays) for name, value in content.items()}})
    arrays[CHECKSUM] = checksum(text, arrays)
    if Path(path).suffix == SAFETENSORS:
        save_file({key: np.frombuffer(text.encode(), np.uint8), **arrays}, path)
    else:
        write_npz(path, {key: np.array(text), **arrays})


def load_archive(
    path: str | os.PathLike[str],
    key: str,
    kind: str,
    error: type[FormatError],
    parse: Callable[[dict[str, Any]], T],
) -> T:
    """Return what `parse` makes of the content of a file, which may be anybody's.

    No more is allocated than the file is long, and nothing in it is executed. `kind` is a word for the file.

    Raises:
        error: it is no such file, or a truncated or damaged one, or `parse` cannot make anything of it.
        OSError: the file cannot be opened.
    """
    try:
        text, arrays = _read(path, key)
        stored = arrays.pop(CHECKSUM, None)
        if stored is not None and not np.array_equal(stored, checksum(text, arrays)):
            raise FormatError("its checksum is not that of its content; it is damaged")
    except FormatError as damage:
        raise error(f"{path} is not a {kind} of `tinygrad-edu train`: {damage}") from None
    try:
        document = json.loads(text)
        if document["format"] != FORMAT:
            raise ValueError(f"its format is {document['format']!r:.40}, and this version reads format {FORMAT}")
        if stored is None:
            raise ValueError("it has no checksum")
        return parse(unpack(document, arrays))
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError, MemoryError) as problem:
        reason = str(problem).splitlines()[-1].strip() if str(problem) else type(problem).__name__
        raise error(f"{path} is a {kind} whose content does not fit together: {reason:.400}") from None


def _read(path: str | os.PathLike[str], key: str) -> tuple[str, dict[str, Array]]:
    if Path(path).suffix == SAFETENSORS:
        arrays = {name: tensor.array for name, tensor in load_file(path).items()}
        text = arrays.pop(key, None)
        if text is None or text.dtype != np.uint8 or text.ndim != 1 or text.size > MAX_TEXT:
            raise FormatError(f"it holds no text named {key!r}, as bytes")
        return text.tobytes().decode(errors="replace"), arrays
    arrays = read_npz(path, required=key)
    return text_of(arrays.pop(key)), arrays


def checksum(text: str, arrays: Mapping[str, Array]) -> Array:
    """Return the SHA-256 of a text and of arrays with their names, types and shapes, whatever their order: 32 bytes."""
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass"))
    for name in sorted(arrays):
        array = arrays[name]
        digest.update(f"\0{name}\0{array.dtype.str}\0{array.shape}\0".encode("utf-8", "surrogatepass"))
        if array.size:
            digest.update(np.ascontiguousarray(array).reshape(-1).view(np.uint8).data)
    return np.frombuffer(digest.digest(), np.uint8)


def pack(tree: Any, name: str, arrays: dict[str, Array]) -> Any:
    """Turn nested dicts and lists into what JSON can hold: move the arrays in them to `arrays`, under their path.

    An array that is there already is referred to by the name it has.
    """
    if isinstance(tree, Tensor | np.ndarray):
        array = tree.array if isinstance(tree, Tensor) else tree
        known = next((known for known, held in arrays.items() if held is array), name)
        arrays[known] = array
        return {"array": known}
    if isinstance(tree, np.generic):
        return tree.item()
    if isinstance(tree, Mapping):
        return {str(key): pack(value, f"{name}/{key}", arrays) for key, value in tree.items()}
    if isinstance(tree, list | tuple):
        return [pack(value, f"{name}/{i}", arrays) for i, value in enumerate(tree)]
    return tree


def unpack(tree: Any, arrays: Mapping[str, Array]) -> Any:
    """Undo `pack`; keys come back as text and tuples as lists."""
    if isinstance(tree, dict):
        if set(tree) == {"array"} and isinstance(tree["array"], str):  # and no parameter of that name
            return arrays[tree["array"]]
        return {key: unpack(value, arrays) for key, value in tree.items()}
    if isinstance(tree, list):
        return [unpack(value, arrays) for value in tree]
    return tree
