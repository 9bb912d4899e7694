"""`tinygrad_edu.nn.parallel`: PyTorch's names for training on several devices, of which there is one here: the CPU."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NoReturn

from tinygrad_edu.nn.module import Module
from tinygrad_edu.system.devices import device

__all__ = ["DataParallel", "DistributedDataParallel"]


class DataParallel(Module):
    """Hold a module and call it: there is one device, so that nothing is split among several.

    The names of parameters begin with `module.`, as PyTorch's do, so that saved states fit.

    Parameters:
        module: what is called.
        device_ids, output_device: the CPU, where they are given.
        dim: along which PyTorch splits a batch; it changes nothing.

    Raises:
        ValueError: a device is not the CPU.
    """

    def __init__(
        self, module: Module, device_ids: Sequence[Any] | None = None, output_device: Any = None, dim: int = 0
    ) -> None:
        super().__init__()
        for place in (*(device_ids or ()), *(() if output_device is None else (output_device,))):
            device(place)
        self.module = module
        self.device_ids: list[Any] = []
        self.output_device = output_device
        self.dim = dim

    def forward(self, *inputs: Any, **kwargs: Any) -> Any:
        return self.module(*inputs, **kwargs)


class DistributedDataParallel(Module):
    """PyTorch's module for training in several processes, which is not possible here: making one is an error.

    Raises:
        RuntimeError: always.
    """

    def __init__(self, module: Module, *args: Any, **kwargs: Any) -> NoReturn:
        raise RuntimeError(
            "DistributedDataParallel: processes cannot train one model together here; leave it out, or use "
            "nn.DataParallel(module), which calls the module and keeps the names of its parameters"
        )
