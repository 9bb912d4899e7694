"""The state of a module: read into a dictionary, written back, all of it or nothing, and converted to a dtype."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from tinygrad_edu.engine.dtypes import as_array, is_float
from tinygrad_edu.engine.versions import mark_changed
from tinygrad_edu.system import devices
from tinygrad_edu.tensors.tensor import Tensor

NEWER = ("num_batches_tracked",)
"""What states of long ago lack. The module keeps its own."""


class IncompatibleKeys(NamedTuple):
    """What `load_state_dict` returns: names the state lacked, and names the module does not have."""

    missing_keys: list[str]
    unexpected_keys: list[str]

    def __repr__(self) -> str:
        if not self.missing_keys and not self.unexpected_keys:
            return "<All keys matched successfully>"
        return f"IncompatibleKeys(missing_keys={self.missing_keys}, unexpected_keys={self.unexpected_keys})"


def collect_state(module: Any, prefix: str = "") -> dict[str, Tensor]:
    """Return the parameters and persistent buffers by name, sharing memory.

    Something shared appears under each of its names, so that a model that does not share it can
    load the state as well.
    """
    return {
        prefix + (f"{outer}.{name}" if outer else name): tensor.detach()
        for outer, inner in module.named_modules(remove_duplicate=False)
        for registry in (inner._parameters, inner._buffers)
        for name, tensor in registry.items()
        if tensor is not None and name not in inner._non_persistent
    }


def load_state(module: Any, state: Mapping[str, Any], strict: bool) -> IncompatibleKeys:
    """Copy `state` into the module; if anything in it does not fit, raise and change nothing."""
    name = type(module).__name__
    if not isinstance(state, Mapping):
        raise TypeError(
            f"load_state_dict: expected a dictionary of tensors by name, got {type(state).__name__}; "
            "pass what state_dict() returned"
        )
    own = collect_state(module)
    missing = [key for key in own if key not in state and key.rpartition(".")[2] not in NEWER]
    unexpected = [key for key in state if key not in own]
    problems = []
    if strict and missing:
        problems.append(f"missing in the state: {', '.join(missing)} (strict=False loads what there is)")
    if strict and unexpected:
        problems.append(f"not in the module: {', '.join(map(str, unexpected))}")

    # Copies of all values before the first is written: the state may share memory with the module.
    values = {}
    for key, target in own.items():
        if key in state:
            try:
                value = state[key]
                array = value.array if isinstance(value, Tensor) else as_array(value)
            except (TypeError, ValueError) as error:
                problems.append(f"{key} cannot be read: {error}")
                continue
            if array.shape == target.array.shape:
                values[key] = np.array(array, target.array.dtype)
            else:
                problems.append(f"{key} has shape {array.shape} in the state, {target.array.shape} in the module")
    if problems:
        raise ValueError(
            f"load_state_dict: the state does not fit {name}; nothing was changed.\n    " + "\n    ".join(problems)
        )
    for key, array in values.items():
        own[key].array[...] = array
        mark_changed(own[key].array, "load_state_dict")
    return IncompatibleKeys(missing, unexpected)


def convert(module: Any, args: Sequence[Any], dtype: Any, device: Any) -> None:
    """Convert parameters, buffers and gradients of floating-point numbers as the arguments of `Module.to` say."""
    for arg in args:
        if isinstance(arg, devices.device) or (isinstance(arg, str) and arg not in np.sctypeDict):
            device = arg
        else:
            dtype = getattr(arg, "dtype", arg)
    if device is not None:
        devices.device(device)  # raises for all but the CPU
    if dtype is None:
        return
    name = type(module).__name__
    try:
        dtype = np.dtype(dtype)
    except TypeError:
        raise TypeError(f"{name}.to: expected a dtype such as float64, got {dtype!r:.40}") from None
    if not is_float(dtype):
        raise TypeError(f"{name}.to: expected a floating-point dtype such as float64, got {dtype}")
    for tensor in (*module.parameters(), *module.buffers()):
        for held in (tensor, tensor.grad):
            if held is not None and is_float(held.dtype):
                held.array = held.array.astype(dtype, copy=False)
