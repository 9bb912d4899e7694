"""Saving and loading nested values without pickle: a file of numbers and text, which cannot run code when read.

The file is an .npz archive. The arrays are its members; how they are nested, and all numbers and
strings, is one JSON text beside them.
"""

from __future__ import annotations

import io
import json
import os
import zipfile
from pathlib import Path
from typing import IO, Any

import numpy as np

from tinygrad_edu.engine.op import Array
from tinygrad_edu.system.files import replacing
from tinygrad_edu.tensors.tensor import Tensor

FORMAT = "tinygrad_edu nested state 1"
PLAIN = (str, int, float, bool, type(None))


def save(obj: Any, f: str | os.PathLike[str] | IO[bytes]) -> None:
    """Write dictionaries, lists, tuples, tensors, arrays, numbers, strings and None to a file.

    A file named by a path is written beside its place and then renamed, so a crash leaves the old one whole.

    Raises:
        TypeError: there is something else in it; the error names where.
    """
    arrays: dict[str, Array] = {}
    structure = _encode(obj, "obj", arrays)
    buffer = io.BytesIO()
    text = json.dumps({"format": FORMAT, "structure": structure})
    np.savez(buffer, allow_pickle=False, structure=np.array(text), **arrays)
    if not isinstance(f, str | os.PathLike):
        f.write(buffer.getvalue())
        return
    with replacing(f) as file:
        file.write(buffer.getvalue())


def load(f: str | os.PathLike[str] | IO[bytes], map_location: Any = None, weights_only: bool = True) -> Any:
    """Read what `save` wrote. `map_location` and `weights_only` are taken for PyTorch's sake and change nothing.

    Raises:
        ValueError: the file is not one of `save`'s, or it is damaged.
    """
    if isinstance(f, str | os.PathLike):
        with Path(f).open("rb") as file:
            return load(file)
    try:
        with np.load(f, allow_pickle=False) as archive:
            document = json.loads(str(archive["structure"][()]))
            if document.get("format") != FORMAT:
                raise ValueError(f"its format is {document.get('format')!r}")
            return _decode(document["structure"], archive)
    except (ValueError, KeyError, TypeError, AttributeError, EOFError, zipfile.BadZipFile) as error:
        name = getattr(f, "name", "the file")
        raise ValueError(f"load: {name} is not a whole file written by save(): {error}") from None


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


def _decode(code: Any, archive: Any) -> Any:
    if "tensor" in code:
        return Tensor(archive[code["tensor"]], requires_grad=code["requires_grad"])
    if "array" in code:
        return archive[code["array"]]
    if "dict" in code:
        return {key: _decode(item, archive) for key, item in code["dict"]}
    if "list" in code:
        return [_decode(item, archive) for item in code["list"]]
    if "tuple" in code:
        return tuple(_decode(item, archive) for item in code["tuple"])
    return code["value"]
