import numpy as np

import tinygrad_edu as tg

# autograd.grad
x = tg.tensor([1.0, 2.0, 3.0], requires_grad=True)
y = (x**3).sum()
(first,) = tg.autograd.grad(y, x, create_graph=True)
first
tg.autograd.grad(first.sum(), x)

# autograd.backward
x = tg.tensor([1.0, 2.0], requires_grad=True)
y = x * x
tg.autograd.backward([y, y.sum()], [tg.tensor([1.0, 0.0]), None])
x.grad

# autograd.Variable
x = tg.autograd.Variable(tg.tensor([1.0, 2.0]), requires_grad=True)
type(x).__name__, x.requires_grad


# autograd.Function
class Cube(tg.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x**3

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return 3 * x**2 * g


x = tg.tensor([1.0, 2.0], requires_grad=True)
y = Cube.apply(x)
y.sum().backward()
y, x.grad

# autograd.check_parameters
model = tg.nn.Sequential(tg.nn.Linear(3, 4), tg.nn.Tanh(), tg.nn.Linear(4, 1))
x = tg.randn(5, 3)
tg.autograd.check_parameters(model, lambda model: model(x).square().mean()).max_relative_error < 1e-5

# autograd.detect_anomaly, autograd.AnomalyError
x = tg.tensor([1.0], requires_grad=True)
try:
    with tg.autograd.detect_anomaly():
        (x * float("nan")).sum().backward()
except tg.autograd.AnomalyError as error:
    print(str(error).split(",")[0])

# autograd.gradcheck
x = tg.tensor([0.3, -0.7], dtype=tg.float64, requires_grad=True)
tg.autograd.gradcheck(tg.sin, x)
tg.autograd.gradcheck(lambda x: x.detach() * x, x, raise_exception=False)

# autograd.gradgradcheck
x = tg.tensor([0.3, -0.7], dtype=tg.float64, requires_grad=True)
tg.autograd.gradgradcheck(lambda x: (x**3).sum(), x)

# autograd.is_anomaly_enabled
with tg.autograd.detect_anomaly():
    print(tg.autograd.is_anomaly_enabled())

tg.autograd.is_anomaly_enabled()

# autograd.set_detect_anomaly
with tg.autograd.set_detect_anomaly(True):
    print(tg.autograd.is_anomaly_enabled())

# autograd.functional.jacobian
tg.autograd.functional.jacobian(lambda x: x**2, tg.tensor([1.0, 2.0, 3.0]))

# autograd.functional.hessian
tg.autograd.functional.hessian(lambda x: x[0] ** 2 * x[1], tg.tensor([3.0, 5.0]))

# autograd.functional.vjp
value, share = tg.autograd.functional.vjp(tg.sin, tg.tensor([0.0, 1.0]), tg.tensor([1.0, 10.0]))
share

# autograd.functional.jvp
value, change = tg.autograd.functional.jvp(tg.sin, tg.tensor([0.0, 1.0]), tg.tensor([1.0, 10.0]))
change

# autograd.functional.hvp
value, product = tg.autograd.functional.hvp(lambda x: (x**3).sum(), tg.tensor([1.0, 2.0]), tg.tensor([1.0, 0.0]))
product

# autograd.functional.vhp
value, product = tg.autograd.functional.vhp(lambda x: (x**3).sum(), tg.tensor([1.0, 2.0]), tg.tensor([1.0, 0.0]))
product

# func.value_and_grad
value, slope = tg.func.value_and_grad(lambda x: (x**2).sum())(tg.tensor([1.0, 2.0]))
value, slope

# func.grad
tg.func.grad(lambda w: (w["a"] * w["b"]).sum())({"a": tg.tensor([1.0, 2.0]), "b": tg.tensor(10.0)})

# func.source
print(tg.func.source(tg.func.grad(lambda w: (w**3).sum()), tg.tensor([1.0, 2.0])))

# func.elementwise_grad
tg.func.elementwise_grad(np.tanh)(tg.tensor([-1.0, 0.0, 1.0]))

# func.jacobian
tg.func.jacobian(lambda x: x**2)(tg.tensor([1.0, 2.0, 3.0]))

# func.jacrev
tg.func.jacrev(lambda x: x**2)(tg.tensor([1.0, 2.0, 3.0]))

# func.hessian
tg.func.hessian(lambda x: x[0] ** 2 * x[1])(tg.tensor([3.0, 5.0]))

# func.vjp
value, pullback = tg.func.vjp(tg.sin, tg.tensor([0.0, 1.0]))
pullback(tg.tensor([1.0, 10.0]))

# func.jvp
value, change = tg.func.jvp(tg.sin, (tg.tensor([0.0, 1.0]),), (tg.tensor([1.0, 10.0]),))
change

# func.hvp
tg.func.hvp(lambda x: (x**3).sum(), (tg.tensor([1.0, 2.0]),), (tg.tensor([1.0, 0.0]),))
