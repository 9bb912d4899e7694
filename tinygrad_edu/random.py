"""`tinygrad_edu.random`: PyTorch's namespace for the state of randomness."""

from tinygrad_edu.system.generator import (
    Generator,
    default_generator,
    get_rng_state,
    initial_seed,
    manual_seed,
    set_rng_state,
)

__all__ = ["Generator", "default_generator", "get_rng_state", "initial_seed", "manual_seed", "set_rng_state"]
