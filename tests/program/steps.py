"""Training steps of all kinds that source is printed of, and how to run what is printed."""

import ast
import copy

import numpy as np

import tinygrad_edu as tg
from tinygrad_edu import nn
from tinygrad_edu.nn import functional as F
from tinygrad_edu.program.printing.naming import of_parameter
from tinygrad_edu.system.generator import default_generator


class Classifier(nn.Module):
    """A network with names of its own."""

    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(4, 8)
        self.out = nn.Linear(8, 3)

    def forward(self, x):
        h = F.relu(self.hidden(x))
        return self.out(h)


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.attention = nn.MultiheadAttention(4, 2, batch_first=True)
        self.norm = nn.LayerNorm(4)
        self.out = nn.Linear(4, 3)

    def forward(self, x):
        attended, _ = self.attention(x, x, x, need_weights=False)
        return self.out(self.norm(x + attended).mean(1))


class Recurrent(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(4, 3, batch_first=True)

    def forward(self, x):
        states, _ = self.lstm(x)
        return states[:, -1]


def floats(*shape, seed=0, dtype=np.float32):
    return np.random.default_rng(seed).normal(size=shape).astype(dtype)


def classes(n, seed=0):
    return np.random.default_rng(seed).integers(0, 3, n)


def dense(*between):
    return lambda: nn.Sequential(nn.Linear(4, 8), *copy.deepcopy(between), nn.Linear(8, 3))


SGD, ADAM = lambda p: tg.optim.SGD(p, lr=0.1), lambda p: tg.optim.Adam(p, lr=0.01)
STEPS = {
    "sgd": (Classifier, SGD, (5, 4)),
    "momentum": (Classifier, lambda p: tg.optim.SGD(p, lr=0.1, momentum=0.9, nesterov=True), (5, 4)),
    "weight decay": (Classifier, lambda p: tg.optim.SGD(p, lr=0.1, weight_decay=0.01), (5, 4)),
    "adam": (Classifier, ADAM, (5, 4)),
    "adamw": (dense(nn.Tanh()), lambda p: tg.optim.AdamW(p, amsgrad=True), (5, 4)),
    "rmsprop": (dense(nn.Sigmoid()), tg.optim.RMSprop, (5, 4)),
    "adagrad": (dense(nn.Softplus()), tg.optim.Adagrad, (5, 4)),
    "dropout": (dense(nn.ReLU(), nn.Dropout(0.5)), SGD, (5, 4)),
    "batch norm": (dense(nn.BatchNorm1d(8), nn.ReLU()), SGD, (5, 4)),
    "layer norm": (dense(nn.LayerNorm(8), nn.GELU()), ADAM, (5, 4)),
    "convolution": (
        lambda: nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(8, 3)),
        SGD,
        (5, 1, 6, 6),
    ),
    "attention": (Attention, SGD, (5, 6, 4)),
    "lstm": (Recurrent, SGD, (5, 6, 4)),
}


def make_step(model, optimizer):
    def step(x, y):
        optimizer.zero_grad()
        logits = model(x)
        loss = F.cross_entropy(logits, y)
        loss.backward()
        optimizer.step()
        return loss

    return step


def prepared(name):
    """Return a model, its optimizer, a step, and a function that makes a batch."""
    tg.manual_seed(0)
    make, optimize, shape = STEPS[name]
    model = make()
    optimizer = optimize(model.parameters())

    def batch(n, seed):
        return floats(n, *shape[1:], seed=seed), classes(n, seed)

    return model, optimizer, make_step(model, optimizer), batch


def loaded(text):
    """Run a text as a module of its own; return its last function."""
    space = {}
    exec(compile(text, "<printed>", "exec"), space)
    return space[ast.parse(text).body[-1].name]


def parameters(text):
    return [x.arg for x in ast.parse(text).body[-1].args.args]


def state_by_name(model, optimizer):
    """Return copies of everything that a step changes, by the names that a printed function has for them."""
    found = {of_parameter(n): x.array for n, x in (*model.named_parameters(), *model.named_buffers())}
    for n, x in model.named_parameters():
        for key, value in optimizer.state.get(x, {}).items():
            found["steps" if key == "step" else of_parameter(f"{n}.{key}")] = value.array
    return {name: array.copy() for name, array in found.items()} | {"generator": copy.deepcopy(default_generator.numpy)}
