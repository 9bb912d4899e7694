"""PyTorch's values as ours: tensors, types, sizes, modules and functions, wherever they stand in the arguments."""

from __future__ import annotations

import types
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch

import tinygrad_edu as tg

IGNORED = ("memory_format", "layout", "pin_memory")  # they say how PyTorch stores a tensor, not what it holds


class OutOfScopeError(Exception):
    """The sample holds what this library does not have at all: complex numbers, sparse tensors, other devices."""


def named(name: str, library: Any) -> Any:
    """Return what a library calls `name`, "linalg.inv" for instance; None if it has no such name."""
    for part in name.split("."):
        library = getattr(library, part, None)
    return library


def of_dtype(dtype: torch.dtype) -> np.dtype[Any]:
    try:
        return named(str(dtype).removeprefix("torch."), tg.engine.dtypes) or out(str(dtype))
    except TypeError:
        return out(str(dtype))


def out(what: str) -> Any:
    raise OutOfScopeError(what)


class Translation:
    """Translates values, each tensor once: a tensor that stands twice among the arguments does so on both sides.

    `leaves` are the pairs of tensors that gradients are asked for.
    """

    def __init__(self, known: Sequence[tuple[Any, Any]] = ()) -> None:
        self.made: dict[int, tuple[Any, Any]] = {id(pair[0]): pair for pair in known}

    @property
    def leaves(self) -> list[tuple[torch.Tensor, tg.Tensor]]:
        return [(theirs, ours) for theirs, ours in self.made.values() if theirs.requires_grad]

    def __call__(self, x: Any) -> Any:
        if isinstance(x, torch.Tensor):
            if id(x) not in self.made:
                self.made[id(x)] = (x, self.tensor(x))
            return self.made[id(x)][1]
        if isinstance(x, torch.Size):
            return tg.Size(x)
        if isinstance(x, tuple) and hasattr(x, "_fields"):
            return type(x)(*map(self, x))
        if isinstance(x, tuple | list):
            return type(x)(map(self, x))
        if isinstance(x, dict):
            return {key: self(value) for key, value in x.items() if key not in IGNORED}
        if isinstance(x, slice):
            return slice(self(x.start), self(x.stop), self(x.step))
        if isinstance(x, torch.dtype):
            return of_dtype(x)
        if isinstance(x, torch.device):
            return str(x) if x.type == "cpu" else out(f"device {x}")
        if isinstance(x, complex | torch.Generator | torch.layout):
            return out(type(x).__name__)
        if isinstance(x, torch.nn.Module):
            return self.module(x)
        if isinstance(x, types.FunctionType | types.BuiltinFunctionType):
            return function(x)
        return x

    def tensor(self, x: torch.Tensor) -> tg.Tensor:
        if x.layout is not torch.strided or x.device.type != "cpu" or x.is_quantized or x.is_nested:
            out(f"{x.layout} on {x.device}")
        if x.ndim > 64:
            out("more dimensions than a NumPy array has")
        dtype = of_dtype(x.dtype)
        array = x.detach().numpy().copy(order="K").astype(dtype, order="K", copy=False)
        return tg.as_tensor(array).requires_grad_(x.requires_grad)

    def module(self, x: torch.nn.Module) -> Any:
        """Only a Transformer's layer is handed to another module in PyTorch's samples."""
        if not isinstance(x, torch.nn.TransformerEncoderLayer):
            return out(type(x).__name__)
        layer = tg.nn.TransformerEncoderLayer(
            x.self_attn.embed_dim,
            x.self_attn.num_heads,
            x.linear1.out_features,
            x.dropout.p,
            function(x.activation),
            batch_first=x.self_attn.batch_first,
            norm_first=x.norm_first,
            bias=x.linear1.bias is not None,
        )
        return layer.double()


def function(f: Callable[..., Any]) -> Any:
    """Return our function of the same name; of a lambda, the same code with our library for PyTorch."""
    if getattr(f, "__name__", "") == "<lambda>":
        known = {**f.__globals__, "torch": tg, "F": tg.nn.functional}
        return types.FunctionType(f.__code__, known, f.__name__, f.__defaults__, f.__closure__)
    for place, mine in ((torch, tg), (torch.nn.functional, tg.nn.functional), (torch.linalg, tg.linalg)):
        if getattr(place, f.__name__, None) is f:
            return getattr(mine, f.__name__, None) or out(f.__name__)
    return f
