"""tinygrad_edu: reverse-mode automatic differentiation on NumPy that you can read, run, check and see.

    import tinygrad_edu as tg

    x = tg.tensor([1.0, 2.0], requires_grad=True)
    (x * x).sum().backward()
    x.grad                    # tensor([2., 4.])

The names are PyTorch's. To see how it works, read `engine/op.py` first.
"""

from __future__ import annotations

import importlib
from math import e, inf, nan, pi
from typing import TYPE_CHECKING, Any

import numpy as _np

from tinygrad_edu import ops, random
from tinygrad_edu.engine import dtypes
from tinygrad_edu.engine.dtypes import *  # noqa: F403
from tinygrad_edu.engine.grad_mode import enable_grad, is_grad_enabled, no_grad, set_grad_enabled
from tinygrad_edu.engine.graph import GraphError
from tinygrad_edu.functions import (
    comparison,
    covariance,
    cumulative,
    decomposition,
    diagonals,
    indexing,
    joining,
    nan_reductions,
    norms,
    pointwise,
    products,
    reduction,
    scattering,
    searching,
    shape,
    sorting,
    type_promotion,
)
from tinygrad_edu.functions import einsum as _einsum
from tinygrad_edu.functions.comparison import *  # noqa: F403
from tinygrad_edu.functions.covariance import *  # noqa: F403
from tinygrad_edu.functions.cumulative import *  # noqa: F403
from tinygrad_edu.functions.decomposition import *  # noqa: F403
from tinygrad_edu.functions.diagonals import *  # noqa: F403
from tinygrad_edu.functions.einsum import *  # noqa: F403
from tinygrad_edu.functions.indexing import *  # noqa: F403
from tinygrad_edu.functions.joining import *  # noqa: F403
from tinygrad_edu.functions.nan_reductions import *  # noqa: F403
from tinygrad_edu.functions.norms import *  # noqa: F403
from tinygrad_edu.functions.pointwise import *  # noqa: F403
from tinygrad_edu.functions.products import *  # noqa: F403
from tinygrad_edu.functions.reduction import *  # noqa: F403
from tinygrad_edu.functions.scattering import *  # noqa: F403
from tinygrad_edu.functions.searching import *  # noqa: F403
from tinygrad_edu.functions.shape import *  # noqa: F403
from tinygrad_edu.functions.sorting import *  # noqa: F403
from tinygrad_edu.functions.type_promotion import *  # noqa: F403
from tinygrad_edu.ops import clone, matmul
from tinygrad_edu.ops.comparison import *  # noqa: F403 - type checkers lose a name on its way through two stars
from tinygrad_edu.ops.exponential import *  # noqa: F403
from tinygrad_edu.ops.trigonometric import *  # noqa: F403
from tinygrad_edu.system import devices, threads
from tinygrad_edu.system.devices import *  # noqa: F403
from tinygrad_edu.system.generator import Generator, get_rng_state, initial_seed, manual_seed, set_rng_state
from tinygrad_edu.system.memory import keep_freed_memory as _keep_freed_memory
from tinygrad_edu.system.threads import *  # noqa: F403
from tinygrad_edu.tensors import buffers, creation, sampling, types
from tinygrad_edu.tensors.buffers import *  # noqa: F403
from tinygrad_edu.tensors.creation import *  # noqa: F403 - each module lists its public names
from tinygrad_edu.tensors.out import FUNCTIONS as _WITH_OUT
from tinygrad_edu.tensors.out import takes_out as _takes_out
from tinygrad_edu.tensors.printing import set_printoptions
from tinygrad_edu.tensors.sampling import *  # noqa: F403
from tinygrad_edu.tensors.size import Size
from tinygrad_edu.tensors.tensor import Tensor
from tinygrad_edu.tensors.types import *  # noqa: F403

if TYPE_CHECKING:
    from tinygrad_edu import (
        accelerator,
        amp,
        autograd,
        backends,
        cuda,
        distributed,
        distributions,
        func,
        interop,
        linalg,
        nn,
        optim,
        special,
        training,
        utils,
        vision,
        viz,
    )
    from tinygrad_edu.amp import autocast
    from tinygrad_edu.program.compile import compile
    from tinygrad_edu.tensors.serialization import load, save

__all__ = [
    "Generator", "GraphError", "Size", "Tensor", "accelerator", "amp", "autocast", "autograd", "backends", "clone",
    "compile", "cuda", "distributed", "distributions", "dtype", "e", "enable_grad", "func", "get_rng_state", "inf",
    "inference_mode", "initial_seed", "interop", "is_grad_enabled", "linalg", "load", "manual_seed", "matmul", "nan",
    "nn", "no_grad", "ops", "optim", "pi", "random", "save", "set_grad_enabled", "set_printoptions", "set_rng_state",
    "special", "training", "utils", "vision", "viz",
]  # fmt: skip
__all__ += buffers.__all__
__all__ += comparison.__all__
__all__ += covariance.__all__
__all__ += creation.__all__
__all__ += cumulative.__all__
__all__ += decomposition.__all__
__all__ += devices.__all__
__all__ += diagonals.__all__
__all__ += dtypes.__all__
__all__ += _einsum.__all__
__all__ += indexing.__all__
__all__ += joining.__all__
__all__ += nan_reductions.__all__
__all__ += norms.__all__
__all__ += pointwise.__all__
__all__ += products.__all__
__all__ += reduction.__all__
__all__ += sampling.__all__
__all__ += scattering.__all__
__all__ += searching.__all__
__all__ += shape.__all__
__all__ += sorting.__all__
__all__ += threads.__all__
__all__ += type_promotion.__all__
__all__ += types.__all__

__version__ = "0.1.0"

dtype = _np.dtype  # the types of numbers are NumPy's
inference_mode = no_grad  # PyTorch tells them apart by speed alone; here there is nothing to gain

_keep_freed_memory()

globals().update({_name: _takes_out(globals()[_name]) for _name in _WITH_OUT})

# What is loaded when it is first used, so that the import is quick: packages, and names of modules.
_PACKAGES = {
    "accelerator", "amp", "autograd", "backends", "cuda", "distributed", "distributions", "func", "interop", "linalg",
    "nn", "optim", "special", "training", "utils", "vision", "viz",
}  # fmt: skip
_NAMES = {
    "autocast": "amp", "compile": "program.compile", "load": "tensors.serialization", "save": "tensors.serialization",
}  # fmt: skip


def __getattr__(name: str) -> Any:
    if name in _PACKAGES:
        return importlib.import_module(f"{__name__}.{name}")
    if name in _NAMES:
        return getattr(importlib.import_module(f"{__name__}.{_NAMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
