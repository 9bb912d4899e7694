"""Saving and loading nested values without pickle: a file of numbers and text, which cannot run code when read.

The file is an .npz archive. The arrays are its members; how they are nested, and all numbers and
strings, is one JSON text beside them.
"""

from __future__ import annotations

import functools
import json
import os
from contextlib import nullcontext
from typing import IO, Any

import numpy as np

from tinygrad_edu.engine.op import Array
from tinygrad_edu.system.files import FormatError, replacing
from tinygrad_edu.system.npy import MAX_ARRAYS, MAX_TEXT, read_npz, text_of
from tinygrad_edu.tensors.tensor import Tensor, wrap

FORMAT = "tinygrad_edu nested state 1"
STRUCTURE = "structure"  # the name of the text beside the arrays
PLAIN = (str, int, float, bool, type(None))


def save(obj: Any, f: str | os.PathLike[str] | IO[bytes]) -> None:
    """Write dictionaries, lists, tuples, tensors, arrays, numbers, strings and None to a file.

    A file named by a path is written beside its place and then renamed, so a crash leaves the old one whole.

    Raises:
        TypeError: there is something else in it; the error names where.
        ValueError: it is nested too deeply, or holds more arrays or longer texts than a file may.
    """
    arrays: dict[str, Array] = {}
    try:
        text = json.dumps({"format": FORMAT, "structure": _encode(obj, "obj", arrays)})
    except RecursionError:
        raise ValueError("save: it is nested too deeply, or contains itself; save a flat list or dictionary") from None
    if len(arrays) >= MAX_ARRAYS:
        raise ValueError(
            f"save: expected fewer than {MAX_ARRAYS:,} arrays, got {len(arrays):,}; stack them to larger ones"
        )
    if len(text) > MAX_TEXT:
        raise ValueError(
            f"save: its numbers and texts take {len(text):,} characters, expected at most {MAX_TEXT:,}; put "
            "numbers into tensors or arrays"
        )
    with replacing(f) if isinstance(f, str | os.PathLike) else nullcontext(f) as file:
        np.savez(file, allow_pickle=False, **{STRUCTURE: np.array(text)}, **arrays)


def load(f: str | os.PathLike[str] | IO[bytes], map_location: Any = None, weights_only: bool = True) -> Any:
    """Read what `save` wrote. `map_location` and `weights_only` are taken for PyTorch's sake and change nothing.

    Raises:
        FormatError, a ValueError: the file is not one of `save`'s, or it is damaged.
        OSError: the file cannot be opened or read.
    """
    try:
        arrays = read_npz(f, required=STRUCTURE)
        document = json.loads(text_of(arrays.pop(STRUCTURE)), object_hook=functools.partial(_decode, arrays))
        if not isinstance(document, dict) or document.get("format") != FORMAT:
            raise FormatError(f"it does not say that its format is {FORMAT!r}")
        return document["structure"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        name = f if isinstance(f, str | os.PathLike) else getattr(f, "name", "the file")
        raise FormatError(f"load: {name} is not a whole file written by save(): {error}") from None


def _encode(value: Any, where: str, arrays: dict[str, Array]) -> Any:
    if isinstance(value, Tensor | np.ndarray | np.generic):
        name = f"array_{len(arrays)}"
        arrays[name] = value.array if isinstance(value, Tensor) else np.asarray(value)
        if arrays[name].dtype.kind not in "biuf":
            raise TypeError(f"save: {where} is an array of {arrays[name].dtype}; expected numbers")
        kind = "tensor" if isinstance(value, Tensor) else "array"
        return {kind: name, "requires_grad": isinstance(value, Tensor) and value.requires_grad}
    if isinstance(value, PLAIN):
        return {"value": value}
    if isinstance(value, dict):
        for key in value:
            if not isinstance(key, PLAIN):
                raise TypeError(f"save: {where} has the key {key!r}; expected strings and numbers as keys")
        return {"dict": [[key, _encode(item, f"{where}[{key!r}]", arrays)] for key, item in value.items()]}
    if isinstance(value, list | tuple):
        kind = "tuple" if isinstance(value, tuple) else "list"
        return {kind: [_encode(item, f"{where}[{i}]", arrays) for i, item in enumerate(value)]}
    raise TypeError(
        f"save: {where} is a {type(value).__name__}; expected tensors, arrays, numbers, strings, and dictionaries, "
        "lists and tuples of them. Save model.state_dict(), not the model"
    )


def _decode(arrays: dict[str, Array], code: dict[str, Any]) -> Any:
    """Turn back what `_encode` made of one value, when that is done for all that is in it. An array is used once."""
    match code:
        case {"value": value}:
            return value
        case {"format": _}:
            return code
        case {"tensor": str(name), "requires_grad": bool(requires_grad)} if name in arrays:
            return wrap(arrays.pop(name), requires_grad=requires_grad)
        case {"array": str(name)} if name in arrays:
            return arrays.pop(name)
        case {"dict": list(items)}:
            return dict(items)
        case {"list": list(items)}:
            return items
        case {"tuple": list(items)}:
            return tuple(items)
    raise FormatError(f"it does not hold what {' '.join(repr(code).split()):.80} stands for")
