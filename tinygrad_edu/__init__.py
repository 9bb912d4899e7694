"""tinygrad_edu: reverse-mode automatic differentiation on NumPy that you can read, run, check and see.

    import tinygrad_edu as tg

    x = tg.tensor([1.0, 2.0], requires_grad=True)
    (x * x).sum().backward()
    x.grad                    # tensor([2., 4.])

The names are PyTorch's. To see how it works, read `engine/op.py` first.
"""

from __future__ import annotations

from tinygrad_edu import ops, random
from tinygrad_edu.creation import (
    arange,
    as_tensor,
    empty,
    eye,
    from_numpy,
    full,
    full_like,
    linspace,
    ones,
    ones_like,
    rand,
    rand_like,
    randint,
    randn,
    randn_like,
    randperm,
    tensor,
    zeros,
    zeros_like,
)
from tinygrad_edu.engine.dtypes import (
    bool,
    double,
    float,
    float16,
    float32,
    float64,
    half,
    int,
    int8,
    int16,
    int32,
    int64,
    long,
    short,
    uint8,
)
from tinygrad_edu.engine.grad_mode import enable_grad, is_grad_enabled, no_grad, set_grad_enabled
from tinygrad_edu.engine.graph import GraphError
from tinygrad_edu.engine.tensor import Tensor
from tinygrad_edu.functions.pointwise import (
    abs,
    add,
    clamp,
    clip,
    cos,
    div,
    eq,
    exp,
    ge,
    gt,
    isfinite,
    isinf,
    isnan,
    le,
    log,
    logical_and,
    logical_not,
    logical_or,
    lt,
    maximum,
    minimum,
    mul,
    ne,
    neg,
    pow,
    relu,
    sigmoid,
    sign,
    sin,
    sqrt,
    square,
    sub,
    tanh,
    where,
)
from tinygrad_edu.functions.reduction import (
    all,
    amax,
    amin,
    any,
    argmax,
    argmin,
    log_softmax,
    logsumexp,
    max,
    mean,
    min,
    softmax,
    std,
    sum,
    var,
)
from tinygrad_edu.functions.shape import (
    broadcast_to,
    cat,
    concatenate,
    flatten,
    permute,
    reshape,
    squeeze,
    stack,
    swapaxes,
    take_along_dim,
    transpose,
    unsqueeze,
)
from tinygrad_edu.ops import clone, matmul
from tinygrad_edu.random import Generator, manual_seed

__all__ = [
    "Generator", "GraphError", "Tensor", "abs", "add", "all", "amax", "amin", "any", "arange", "argmax", "argmin",
    "as_tensor", "bool", "broadcast_to", "cat", "clamp", "clip", "clone", "concatenate", "cos", "div",
    "double", "empty", "enable_grad", "eq", "exp", "eye", "flatten", "float", "float16", "float32", "float64",
    "from_numpy", "full", "full_like", "ge", "gt", "half", "int", "int16", "int32", "int64", "int8",
    "is_grad_enabled", "isfinite", "isinf", "isnan", "le", "linspace", "log", "log_softmax", "logical_and",
    "logical_not", "logical_or", "logsumexp", "long", "lt", "manual_seed", "matmul", "max", "maximum", "mean", "min",
    "minimum", "mul", "ne", "neg", "no_grad", "ones", "ones_like", "ops", "permute", "pow", "rand",
    "rand_like", "randint", "randn", "randn_like", "random", "randperm", "relu", "reshape", "set_grad_enabled",
    "short", "sigmoid", "sign", "sin", "softmax", "sqrt", "square", "squeeze", "stack", "std", "sub", "sum",
    "swapaxes", "take_along_dim", "tanh", "tensor", "transpose", "uint8", "unsqueeze", "var",
    "where", "zeros", "zeros_like",
]  # fmt: skip


__version__ = "0.1.0"
