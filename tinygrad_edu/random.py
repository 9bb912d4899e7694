"""Randomness that can be repeated: one default generator, or one of your own (`generator=`)."""

from __future__ import annotations

from typing import Any

import numpy as np


class Generator:
    """A source of random numbers with a seed of its own: `Generator().manual_seed(0)`.

    Attributes:
        numpy: the NumPy generator that draws the numbers.
    """

    def __init__(self) -> None:
        self._seed = int(np.random.SeedSequence().generate_state(1)[0])
        self.numpy = np.random.default_rng(self._seed)

    def manual_seed(self, seed: int) -> Generator:
        """Start over from `seed`, a whole number that is not negative; return the generator."""
        if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or seed < 0:
            raise ValueError(f"manual_seed: expected a whole number that is not negative, got {seed!r}")
        self._seed = int(seed)
        self.numpy = np.random.default_rng(self._seed)
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


def manual_seed(seed: int) -> Generator:
    """Start the default generator over from `seed`, so that what follows can be repeated bit for bit."""
    return default_generator.manual_seed(seed)


def numpy_generator(generator: Generator | np.random.Generator | None = None) -> np.random.Generator:
    """Return what draws the numbers: that of `generator`, or of the default one."""
    if generator is None:
        return default_generator.numpy
    if isinstance(generator, Generator):
        return generator.numpy
    if isinstance(generator, np.random.Generator):
        return generator
    raise TypeError(
        f"generator: expected a Generator, a numpy.random.Generator or None, got {type(generator).__name__}; "
        "write Generator().manual_seed(0)"
    )
