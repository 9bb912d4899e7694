"""The operations, one entry each. To add one, write its rule next to its relatives.

All are in the registry, `tinygrad_edu.engine.op.OPS`, by name; here they are attributes as well.
"""

from tinygrad_edu.engine.op import NUMPY, OPS, Op, Sample, op
from tinygrad_edu.ops.arithmetic import abs, add, div, mul, neg, pow, sign, sub
from tinygrad_edu.ops.comparison import (
    all,
    any,
    argmax,
    argmin,
    bitwise_and,
    bitwise_not,
    bitwise_or,
    bitwise_xor,
    eq,
    ge,
    gt,
    isfinite,
    isinf,
    isnan,
    le,
    logical_and,
    logical_not,
    logical_or,
    lt,
    ne,
    ones_like,
    zeros_like,
)
from tinygrad_edu.ops.elementary import cos, exp, log, relu, sigmoid, sin, sqrt, tanh
from tinygrad_edu.ops.indexing import getitem, put, put_along_axis, setitem, take_along_axis
from tinygrad_edu.ops.loss import softmax_cross_entropy
from tinygrad_edu.ops.matmul import linear, matmul
from tinygrad_edu.ops.reduction import max, mean, min, sum, var
from tinygrad_edu.ops.selection import clip, maximum, minimum, where
from tinygrad_edu.ops.shape import (
    astype,
    broadcast_to,
    clone,
    concatenate,
    expand_dims,
    pad,
    reshape,
    squeeze,
    stack,
    swapaxes,
    transpose,
)
from tinygrad_edu.ops.softmax import log_softmax, logsumexp, softmax

__all__ = [
    "NUMPY", "OPS", "Op", "Sample", "abs", "add", "all", "any", "argmax", "argmin", "astype", "bitwise_and",
    "bitwise_not", "bitwise_or", "bitwise_xor", "broadcast_to", "clip", "clone", "concatenate", "cos", "div", "eq",
    "exp", "expand_dims", "ge", "getitem", "gt", "isfinite", "isinf", "isnan", "le", "linear", "log", "log_softmax",
    "logical_and", "logical_not", "logical_or", "logsumexp", "lt", "matmul", "max", "maximum", "mean", "min",
    "minimum", "mul", "ne", "neg", "ones_like", "op", "pad", "pow", "put", "put_along_axis", "relu", "reshape",
    "setitem", "sigmoid", "sign", "sin", "softmax", "softmax_cross_entropy", "sqrt", "squeeze", "stack", "sub",
    "sum", "swapaxes", "take_along_axis", "tanh", "transpose", "var", "where", "zeros_like",
]  # fmt: skip
