"""The optimizers and the options they are tried with, one table; all of PyTorch's, and then our own."""

import itertools


def table(name, **options):
    """Return every combination of options."""
    return [(name, dict(zip(options, values, strict=True))) for values in itertools.product(*options.values())]


def label(value):
    return value if isinstance(value, str) else ",".join(f"{k}={v}" for k, v in value.items() if v) or "defaults"


DECAY = {"weight_decay": (0, 0.1), "maximize": (False, True)}
DECOUPLED = {"decoupled_weight_decay": (False, True), **DECAY}

RULES = [
    *[
        ("SGD", {**o, "lr": 0.01} if o["maximize"] else o)
        for _, o in table(
            "SGD",
            lr=(0.3,),
            momentum=(0, 0.9),
            dampening=(0, 0.3),
            weight_decay=(0, 0.02),
            nesterov=(False, True),
            maximize=(False, True),
        )
        if not o["nesterov"] or (o["momentum"] and not o["dampening"])
    ],
    ("SGD", {}),
    *table("Adam", lr=(0.02,), betas=((0.9, 0.999), (0.7, 0.9)), amsgrad=(False, True), **DECAY),
    *table("AdamW", lr=(0.02,), betas=((0.9, 0.999), (0.7, 0.9)), amsgrad=(False, True), **DECAY),
    *[(name, o) for name in ("Adam", "AdamW") for o in ({}, {"lr": 0.02, "eps": 0.1})],
    ("Adam", {"lr": 0.02, "weight_decay": 0.1, "decoupled_weight_decay": True}),
    *table("Adamax", lr=(0.02,), betas=((0.9, 0.999), (0.7, 0.9)), eps=(1e-8, 0.1), **DECAY),
    *table("NAdam", lr=(0.02,), betas=((0.9, 0.999), (0.7, 0.9)), momentum_decay=(0.004, 0.1), **DECOUPLED),
    *table("RAdam", lr=(0.02,), betas=((0.9, 0.999), (0.7, 0.9), (0.9, 0.6), (0.5, 0)), **DECOUPLED),
    *table("Adadelta", lr=(0.5,), rho=(0.9, 0.5), **DECAY),
    ("Adadelta", {"eps": 0.01}),
    *table("RMSprop", lr=(0.01,), momentum=(0, 0.9), centered=(False, True), **DECAY),
    ("RMSprop", {"alpha": 0.5, "eps": 0.1}),
    ("Adagrad", {"lr": 0.1, "lr_decay": 0.1, "weight_decay": 0.1, "initial_accumulator_value": 0.5, "eps": 0.01}),
    ("Adagrad", {"maximize": True}),
    *table("ASGD", lr=(0.1,), lambd=(1e-4, 0.1), alpha=(0.75, 1.5), t0=(1e6, 10), **DECAY),
    *table(
        "Rprop",
        lr=(0.01,),
        etas=((0.5, 1.2), (0.9, 1.01)),
        step_sizes=((1e-6, 50), (0.005, 0.02)),
        maximize=(False, True),
    ),
    *[(name, {}) for name in ("Adamax", "NAdam", "RAdam", "Adadelta", "RMSprop", "Adagrad", "ASGD", "Rprop")],
]

OWN = table("Lion", lr=(0.1,), betas=((0.9, 0.99), (0.5, 0.8)), **DECAY)
"""What PyTorch does not have."""
