"""Files of `torch.save`, read without PyTorch and without running anything that is in them.

Such a file is a zip archive: a pickle, `data.pkl`, says how tensors are nested and looks for their numbers in members
`data/0`, `data/1`, …, called storages. A tensor is a view of a storage: an offset, a shape, and a stride for each axis.
"""

from __future__ import annotations

import math
import os
import zipfile
from typing import IO, Any, Literal

import numpy as np

from tinygrad_edu.engine.op import Array
from tinygrad_edu.interop.numbers import BRAIN, read_numbers, stored_type
from tinygrad_edu.interop.pickles import read_pickle
from tinygrad_edu.nn.parameter import Parameter
from tinygrad_edu.system.files import FormatError
from tinygrad_edu.system.npy import MAX_DIMENSIONS, MAX_TEXT, open_archive
from tinygrad_edu.tensors.tensor import Tensor, wrap

TYPES = {
    "Double": "float64", "Float": "float32", "Half": "float16", "BFloat16": BRAIN, "Long": "int64", "Int": "int32",
    "Short": "int16", "Char": "int8", "Byte": "uint8", "Bool": "bool",
}  # fmt: skip
OLD = "it is a pickle alone, as PyTorch before 1.6 wrote; write it anew there: torch.save(torch.load(path), path)"
PROGRAM = "it is a program of TorchScript; where it was made, save tensors alone: torch.save(model.state_dict(), path)"


def load(f: str | os.PathLike[str] | IO[bytes]) -> Any:
    """Read a file that `torch.save` wrote, a state dict for instance: tensors in dictionaries, lists and tuples.

    Numbers, texts and None may be among them; anything else is refused, for reading it could run any program. PyTorch
    is not needed. Numbers of type bfloat16, which NumPy lacks, become float32. Tensors that shared memory share it
    again. No more memory is taken than twice what the file holds.

    Raises:
        FormatError, a ValueError: the file is none of `torch.save`'s, is damaged, or holds something else.
        OSError: the file cannot be opened or read.
    """
    try:
        with open_archive(f, "file of torch.save") as archive:
            return _read(archive)
    except FormatError as error:
        name = f if isinstance(f, str | os.PathLike) else getattr(f, "name", "the file")
        why = OLD if "it is a pickle" in str(error) else error
        raise FormatError(f"load: {name} cannot be read: {why}") from None


def _read(archive: zipfile.ZipFile) -> Any:
    names = [member.filename for member in archive.infolist()]
    folders = [name.removesuffix("/data.pkl") for name in names if name.endswith("/data.pkl") and name.count("/") == 1]
    if len(set(names)) < len(names) or len(folders) != 1:
        raise FormatError("it is no file of torch.save: expected one member data.pkl, and no name twice")
    (folder,) = folders
    if f"{folder}/constants.pkl" in names:
        raise FormatError(PROGRAM)
    if archive.getinfo(f"{folder}/data.pkl").file_size > MAX_TEXT:
        raise FormatError(f"its pickle takes more than the {MAX_TEXT:,} bytes allowed")
    order = f"{folder}/byteorder"
    if order in names and archive.getinfo(order).file_size > 10:
        raise FormatError("its order of bytes is neither little nor big")
    storages = _Storages(archive, f"{folder}/data/", archive.read(order) if order in names else b"little")
    known = {
        "collections.OrderedDict": _dictionary,
        "torch.Size": lambda sizes: tuple(_whole_numbers(sizes)),
        "torch._utils._rebuild_tensor_v2": _tensor,
        "torch._utils._rebuild_parameter": _parameter,
        **{f"torch.{name}Storage": dtype for name, dtype in TYPES.items()},
    }
    return read_pickle(archive.read(f"{folder}/data.pkl"), known, storages.find, Tensor)


class _Storages:
    """The storages of an archive, each read when it is first asked for."""

    def __init__(self, archive: zipfile.ZipFile, folder: str, order: bytes) -> None:
        if order not in (b"little", b"big"):
            raise FormatError("its order of bytes is neither little nor big")
        self.archive, self.folder = archive, folder
        self.order: Literal["<", ">"] = "<" if order == b"little" else ">"
        self.read: dict[str, tuple[str, Array]] = {}

    def find(self, identifier: Any) -> Array:
        """Return the numbers of a storage, by what the pickle says of it: its type, its name, its length."""
        match identifier:
            case ("storage", kind, str(key), str(), int(count)) if getattr(kind, "meaning", None) in TYPES.values():
                if key not in self.read:
                    self.read[key] = kind.meaning, self._numbers(key, kind.meaning, count)
                dtype, numbers = self.read[key]
                if dtype != kind.meaning or len(numbers) != count:
                    raise FormatError(f"its storage {key:.20} is said to be of two types or lengths")
                return numbers
        raise FormatError("its pickle asks for something that is no storage of numbers")

    def _numbers(self, key: str, dtype: str, count: int) -> Array:
        name = self.folder + key
        if name not in self.archive.NameToInfo:
            raise FormatError(f"its storage {key:.20} is missing")
        size = self.archive.getinfo(name).file_size
        if size != count * stored_type(dtype).itemsize:
            raise FormatError(
                f"its storage {key:.20} should hold {count:,} numbers of {dtype}, and takes {size:,} bytes"
            )
        with self.archive.open(name) as file:
            numbers = read_numbers(file, count, dtype, self.order)
            file.read(1)  # at the end the archive's reader compares the sum
        return numbers


def _tensor(storage: Any, offset: Any, size: Any, stride: Any, requires_grad: Any, hooks: Any, *more: Any) -> Tensor:
    """Do what `torch._utils._rebuild_tensor_v2` does, once it is sure that the view stays inside the storage."""
    sizes, strides = _whole_numbers(size), _whole_numbers(stride)
    if not isinstance(storage, np.ndarray) or len(sizes) != len(strides) or len(sizes) > MAX_DIMENSIONS or hooks:
        raise FormatError("a tensor in it is not described as torch.save does")
    (start,) = _whole_numbers((offset,))
    end = start + sum((n - 1) * step for n, step in zip(sizes, strides, strict=True)) if all(sizes) else start - 1
    if end >= len(storage) or start > len(storage) or math.prod(sizes) > len(storage):
        raise FormatError(
            f"a tensor in it of shape {tuple(sizes)!s:.60} is larger than its storage of {len(storage):,} numbers; "
            "save tensor.contiguous()"
        )
    steps = [step * storage.itemsize for step in strides] if all(sizes) else None
    try:
        return wrap(np.ndarray(sizes, storage.dtype, storage, start * storage.itemsize, steps), bool(requires_grad))
    except (ValueError, TypeError, RuntimeError) as error:
        raise FormatError(f"no tensor can have the shape {tuple(sizes)!s:.60} ({error!s:.80})") from None


def _dictionary() -> dict[Any, Any]:
    """Begin an OrderedDict, which is filled later: a dictionary has an order, too."""
    return {}


def _parameter(data: Any, requires_grad: Any, hooks: Any) -> Parameter:
    """Do what `torch._utils._rebuild_parameter` does."""
    if not isinstance(data, Tensor) or hooks or (requires_grad and data.array.dtype.kind != "f"):
        raise FormatError("a parameter in it is not described as torch.save does")
    return Parameter(data, bool(requires_grad))


def _whole_numbers(values: Any) -> list[int]:
    if not isinstance(values, tuple | list) or not all(type(x) is int and 0 <= x < 1 << 62 for x in values):
        raise FormatError("a size, a stride or an offset in it is no whole number from 0 up")
    return list(values)
