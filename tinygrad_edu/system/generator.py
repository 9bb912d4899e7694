"""Randomness that can be repeated: one default generator, or one of your own (`generator=`)."""

from __future__ import annotations

import functools
import os
import threading
from typing import Any

import numpy as np

from tinygrad_edu.system import devices


class Generator:
    """A source of random numbers with a seed of its own: `Generator().manual_seed(0)`.

    Parameters:
        device: the CPU, where it is given.
    """

    def __init__(self, device: Any = None) -> None:
        devices.device(device or "cpu")  # raises for all but the CPU
        self.seed()

    def seed(self) -> int:
        """Start over from a seed that the system draws; return it."""
        self._start(int.from_bytes(os.urandom(4), "little"))
        return self._seed

    def _start(self, seed: int) -> None:
        self._seed = seed
        self.__dict__.pop("numpy", None)

    @functools.cached_property
    def numpy(self) -> np.random.Generator:
        """The NumPy generator that draws the numbers. It is made for the first one: loading numpy.random takes time."""
        return np.random.default_rng(self._seed)

    def manual_seed(self, seed: int) -> Generator:
        """Start over from `seed`, a whole number that is not negative; return the generator."""
        if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or seed < 0:
            raise ValueError(f"manual_seed: expected a whole number that is not negative, got {seed!r}")
        self._start(int(seed))
        return self

    def initial_seed(self) -> int:
        """Return the seed it started from."""
        return self._seed

    def get_state(self) -> dict[str, Any]:
        """Return where it stands, as plain numbers and strings; `set_state` goes back there."""
        return {"seed": self._seed, "bit_generator": self.numpy.bit_generator.state}

    def set_state(self, state: dict[str, Any]) -> Generator:
        """Go back to where `get_state` was called; return the generator."""
        self._seed = state["seed"]
        self.numpy.bit_generator.state = state["bit_generator"]
        return self


default_generator = Generator()
_of_thread = threading.local()


def draw_from_in_this_thread(generator: np.random.Generator) -> None:
    """Let what would draw from the default generator draw from another one, in the thread that calls this.

    Workers that load data side by side would otherwise draw from one generator in whatever order they come.
    """
    _of_thread.numpy = generator


def manual_seed(seed: int) -> Generator:
    """Start the default generator over from `seed`, so that what follows can be repeated bit for bit."""
    return default_generator.manual_seed(seed)


def initial_seed() -> int:
    """Return the seed that the default generator started from."""
    return default_generator.initial_seed()


def get_rng_state() -> dict[str, Any]:
    """Return where the default generator stands, as plain numbers and strings; `set_rng_state` goes back there."""
    return default_generator.get_state()


def set_rng_state(new_state: dict[str, Any]) -> None:
    """Take the default generator back to where `get_rng_state` was called."""
    default_generator.set_state(new_state)


def numpy_generator(generator: Generator | np.random.Generator | None = None) -> np.random.Generator:
    """Return what draws the numbers: that of `generator`, or of the default one."""
    if generator is None:
        return getattr(_of_thread, "numpy", None) or default_generator.numpy
    if isinstance(generator, Generator):
        return generator.numpy
    if isinstance(generator, np.random.Generator):
        return generator
    raise TypeError(
        f"generator: expected a Generator, a numpy.random.Generator or None, got {type(generator).__name__}; "
        "write Generator().manual_seed(0)"
    )


def drawing_type(dtype: Any) -> type[np.float32] | type[np.float64]:
    """Choose float64 for float64, float32 for all else: the two types NumPy draws."""
    return np.float64 if dtype == np.float64 else np.float32
