"""`tinygrad_edu.autograd`: PyTorch's namespace for gradients."""

from tinygrad_edu.engine.grad_mode import enable_grad, no_grad, set_grad_enabled
from tinygrad_edu.gradcheck import check_parameters, gradcheck, gradgradcheck
from tinygrad_edu.transforms import grad

__all__ = ["check_parameters", "enable_grad", "grad", "gradcheck", "gradgradcheck", "no_grad", "set_grad_enabled"]
