"""`tinygrad_edu.autograd`: gradients as values, derivatives of plain functions, and how to check them.

Read `gradients.py` first (one backward pass), then `recording.py` (how a plain function gets into a graph), then
`reverse_mode.py` and `directional_derivatives.py` (what takes a plain function and returns a derivative).
"""

from tinygrad_edu.autograd import functional
from tinygrad_edu.autograd.anomaly import AnomalyError, detect_anomaly, is_anomaly_enabled, set_detect_anomaly
from tinygrad_edu.autograd.function import Function
from tinygrad_edu.autograd.gradcheck import check_parameters, gradcheck, gradgradcheck
from tinygrad_edu.autograd.gradients import grad
from tinygrad_edu.engine.grad_mode import enable_grad, no_grad, set_grad_enabled
from tinygrad_edu.tensors.backward import backward
from tinygrad_edu.tensors.types import Variable

__all__ = [
    "AnomalyError", "Function", "Variable", "backward", "check_parameters", "detect_anomaly", "enable_grad",
    "functional", "grad", "gradcheck", "gradgradcheck", "is_anomaly_enabled", "no_grad", "set_detect_anomaly",
    "set_grad_enabled",
]  # fmt: skip
