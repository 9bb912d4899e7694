"""`tinygrad_edu.special`: PyTorch's namespace for special functions."""

from tinygrad_edu.functions.pointwise import (
    erf,
    erfc,
    exp2,
    expm1,
    log1p,
    logit,
    round,
    sinc,
    xlogy,
)
from tinygrad_edu.functions.pointwise import sigmoid as expit
from tinygrad_edu.functions.reduction import log_softmax, logsumexp, softmax
from tinygrad_edu.ops import entr

__all__ = [
    "entr", "erf", "erfc", "exp2", "expit", "expm1", "log1p", "log_softmax", "logit", "logsumexp", "round", "sinc",
    "softmax", "xlogy",
]  # fmt: skip
