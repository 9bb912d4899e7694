"""Every optimizer in a step that is printed: the text, with NumPy alone, ends with the same weights."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tinygrad_edu as tg
from tests.program.steps import Classifier, classes, floats, loaded, make_step, parameters, state_by_name
from tinygrad_edu import func

ALL = {"weight_decay": 0.1, "maximize": True}
OPTIMIZERS: list[tuple[str, dict[str, Any]]] = [
    ("SGD", {"momentum": 0.9, "dampening": 0.1, **ALL}),
    ("Adam", {}),
    ("Adam", {"amsgrad": True, **ALL}),
    ("AdamW", {"amsgrad": True, "maximize": True}),
    ("Adamax", ALL),
    ("NAdam", {}),
    ("NAdam", {"decoupled_weight_decay": True, "momentum_decay": 0.1, **ALL}),
    ("RAdam", {}),
    ("RAdam", {"betas": (0.5, 0.6)}),
    ("RAdam", {"betas": (0.9, 0.99), "decoupled_weight_decay": True, **ALL}),
    ("ASGD", {"t0": 3, "lambd": 0.01, "alpha": 0.5, **ALL}),
    ("Rprop", {"etas": (0.3, 1.5), "step_sizes": (1e-3, 1.0), "maximize": True}),
    ("Lion", ALL),
    ("Adagrad", {"lr_decay": 0.1, "initial_accumulator_value": 0.5, **ALL}),
    ("Adadelta", {"rho": 0.8, **ALL}),
    ("RMSprop", {"alpha": 0.9, "momentum": 0.9, "centered": True, **ALL}),
]


@pytest.mark.parametrize(("name", "options"), OPTIMIZERS, ids=str)
@pytest.mark.parametrize("groups", [1, 2])
def test_a_printed_optimizer_ends_with_the_same_weights(name: str, options: dict[str, Any], groups: int) -> None:
    tg.manual_seed(0)
    model = Classifier()
    parts: Any = list(model.parameters())
    parts = parts if groups == 1 else [{"params": parts[:2], "lr": 0.05}, {"params": parts[2:]}]
    optimizer = getattr(tg.optim, name)(parts, **{"lr": 0.01, **options})
    step = make_step(model, optimizer)
    text = func.source(step, tg.tensor(floats(5, 4)), tg.tensor(classes(5)))
    step(tg.tensor(floats(5, 4)), tg.tensor(classes(5)))  # which makes what an optimizer keeps
    printed, mine = loaded(text), state_by_name(model, optimizer)
    for seed in range(10):
        x, y = floats(5 + seed, 4, seed=seed), classes(5 + seed, seed)
        loss = printed(*({"x": x, "y": y, **mine}[parameter] for parameter in parameters(text)))
        assert loss == step(tg.tensor(x), tg.tensor(y)).item()
    theirs = state_by_name(model, optimizer)
    for parameter in set(parameters(text)) - {"x", "y"}:
        np.testing.assert_array_equal(mine[parameter], theirs[parameter])
