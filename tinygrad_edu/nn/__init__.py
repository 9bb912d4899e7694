"""Layers, losses and what they are made of, under PyTorch's names."""

from tinygrad_edu.nn import functional, init, utils
from tinygrad_edu.nn.activations import LogSoftmax, ReLU, Sigmoid, Softmax, Tanh
from tinygrad_edu.nn.containers import ModuleDict, ModuleList, Sequential
from tinygrad_edu.nn.dropout import Dropout
from tinygrad_edu.nn.linear import Flatten, Identity, Linear
from tinygrad_edu.nn.losses import (
    BCEWithLogitsLoss,
    CrossEntropyLoss,
    L1Loss,
    MSELoss,
    NLLLoss,
    SumSquaredError,
)
from tinygrad_edu.nn.module import Module
from tinygrad_edu.nn.parameter import Parameter

__all__ = [
    "BCEWithLogitsLoss",
    "CrossEntropyLoss",
    "Dropout",
    "Flatten",
    "Identity",
    "L1Loss",
    "Linear",
    "LogSoftmax",
    "MSELoss",
    "Module",
    "ModuleDict",
    "ModuleList",
    "NLLLoss",
    "Parameter",
    "ReLU",
    "Sequential",
    "Sigmoid",
    "Softmax",
    "SumSquaredError",
    "Tanh",
    "functional",
    "init",
    "utils",
]
