"""Images: the MNIST family of datasets, and transforms. torchvision's names."""

from tinygrad_edu.vision import datasets, transforms

__all__ = ["datasets", "transforms"]
