"""`tinygrad_edu.utils.checkpoint`: where PyTorch programs look for `checkpoint`."""

from tinygrad_edu.autograd.checkpointing import checkpoint

__all__ = ["checkpoint"]
