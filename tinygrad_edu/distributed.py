"""Several processes that work on one model: PyTorch's `torch.distributed`, carried by MPI.

    mpiexec -n 4 python train.py

    distributed.init_process_group()
    model = nn.parallel.DistributedDataParallel(model)      # the same weights everywhere, gradients averaged
    sampler = DistributedSampler(dataset)                   # each process sees a part of the data

MPI is the standard for messages between processes (MPI: A Message-Passing Interface Standard). The package mpi4py
brings it to Python: `pip install tinygrad-edu[mpi]`.
"""

from __future__ import annotations

import enum
import importlib.util
import os
import sys
import traceback
from typing import Any

import numpy as np

from tinygrad_edu.engine.dtypes import float16, float32
from tinygrad_edu.engine.versions import mark_changed
from tinygrad_edu.tensors.tensor import Tensor

__all__ = [
    "ReduceOp", "abort", "all_gather", "all_reduce", "barrier", "broadcast", "broadcast_object_list",
    "destroy_process_group", "get_backend", "get_rank", "get_world_size", "init_process_group", "is_available",
    "is_initialized", "is_launched",
]  # fmt: skip


class ReduceOp(enum.Enum):
    """How numbers of several processes are put together."""

    SUM = "SUM"
    PRODUCT = "PROD"
    MIN = "MIN"
    MAX = "MAX"
    AVG = "AVG"


_mpi: Any = None  # the module mpi4py.MPI, once a group of processes has been made
LAUNCHERS = ("PMI_SIZE", "OMPI_COMM_WORLD_SIZE", "MPI_LOCALNRANKS")  # what mpiexec of MPICH and Open MPI set


def is_available() -> bool:
    """Tell whether mpi4py is installed."""
    return importlib.util.find_spec("mpi4py") is not None


def is_launched() -> bool:
    """Tell whether this program was started by `mpiexec`, as one of several processes."""
    return any(int(os.environ.get(name, 1)) > 1 for name in LAUNCHERS)


def is_initialized() -> bool:
    """Tell whether `init_process_group` was called."""
    return _mpi is not None


def init_process_group(backend: str = "mpi", **options: Any) -> None:
    """Join the processes that `mpiexec` has started together.

    From here on, an error that nobody catches in one process ends all of them: the others would wait for it forever.

    Parameters:
        backend: "mpi", the only one.
        options: PyTorch's (`rank`, `world_size`, `init_method`); MPI knows these by itself.

    Raises:
        ModuleNotFoundError: mpi4py is not installed.
        ValueError: another backend.
        RuntimeError: it was called before.
    """
    global _mpi
    if backend != "mpi":
        raise ValueError(f"init_process_group: expected the backend 'mpi', got {backend!r}; there is no other")
    if _mpi is not None:
        raise RuntimeError("init_process_group: the processes have joined already; call it once")
    if not is_available():
        raise ModuleNotFoundError("init_process_group: mpi4py is missing; install it: pip install tinygrad-edu[mpi]")
    from mpi4py import MPI  # starting MPI takes time, and is only wanted here

    _mpi = MPI
    if get_world_size() > 1:
        sys.excepthook = _end_all


def destroy_process_group() -> None:
    """Leave the group; MPI itself ends with the program."""
    global _mpi
    if _mpi is not None and sys.excepthook is _end_all:
        sys.excepthook = sys.__excepthook__
    _mpi = None


def abort(code: int) -> None:
    """End all processes at once, with an exit code: for one that cannot go on, while the others wait for it."""
    print(f"process {get_rank()} of {get_world_size()} has failed; all are ended", file=sys.stderr, flush=True)
    _world().Abort(code)


def _end_all(kind: type[BaseException], error: BaseException, where: Any) -> None:
    """Say what went wrong, and in which process, and end all of them."""
    traceback.print_exception(kind, error, where)
    abort(130 if kind is KeyboardInterrupt else 1)


def _world() -> Any:
    if _mpi is None:
        raise ValueError("the processes have not joined: call distributed.init_process_group() first")
    return _mpi.COMM_WORLD


def get_rank(group: Any = None) -> int:
    """Return the number of this process, from 0. ValueError before `init_process_group`."""
    return int(_world().Get_rank())


def get_world_size(group: Any = None) -> int:
    """Return how many processes there are. ValueError before `init_process_group`."""
    return int(_world().Get_size())


def get_backend(group: Any = None) -> str:
    """Return "mpi". ValueError before `init_process_group`."""
    _world()
    return "mpi"


def barrier(group: Any = None) -> None:
    """Wait until every process has come here."""
    _world().Barrier()


def all_reduce(tensor: Tensor, op: ReduceOp = ReduceOp.SUM, group: Any = None) -> None:
    """Put the tensors of all processes together, element by element; every one gets the result, in place.

    Parameters:
        tensor: of the same shape and type in every process.
        op: their sum, product, minimum, maximum or average.
    """
    world, array = _world(), tensor.array
    whole = _message(array)
    world.Allreduce(_mpi.IN_PLACE, whole, op=getattr(_mpi, "SUM" if op is ReduceOp.AVG else op.value))
    if op is ReduceOp.AVG:
        whole = np.divide(whole, get_world_size(), out=whole if whole.dtype.kind == "f" else None)
    if whole is not array:
        array[...] = whole
    mark_changed(array, "all_reduce")


def broadcast(tensor: Tensor, src: int = 0, group: Any = None) -> None:
    """Give every process the tensor of process `src`, in place."""
    whole = _message(tensor.array)
    _world().Bcast(whole, root=src)
    if whole is not tensor.array:
        tensor.array[...] = whole
    mark_changed(tensor.array, "broadcast")


def broadcast_object_list(object_list: list[Any], src: int = 0, group: Any = None) -> None:
    """Give every process the objects in the list of process `src`, in place. They travel as pickles."""
    object_list[:] = _world().bcast(object_list, root=src)


def all_gather(tensor_list: list[Tensor], tensor: Tensor, group: Any = None) -> None:
    """Fill a list, with a tensor for each process, with the tensors of all processes.

    Raises:
        ValueError: the list is not as long as there are processes.
    """
    if len(tensor_list) != get_world_size():
        raise ValueError(f"all_gather: expected {get_world_size()} tensors to write to, got {len(tensor_list)}")
    whole = _message(tensor.array)
    found = np.empty_like(whole, shape=(len(tensor_list), *whole.shape))
    _world().Allgather(whole, found)
    for place, part in zip(tensor_list, found, strict=True):
        place.array[...] = part
        mark_changed(place.array, "all_gather")


def _message(array: Any) -> Any:
    """Return the array, or a copy of it, as MPI takes it: in one piece, of a type that it can add."""
    if array.__class__ is not np.ndarray:
        raise RuntimeError(
            "distributed: a message between processes is no part of a compiled or printed program, which is for one "
            "process; call the step without compile"
        )
    if array.dtype == float16:
        return array.astype(float32)
    if array.dtype == bool:
        return array.astype(np.uint8)
    return array if array.flags.c_contiguous else np.ascontiguousarray(array)
