"""`tinygrad_edu.nn.parallel`: one model in several processes, or on several devices, of which there is only the CPU."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

import numpy as np

from tinygrad_edu import distributed
from tinygrad_edu.engine.grad_mode import no_grad
from tinygrad_edu.nn.module import Module
from tinygrad_edu.system.devices import device
from tinygrad_edu.tensors.tensor import wrap

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
    """Train one model in several processes, each on its own part of every batch.

        distributed.init_process_group()
        model = DistributedDataParallel(model)

    At first every process gets the weights and buffers of process 0. In each backward pass the gradients of all
    processes are averaged, many parameters in one message. So all take the same steps, those of one process whose batch
    is that of all together, if the parts are equally large and the loss is a mean. The names of parameters begin with
    `module.`, as PyTorch's do.

    From Li et al.: PyTorch distributed: experiences on accelerating data parallel training, VLDB 2020.

    Parameters:
        module: the model.
        bucket_cap_mb: how many megabytes of gradients travel in one message.
        others: PyTorch's; the group is that of all processes, the device the CPU.

    Raises:
        RuntimeError: the processes have not joined; or, at the next forward pass, some parameters got no gradient.
    """

    def __init__(self, module: Module, device_ids: Any = None, *, bucket_cap_mb: float = 25, **others: Any) -> None:
        super().__init__()
        if not distributed.is_initialized():
            raise RuntimeError("DistributedDataParallel: call distributed.init_process_group() first")
        self.module = module
        self.synchronized = True
        self._buckets = joined(module, int(bucket_cap_mb * 2**20))
        for bucket in self._buckets:
            for parameter in bucket.parameters:
                parameter.register_post_accumulate_grad_hook(partial(self._arrived, bucket))

    def forward(self, *inputs: Any, **kwargs: Any) -> Any:
        late = [p for bucket in self._buckets if bucket.arrived for p in bucket.parameters if p not in bucket.arrived]
        if late:
            names = [name for name, p in self.module.named_parameters() if any(p is x for x in late)]
            raise RuntimeError(
                f"DistributedDataParallel: no gradient came to {', '.join(names)} in the last backward pass, so the "
                "others were not averaged; leave parameters that are not used out: p.requires_grad_(False)"
            )
        return self.module(*inputs, **kwargs)

    @contextmanager
    def no_sync(self) -> Iterator[None]:
        """Let gradients gather in each process alone meanwhile; the next backward pass averages their sums."""
        self.synchronized = False
        try:
            yield
        finally:
            self.synchronized = True

    def _arrived(self, bucket: Bucket, parameter: Any) -> None:
        if not self.synchronized:
            return
        bucket.arrived.add(parameter)
        if len(bucket.arrived) == len(bucket.parameters):
            bucket.arrived.clear()
            bucket.combine(distributed.ReduceOp.AVG)


class Bucket:
    """Parameters whose gradients travel together."""

    def __init__(self, parameters: list[Any]) -> None:
        self.parameters = parameters
        self.arrived: set[Any] = set()  # those that have their gradient in this backward pass

    def combine(self, op: distributed.ReduceOp) -> None:
        """Replace the gradients by what those of all processes give together.

        One that is missing counts as zeros, and stays missing if no process has it.
        """
        there = np.array([p.grad is not None for p in self.parameters])
        gradients = [np.zeros_like(p.array) if p.grad is None else p.grad.array for p in self.parameters]
        flat = wrap(np.concatenate([there.astype(gradients[0].dtype), *(g.reshape(-1) for g in gradients)]))
        distributed.all_reduce(flat, op)
        anywhere, *parts = np.split(flat.array, np.cumsum([len(there), *(g.size for g in gradients)])[:-1])
        for p, g, known, part in zip(self.parameters, gradients, anywhere, parts, strict=True):
            if known:
                g[...] = part.reshape(g.shape)
                p.grad = p.grad if p.grad is not None else wrap(g)


def joined(module: Module, limit: int) -> list[Bucket]:
    """Give all processes the weights and buffers of process 0; return the parameters that get gradients, in buckets."""
    with no_grad():
        for tensor in (*module.parameters(), *module.buffers()):
            distributed.broadcast(tensor)
    wanted = [p for p in module.parameters() if p.requires_grad]
    return in_buckets(wanted[::-1], limit)  # those of the last layers have their gradients first


def in_buckets(parameters: Sequence[Any], limit: int) -> list[Bucket]:
    """Group parameters of one type, in their order, so that a group's gradients take up to `limit` bytes."""
    groups: list[list[Any]] = []
    size = 0
    for p in parameters:
        if groups and groups[-1][-1].dtype == p.dtype and size + p.array.nbytes <= limit:
            groups[-1].append(p)
            size += p.array.nbytes
        else:
            groups.append([p])
            size = p.array.nbytes
    return [Bucket(group) for group in groups]
