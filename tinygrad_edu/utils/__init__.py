"""`tinygrad_edu.utils`: PyTorch's namespace for what is neither a layer nor an optimizer."""

from tinygrad_edu.utils import checkpoint, data
