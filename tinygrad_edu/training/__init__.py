"""Training, evaluating and saving a classifier: what `tinygrad-edu train` is made of.

Read `recipes` (what is trained, and how), `fit` (the loop), `run` (a run that can be interrupted and
resumed), `checkpoint` (the file it is saved to).
"""

from tinygrad_edu.training.checkpoint import Checkpoint, CheckpointError, load_checkpoint, save_checkpoint
from tinygrad_edu.training.fit import DivergedError, Progress, evaluate, predict, train_epoch
from tinygrad_edu.training.metrics import accuracy, confusion_matrix
from tinygrad_edu.training.recipes import RECIPES, Recipe, build_model, build_optimizer, build_transform, confidences
from tinygrad_edu.training.run import Run

__all__ = [
    "RECIPES", "Checkpoint", "CheckpointError", "DivergedError", "Progress", "Recipe", "Run", "accuracy", "build_model",
    "build_optimizer", "build_transform", "confidences", "confusion_matrix", "evaluate", "load_checkpoint", "predict",
    "save_checkpoint", "train_epoch",
]  # fmt: skip
