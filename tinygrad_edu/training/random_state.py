"""The state of all that draws random numbers in the course of training."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tinygrad_edu.system.generator import Generator, default_generator


def generators(loader: Any) -> list[Any]:
    """Return the default generator, and those of a loader and of its samplers where they have their own."""
    found: list[Any] = [default_generator]
    batch_sampler = getattr(loader, "batch_sampler", None)
    samplers = (getattr(loader, "sampler", None), batch_sampler, getattr(batch_sampler, "sampler", None))
    for part in (loader, *samplers, getattr(loader, "dataset", None)):
        generator = getattr(part, "generator", None)
        own = isinstance(generator, Generator | np.random.Generator)
        if own and not any(generator is known for known in found):
            found.append(generator)
    return found


def get_random_states(loader: Any) -> list[Any]:
    """Return where the generators stand, as plain numbers and texts."""
    return [g.bit_generator.state if isinstance(g, np.random.Generator) else g.get_state() for g in generators(loader)]


def set_random_states(loader: Any, states: Sequence[Any]) -> None:
    """Take the generators back to where `get_random_states` was called. ValueError if there are others now."""
    for generator, state in zip(generators(loader), states, strict=True):
        if isinstance(generator, np.random.Generator):
            generator.bit_generator.state = state
        else:
            generator.set_state(state)
