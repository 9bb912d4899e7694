"""`tinygrad_edu.autograd`: PyTorch's namespace for gradients."""

from tinygrad_edu.engine.anomaly import AnomalyError, detect_anomaly, is_anomaly_enabled, set_detect_anomaly
from tinygrad_edu.engine.grad_mode import enable_grad, no_grad, set_grad_enabled
from tinygrad_edu.function import Function
from tinygrad_edu.gradcheck import check_parameters, gradcheck, gradgradcheck
from tinygrad_edu.transforms import grad

__all__ = [
    "AnomalyError", "Function", "check_parameters", "detect_anomaly", "enable_grad", "grad", "gradcheck",
    "gradgradcheck", "is_anomaly_enabled", "no_grad", "set_detect_anomaly", "set_grad_enabled",
]  # fmt: skip
