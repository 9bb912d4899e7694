"""tinygrad_edu: reverse-mode automatic differentiation on NumPy that you can read, run, check and see.

    import tinygrad_edu as tg

    x = tg.tensor([1.0, 2.0], requires_grad=True)
    (x * x).sum().backward()
    x.grad                    # tensor([2., 4.])

The names are PyTorch's. To see how it works, read `engine/op.py` first.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from tinygrad_edu import autograd, creation, func, linalg, nn, ops, optim, random, utils
from tinygrad_edu.creation import *  # noqa: F403 - each module lists its public names
from tinygrad_edu.devices import accelerator, backends, cuda, device
from tinygrad_edu.engine import dtypes
from tinygrad_edu.engine.dtypes import *  # noqa: F403
from tinygrad_edu.engine.formatting import set_printoptions
from tinygrad_edu.engine.grad_mode import enable_grad, is_grad_enabled, no_grad, set_grad_enabled
from tinygrad_edu.engine.graph import GraphError
from tinygrad_edu.engine.tensor import Tensor
from tinygrad_edu.functions import einsum as _einsum
from tinygrad_edu.functions import indexing, pointwise, reduction, shape, sorting
from tinygrad_edu.functions import linalg as _linalg
from tinygrad_edu.functions.einsum import *  # noqa: F403
from tinygrad_edu.functions.indexing import *  # noqa: F403
from tinygrad_edu.functions.linalg import *  # noqa: F403
from tinygrad_edu.functions.pointwise import *  # noqa: F403
from tinygrad_edu.functions.reduction import *  # noqa: F403
from tinygrad_edu.functions.shape import *  # noqa: F403
from tinygrad_edu.functions.sorting import *  # noqa: F403
from tinygrad_edu.ops import clone, matmul
from tinygrad_edu.random import Generator, manual_seed
from tinygrad_edu.serialization import load, save

if TYPE_CHECKING:
    from tinygrad_edu import training, vision, viz

__all__ = [
    "Generator", "GraphError", "Tensor", "accelerator", "autograd", "backends", "clone", "cuda", "device",
    "enable_grad", "func", "inference_mode", "is_grad_enabled", "linalg", "load", "manual_seed", "matmul", "nn",
    "no_grad", "ops", "optim", "random", "save", "set_grad_enabled", "set_printoptions", "training", "utils",
    "vision", "viz",
]  # fmt: skip
__all__ += creation.__all__
__all__ += dtypes.__all__
__all__ += _einsum.__all__
__all__ += indexing.__all__
__all__ += _linalg.__all__
__all__ += pointwise.__all__
__all__ += reduction.__all__
__all__ += shape.__all__
__all__ += sorting.__all__

__version__ = "0.1.0"

inference_mode = no_grad  # PyTorch tells them apart by speed alone; here there is nothing to gain

_LAZY = ("training", "vision", "viz")  # loaded when first used, to keep the import quick


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        return importlib.import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
