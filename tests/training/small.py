"""Runs that are over in a moment, on the test images of MNIST, which are read faster than the training images."""

import functools

import tinygrad_edu as tg
from tinygrad_edu.training import Run, build_transform
from tinygrad_edu.vision.datasets import MNIST

TESTED = range(2000, 2400)


@functools.cache
def images():
    return MNIST(train=False)


def dataset(transform, chosen=range(2400)):
    """Return some of the images, as a transform makes them."""
    whole = MNIST.__new__(MNIST)
    vars(whole).update(vars(images()), transform=transform)
    return tg.data.Subset(whole, chosen)


def start(recipe, **options):
    """Set up a run that learns the first of the test images, and is tested on others."""
    transform = build_transform(recipe)
    return Run(recipe, dataset(transform), dataset(transform, TESTED), **options)


def train(run, epochs=None, batches=None):
    """Train to the end, for some epochs, or into the next epoch for some batches."""
    for _ in range(run.recipe.epochs - run.epoch if epochs is None else epochs):
        for _ in run.train_epoch():
            pass
    if batches is not None:
        for progress in run.train_epoch():
            if progress.batches == batches:
                break
    return run
