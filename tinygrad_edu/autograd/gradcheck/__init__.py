"""Checking gradients against finite differences, which need no rule and no graph: only values.

`gradcheck` and `gradgradcheck` check a function of Tensors, `check_parameters` a whole model. Read
`differences.py` first: it is the mathematics, and the rest is bookkeeping.
"""

from tinygrad_edu.autograd.gradcheck.checks import gradcheck, gradgradcheck
from tinygrad_edu.autograd.gradcheck.comparison import GradcheckError, KinkWarning, ZeroGradientWarning
from tinygrad_edu.autograd.gradcheck.model import ParameterCheck, check_parameters

__all__ = [
    "GradcheckError", "KinkWarning", "ParameterCheck", "ZeroGradientWarning", "check_parameters", "gradcheck",
    "gradgradcheck",
]  # fmt: skip
