"""The operations, one entry each. To add one, write its rule next to its relatives.

All are in the registry, `tinygrad_edu.engine.op.OPS`, by name; here they are attributes as well.
"""

from tinygrad_edu.engine.op import NUMPY, OPS, Op, Sample, op
from tinygrad_edu.ops import comparison, decomposition, exponential, shape, trigonometric
from tinygrad_edu.ops.activation import elu, gelu, hardtanh, leaky_relu, relu, sigmoid, silu, softplus
from tinygrad_edu.ops.arithmetic import abs, add, div, mul, neg, pow, sub
from tinygrad_edu.ops.attention import attention
from tinygrad_edu.ops.comparison import *  # noqa: F403
from tinygrad_edu.ops.comparison import all, any, argmax, argmin, argsort, ones_like, zeros_like
from tinygrad_edu.ops.convolution import convolution, convolution_input, convolution_weight
from tinygrad_edu.ops.ctc import ctc_loss
from tinygrad_edu.ops.decomposition import *  # noqa: F403
from tinygrad_edu.ops.einsum import einsum
from tinygrad_edu.ops.exponential import *  # noqa: F403
from tinygrad_edu.ops.exponential import entr
from tinygrad_edu.ops.indexing import getitem, put, put_along_axis, setitem, take_along_axis
from tinygrad_edu.ops.likelihood import binary_cross_entropy
from tinygrad_edu.ops.linalg import cofactors, det, diagonal, inv, logabsdet, pinv, put_diagonal, solve, tril, triu
from tinygrad_edu.ops.loss import softmax_cross_entropy
from tinygrad_edu.ops.matmul import linear, matmul
from tinygrad_edu.ops.normalization import layer_norm, standardize
from tinygrad_edu.ops.recurrence import gru, lstm, rnn
from tinygrad_edu.ops.reduction import max, mean, min, sum, var
from tinygrad_edu.ops.rounding import ceil, copysign, div_floor, div_trunc, floor, fmod, remainder, round, sign, trunc
from tinygrad_edu.ops.scan import cumprod, cumsum, logcumsumexp, prod
from tinygrad_edu.ops.selection import clamp_max, clamp_min, clip, fmax, fmin, maximum, minimum, where
from tinygrad_edu.ops.shape import *  # noqa: F403
from tinygrad_edu.ops.softmax import log_softmax, logsumexp, softmax
from tinygrad_edu.ops.special import erf, erfc
from tinygrad_edu.ops.trigonometric import *  # noqa: F403
from tinygrad_edu.ops.window import add_windows, cut_windows, max_pool, put_in_windows, take_from_windows

__all__ = [
    "NUMPY", "OPS", "Op", "Sample", "abs", "add", "add_windows", "all", "any", "argmax", "argmin", "argsort",
    "attention", "binary_cross_entropy", "ceil", "clamp_max", "clamp_min", "clip", "cofactors", "convolution",
    "convolution_input", "convolution_weight", "copysign", "ctc_loss", "cumprod", "cumsum", "cut_windows", "det",
    "diagonal", "div", "div_floor", "div_trunc", "einsum", "elu", "entr", "erf", "erfc", "floor", "fmax", "fmin",
    "fmod", "gelu", "getitem", "gru", "hardtanh", "inv", "layer_norm", "leaky_relu", "linear", "log_softmax",
    "logabsdet", "logcumsumexp", "logsumexp", "lstm", "matmul", "max", "max_pool", "maximum", "mean", "min", "minimum",
    "mul", "neg", "ones_like", "op", "pinv", "pow", "prod", "put", "put_along_axis", "put_diagonal", "put_in_windows",
    "relu", "remainder", "rnn", "round", "setitem", "sigmoid", "sign", "silu", "softmax", "softmax_cross_entropy",
    "softplus", "solve", "standardize", "sub", "sum", "take_along_axis", "take_from_windows", "tril", "triu", "trunc",
    "var", "where", "zeros_like",
]  # fmt: skip
__all__ += comparison.__all__
__all__ += decomposition.__all__
__all__ += exponential.__all__
__all__ += shape.__all__
__all__ += trigonometric.__all__
