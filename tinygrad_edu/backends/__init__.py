"""`torch.backends`: other devices, which are not there, and the switches that programs set for them."""

from tinygrad_edu.backends import cuda, cudnn, mps

__all__ = ["cuda", "cudnn", "mps"]
