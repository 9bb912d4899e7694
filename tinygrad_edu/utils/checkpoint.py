"""`tinygrad_edu.utils.checkpoint`: where PyTorch programs look for `checkpoint`."""

from tinygrad_edu.transforms import checkpoint

__all__ = ["checkpoint"]
