"""Pages to look at, from a line of arithmetic to a layer of a transformer."""

import numpy as np

import tinygrad_edu as tg
from tinygrad_edu.viz.explorer import explore


def small():
    a = tg.tensor([[1.0, 2.0, 0.1], [3.0, 4.0, 1e-7]], requires_grad=True)
    b = tg.tensor([0.5, -2.0, 1.0 / 3.0], requires_grad=True)
    with tg.viz.trace() as trace:
        loss = ((a * b + b) ** 2).sum()
    return explore(loss, trace=trace)


def network(batch=4):
    tg.manual_seed(0)
    nn = tg.nn
    model = nn.Sequential(nn.Linear(784, 16), nn.ReLU(), nn.Linear(16, 16), nn.ReLU(), nn.Linear(16, 10))
    images, labels = tg.randn(batch, 784), tg.randint(0, 10, (batch,))
    with tg.viz.trace() as trace:
        loss = nn.functional.cross_entropy(model(images), labels)
    return explore(loss, trace=trace, model=model)


def transformer():
    tg.manual_seed(0)
    layer = tg.nn.TransformerEncoderLayer(8, 2, 16, dropout=0.0, batch_first=True)
    with tg.viz.trace() as trace:
        loss = layer(tg.randn(2, 3, 8)).square().mean()
    return explore(loss, trace=trace, model=layer)


def not_finite():
    x = tg.tensor([0.0, 1.0, -1.0], requires_grad=True)
    with np.errstate(all="ignore"):
        return explore((x.log() * x + 1 / x).sum(), names={"x": x})
