"""Backpropagation on single numbers, step by step.

    python examples/scalar_backprop.py

A neuron: it takes two inputs x₁ and x₂, multiplies each with a weight, adds a bias and squashes the sum,

    y = tanh(w₁ x₁ + w₂ x₂ + b).

How much does y change when one of these five numbers does? `backward` answers for all five at once. It starts at the
end, where the gradient of y to itself is 1, and goes back one operation at a time: the gradient of an operation's
result, times the operation's own slope, is the gradient of its input. This program prints every step of it, and then
checks the answer by really changing each number a little.
"""

import tinygrad_edu as tg

STEP = 1e-6


def neuron(x1, x2, w1, w2, b):
    """Return every number on the way, the result last."""
    t1 = w1 * x1
    t2 = w2 * x2
    t3 = t1 + t2
    t4 = t3 + b
    return [t1, t2, t3, t4, t4.tanh()]


def leaf(value):
    """Make a number whose gradient is wanted, in double precision, so that the check at the end can be a sharp one."""
    return tg.tensor(value, dtype=tg.float64, requires_grad=True)


# 1. Forward.
values = {"x1": 2.0, "x2": 0.5, "w1": -1.0, "w2": 3.0, "b": 0.3}
leaves = {name: leaf(value) for name, value in values.items()}
steps = neuron(**leaves)
y = steps[-1]

# 2. The graph that was recorded on the way. A node knows where its inputs came from: a leaf, or an earlier node.
names = {tensor: name for name, tensor in leaves.items()}
for number, tensor in enumerate(steps, start=1):
    names[tensor.node] = f"t{number}"
    tensor.retain_grad()  # only leaves keep their gradient by themselves

# 3. Backward.
y.backward(retain_graph=True)  # the graph is printed below

print("Forward, from the inputs to the result; the gradient was computed in the opposite order:\n")
print(f"  {'':4} {'computed as':14} {'value':>9} {'gradient':>9}")
for name, x in leaves.items():
    print(f"  {name:4} {'given':14} {x.item():9.4f} {x.grad.item():9.4f}")
for tensor in steps:
    formula = f"{tensor.node.op.name}({', '.join(names[source] for source in tensor.node.sources)})"
    print(f"  {names[tensor.node]:4} {formula:14} {tensor.item():9.4f} {tensor.grad.item():9.4f}")

# 4. The check: change each number a little to both sides, and see how much y changes.
print("\nThe gradients once more, and what really happens when the number changes by a millionth:\n")
print(f"  {'':4} {'backward':>14} {'measured':>14}")
for name, x in leaves.items():
    above = neuron(**leaves | {name: leaf(values[name] + STEP)})[-1]
    below = neuron(**leaves | {name: leaf(values[name] - STEP)})[-1]
    measured = (above.item() - below.item()) / (2 * STEP)
    print(f"  {name:4} {x.grad.item():14.9f} {measured:14.9f}")
    assert abs(measured - x.grad.item()) < 1e-8, f"the gradient to {name} is wrong"

print("\nThey agree.")
