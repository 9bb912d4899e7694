"""Layers and losses as functions: `import tinygrad_edu.nn.functional as F`."""

from tinygrad_edu.nn.functional.classification import binary_cross_entropy_with_logits, cross_entropy, nll_loss
from tinygrad_edu.nn.functional.layers import (
    dropout,
    linear,
    log_softmax,
    one_hot,
    pad,
    relu,
    sigmoid,
    softmax,
    tanh,
)
from tinygrad_edu.nn.functional.regression import l1_loss, mse_loss, sum_squared_error

__all__ = [
    "binary_cross_entropy_with_logits",
    "cross_entropy",
    "dropout",
    "l1_loss",
    "linear",
    "log_softmax",
    "mse_loss",
    "nll_loss",
    "one_hot",
    "pad",
    "relu",
    "sigmoid",
    "softmax",
    "sum_squared_error",
    "tanh",
]
