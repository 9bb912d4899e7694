"""An operation of your own: its value, its way back, and the check that finds a mistake in it.

    python examples/own_operation.py
    python examples/own_operation.py --steps 20            # a quick look

Swish is y = a σ(β a): close to relu for large a, but smooth, and β says how sharp its bend is. The library does not
have it with a β that is learned. Below it becomes an operation like any other: with derivatives of any order, a name in
pictures, and a place in a network, which learns β together with its weights.
"""

import argparse

import numpy as np

import tinygrad_edu as tg
from tinygrad_edu import nn, optim
from tinygrad_edu.autograd.gradcheck import GradcheckError
from tinygrad_edu.engine.op import Sample, op
from tinygrad_edu.ops import sigmoid

parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
parser.add_argument("--steps", type=int, default=500, help="how many steps to train (500)")
args = parser.parse_args()
if args.steps < 1:
    parser.error("expected at least one step")

# 1. The operation. A rule takes arrays, and returns the value and a pullback for each input. A pullback is given g, the
# gradient of the output, and returns the gradient of its input. Numbers that are repeated to meet a larger shape, as
# a single β is here, are summed up behind it: no rule needs to mention them.


@op(
    formula="y = a sigmoid(b a)",
    derivative=("g (s + b a s (1 - s)), s = sigmoid(b a)", "g a² s (1 - s), s = sigmoid(b a)"),
    samples=[Sample((3, 4), ()), Sample((5,), (5,))],  # shapes to check it on
    reference=lambda a, b: a / (1 + np.exp(-b * a)),  # the value, written in another way
)
def swish(a, b):
    """Compute a σ(b a), element by element."""
    s = sigmoid(b * a)

    def grad_a(g):
        return g * (s + b * a * s * (1 - s))

    def grad_b(g):
        return g * a * a * s * (1 - s)

    return a * s, (grad_a, grad_b)


# 2. Is it right? gradcheck changes every number a little and compares what happens with what the pullbacks say.
a = tg.randn(3, 4, dtype=tg.float64, requires_grad=True, generator=tg.Generator().manual_seed(0))
b = tg.tensor(1.5, dtype=tg.float64, requires_grad=True)
print("the gradients are right:", tg.autograd.gradcheck(swish, [a, b]))
print("so are the second derivatives:", tg.autograd.gradgradcheck(swish, [a, b]))


# 3. Would it have found a mistake? Here is the same with the slope of s forgotten.
@op(formula="y = a sigmoid(b a)", derivative=("g s, s = sigmoid(b a)", "0"), samples=[Sample((3, 4), ())])
def wrong_swish(a, b):
    """Compute the same, with a way back that is wrong."""
    s = sigmoid(b * a)
    return a * s, (lambda g: g * s, lambda g: g * a * a * s * (1 - s))


try:
    tg.autograd.gradcheck(wrong_swish, [a, b])
except GradcheckError as error:
    print(f"\nand of a wrong one it says:\n{error}\n")


# 4. In a network. The target is a staircase of bends, and every layer learns how sharp its own bend has to be.
class Swish(nn.Module):
    """Apply swish with a β that is learned."""

    def __init__(self):
        super().__init__()
        self.beta = nn.Parameter(tg.ones(()))

    def forward(self, x):
        return swish(x, self.beta)


tg.manual_seed(0)
x = tg.linspace(-3, 3, 200).unsqueeze(1)
target = (x * 3).sin() * x.abs()
model = nn.Sequential(nn.Linear(1, 32), Swish(), nn.Linear(32, 32), Swish(), nn.Linear(32, 1))
optimizer = optim.Adam(model.parameters(), lr=0.01)
for step in range(1, args.steps + 1):
    loss = nn.functional.mse_loss(model(x), target)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if step == 1 or step % max(args.steps // 5, 1) == 0:
        betas = ", ".join(f"{layer.beta.item():.2f}" for layer in model if isinstance(layer, Swish))
        print(f"step {step:4}  loss {loss.item():.4f}  β {betas}")
