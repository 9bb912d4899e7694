"""Gradients as values: `grad` of Tensors, and what takes a plain function and returns a function or a derivative.

Read `values.py` first (one backward pass), then `watching.py` (how a plain function gets into a graph),
then `reverse.py` and `forward.py` (the transforms themselves).
"""

from tinygrad_edu.transforms.checkpointing import checkpoint
from tinygrad_edu.transforms.forward import hvp, jvp
from tinygrad_edu.transforms.matrices import hessian, jacobian
from tinygrad_edu.transforms.reverse import elementwise_grad, gradient_of, value_and_grad, vjp
from tinygrad_edu.transforms.values import grad

__all__ = [
    "checkpoint", "elementwise_grad", "grad", "gradient_of", "hessian", "hvp", "jacobian", "jvp", "value_and_grad",
    "vjp",
]  # fmt: skip
