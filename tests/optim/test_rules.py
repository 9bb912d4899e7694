"""Each update rule against the loop a textbook would write, with new arrays and one number at a time."""

import itertools
import math

import numpy as np
import pytest

import tinygrad_edu as tg
from tests.optim.rules import OWN, RULES, label
from tinygrad_edu import optim

STEPS = 20


def gradient(p):
    """The gradient of a bowl that is steeper in some directions than in others."""
    return np.array([1.0, 10.0, 0.1]) * (p - np.array([1.0, -1.0, 2.0]))


def path(make):
    """Return where an optimizer goes from the same start."""
    p = tg.zeros(3, dtype=tg.float64, requires_grad=True)
    optimizer, points = make([p]), []
    for _ in range(STEPS):
        optimizer.zero_grad()
        p.grad = tg.tensor(gradient(p.detach().numpy()))
        before = p.grad.array.copy()
        optimizer.step()
        assert p.grad.array.tolist() == before.tolist()  # a step leaves the gradient alone
        points.append(p.detach().numpy().copy())
    return np.array(points)


def options(**table):
    return [dict(zip(table, values, strict=True)) for values in itertools.product(*table.values())]


SGD = [
    o
    for o in options(
        momentum=(0, 0.9), dampening=(0, 0.2), nesterov=(False, True), weight_decay=(0, 0.1), maximize=(False, True)
    )
    if (o["momentum"] or not o["dampening"]) and not (o["nesterov"] and (o["dampening"] or not o["momentum"]))
]
ADAM = options(betas=((0.9, 0.999), (0.5, 0.8)), weight_decay=(0, 0.1), amsgrad=(False, True), maximize=(False, True))


@pytest.mark.parametrize("o", SGD, ids=label)
def test_sgd(o):
    points, p, v = [], np.zeros(3), None
    for _ in range(STEPS):
        g = -gradient(p) if o["maximize"] else gradient(p)
        g = g + o["weight_decay"] * p
        v = g if v is None else o["momentum"] * v + (1 - o["dampening"]) * g
        p = p - 0.05 * (g + o["momentum"] * v if o["nesterov"] else v if o["momentum"] else g)
        points.append(p)
    np.testing.assert_allclose(path(lambda ps: optim.SGD(ps, lr=0.05, **o)), points, rtol=1e-12)


@pytest.mark.parametrize("decoupled", [False, True], ids=["Adam", "AdamW"])
@pytest.mark.parametrize("o", ADAM, ids=label)
def test_adam(o, decoupled):
    (b1, b2), lr, eps = o["betas"], 0.05, 1e-3
    points, p, m, v, largest = [], np.zeros(3), 0, 0, 0
    for t in range(1, STEPS + 1):
        g = -gradient(p) if o["maximize"] else gradient(p)
        if decoupled:
            p = p - lr * o["weight_decay"] * p
        else:
            g = g + o["weight_decay"] * p
        m = b1 * m + (1 - b1) * g
        v = b2 * v + (1 - b2) * g**2
        largest = np.maximum(largest, v)
        second = (largest if o["amsgrad"] else v) / (1 - b2**t)
        p = p - lr * (m / (1 - b1**t)) / (np.sqrt(second) + eps)
        points.append(p)
    rule = optim.AdamW if decoupled else optim.Adam
    np.testing.assert_allclose(path(lambda ps: rule(ps, lr=lr, eps=eps, **o)), points, rtol=1e-12)


@pytest.mark.parametrize(("name", "o"), OWN, ids=label)
def test_lion(name, o):
    (b1, b2), lr, sign = o["betas"], o["lr"], -1 if o["maximize"] else 1
    points, p, m = [], np.zeros(3), np.zeros(3)
    for _ in range(STEPS):
        g = sign * gradient(p)
        p = p - lr * (np.sign(b1 * m + (1 - b1) * g) + o["weight_decay"] * p)
        m = b2 * m + (1 - b2) * g
        points.append(p)
    np.testing.assert_allclose(path(lambda ps: getattr(optim, name)(ps, **o)), points, rtol=1e-12)


ALL = [getattr(optim, name) for name in sorted({name for name, _ in RULES + OWN})]


def test_the_defaults_are_those_of_pytorch():
    p = [tg.zeros(1, requires_grad=True)]
    assert optim.SGD(p).defaults["lr"] == optim.Adam(p).defaults["lr"] == optim.AdamW(p).defaults["lr"] == 1e-3
    assert optim.Adam(p).defaults["betas"] == (0.9, 0.999)
    assert optim.Adam(p).defaults["eps"] == 1e-8
    assert optim.Adam(p).defaults["weight_decay"] == 0
    assert optim.AdamW(p).defaults["weight_decay"] == 1e-2


@pytest.mark.parametrize("rule", ALL)
def test_a_step_keeps_type_and_memory_and_makes_no_graph(rule):
    p = tg.ones(2, 3, requires_grad=True)
    memory = p.array
    optimizer = rule([p], lr=0.1)
    for _ in range(2):
        (p * p).sum().backward()
        optimizer.step()
    assert p.array is memory
    assert p.dtype == tg.float32
    assert p.is_leaf
    assert all(t.dtype == tg.float32 for t in optimizer.state[p].values() if isinstance(t, tg.Tensor))


@pytest.mark.parametrize("rule", ALL)
@pytest.mark.parametrize(
    "array", [np.array(2.0), np.ones((4, 3)).T, np.ones((0, 2))], ids=["0-d", "transposed", "empty"]
)
def test_parameters_of_every_layout(rule, array):
    p = tg.Tensor(array.copy(order="K"), requires_grad=True)
    optimizer = rule([p], lr=0.1)
    for _ in range(3):
        optimizer.zero_grad()
        (p * p).sum().backward()
        optimizer.step()
    assert p.shape == array.shape
    assert (p.detach().numpy() < array).all()


def test_the_largest_step_of_adam_is_about_lr():
    p = tg.zeros(1, dtype=tg.float64, requires_grad=True)
    optimizer = optim.Adam([p], lr=0.01)
    p.grad = tg.tensor([1e6], dtype=tg.float64)
    optimizer.step()
    assert math.isclose(p.item(), -0.01, rel_tol=1e-9)
