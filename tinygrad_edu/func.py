"""`tinygrad_edu.func`: derivatives of plain functions. What goes in as arrays comes out as arrays.

from tinygrad_edu import func

def cost(weights, bias):
    return np.mean((np.tanh(x @ weights + bias) - y) ** 2)

func.grad(cost, argnums=(0, 1))(weights, bias)
"""

from tinygrad_edu.transforms import elementwise_grad, hessian, hvp, jacobian, jvp, value_and_grad, vjp
from tinygrad_edu.transforms import gradient_of as grad
from tinygrad_edu.transforms import jacobian as jacrev

__all__ = ["elementwise_grad", "grad", "hessian", "hvp", "jacobian", "jacrev", "jvp", "value_and_grad", "vjp"]
