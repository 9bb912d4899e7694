"""Who takes part beside us: what a user would pick instead, each only where it is installed (extra `bench`)."""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable, Mapping
from typing import Any

from tests.benchmarks.timing import THREADS, Step

PEERS = {"PyTorch": "torch", "JAX": "jax", "HIPS autograd": "autograd", "MyGrad": "mygrad"}
"""The module of each."""

HAND = "NumPy by hand"
PLAIN = "NumPy as written"
PRODUCTS = "matrix products"


@functools.cache
def find(peer: str) -> Any:
    """Import a peer, set up for speed and for the threads that the command asked for; None if it is not installed."""
    try:
        module = importlib.import_module(PEERS[peer])
    except ImportError:
        return None
    if peer == "PyTorch":
        module.set_num_threads(THREADS or 1)
    elif peer == "MyGrad":
        module.turn_memory_guarding_off()  # as its documentation advises once a program is known to be right
    return module


def make_steps(makers: Mapping[str, Callable[[], Step]]) -> dict[str, Step | None]:
    """Make the contestants' steps; None in place of a peer's that is not installed."""
    return {name: make() if name not in PEERS or find(name) else None for name, make in makers.items()}
