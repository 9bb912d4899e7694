"""A running average of the weights."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np

from tinygrad_edu.nn import Module


class AveragedWeights:
    """A network whose weights are the running average of another's: m ← decay m + (1 - decay) w, after each step.

    Buffers are averaged, too, where they are floating-point numbers; others are copied. (Polyak and Juditsky, 1992)

    Attributes:
        module: the network with the averages.
    """

    def __init__(self, model: Module, decay: float) -> None:
        self.decay, self.module = decay, copy.deepcopy(model)

    def update_parameters(self, model: Module) -> None:
        """Take the weights into account that there are now."""
        now = model.state_dict()
        for name, average in self.module.state_dict().items():
            if np.issubdtype(average.dtype, np.floating):
                average.array += np.float32(1 - self.decay) * (now[name].array - average.array)
            else:
                average.array[...] = now[name].array

    def state_dict(self) -> dict[str, Any]:
        """Return the averages, each name after `module.`."""
        return {f"module.{name}": tensor for name, tensor in self.module.state_dict().items()}

    def load_state_dict(self, state: Any) -> None:
        """Go back to what `state_dict` returned."""
        self.module.load_state_dict({name.removeprefix("module."): value for name, value in state.items()})
