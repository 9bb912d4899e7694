"""Transforms of images, one after the other: what a dataset does to an image before it hands it out.

A transform is any function of one image. Those here also have `batch`, which does the same to N images at once, each
with random numbers of its own; with it a DataLoader has no Python loop over images. The names are torchvision's.
"""

from tinygrad_edu.vision.transforms.choosing import RandomApply
from tinygrad_edu.vision.transforms.conversion import Compose, Lambda, Normalize, ToTensor
from tinygrad_edu.vision.transforms.cropping import RandomCrop
from tinygrad_edu.vision.transforms.erasing import RandomErasing
from tinygrad_edu.vision.transforms.geometric import ElasticTransform, RandomAffine, RandomRotation
from tinygrad_edu.vision.transforms.resampling import InterpolationMode

__all__ = [
    "Compose", "ElasticTransform", "InterpolationMode", "Lambda", "Normalize", "RandomAffine", "RandomApply",
    "RandomCrop", "RandomErasing", "RandomRotation", "ToTensor",
]  # fmt: skip
