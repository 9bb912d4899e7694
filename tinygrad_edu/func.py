"""`tinygrad_edu.func`: derivatives of plain functions. What goes in as arrays comes out as arrays.

from tinygrad_edu import func

def cost(weights, bias):
    return np.mean((np.tanh(x @ weights + bias) - y) ** 2)

func.grad(cost, argnums=(0, 1))(weights, bias)

And `source`, which prints what a function computes as NumPy code: `print(func.source(func.grad(cost), weights, bias))`.
"""

import importlib
from typing import TYPE_CHECKING, Any

from tinygrad_edu.autograd.directional_derivatives import hvp, jvp
from tinygrad_edu.autograd.jacobians import hessian, jacobian
from tinygrad_edu.autograd.jacobians import jacobian as jacrev
from tinygrad_edu.autograd.reverse_mode import elementwise_grad, value_and_grad, vjp
from tinygrad_edu.autograd.reverse_mode import gradient_of as grad

if TYPE_CHECKING:
    from tinygrad_edu.program.source import source

__all__ = ["elementwise_grad", "grad", "hessian", "hvp", "jacobian", "jacrev", "jvp", "source", "value_and_grad", "vjp"]


def __getattr__(name: str) -> Any:
    if name == "source":  # loaded when it is first used: it needs layers and optimizers, derivatives do not
        return importlib.import_module("tinygrad_edu.program.source").source
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
