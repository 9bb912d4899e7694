"""Training, evaluating and saving a classifier: what `tinygrad-edu train` is made of.

Read `recipes` (what is trained, and how), `fit` (the loop), `run` (a run that can be interrupted and
resumed), `checkpoint` (the file it is saved to), `gather` and `record` (what is seen of the network meanwhile),
`report` (what is told of it afterwards).
"""

from tinygrad_edu.training.checkpoint import Checkpoint, CheckpointError, load_checkpoint, save_checkpoint
from tinygrad_edu.training.fit import DivergedError, Progress, evaluate, predict, train_epoch
from tinygrad_edu.training.metrics import accuracy, confusion_matrix
from tinygrad_edu.training.recipes import RECIPES, Recipe, build_model, build_optimizer, build_transform, confidences
from tinygrad_edu.training.record import Record, RecordError, load_record, save_record
from tinygrad_edu.training.report import MissingExtraError, Report, report
from tinygrad_edu.training.run import Run

__all__ = [
    "RECIPES", "Checkpoint", "CheckpointError", "DivergedError", "MissingExtraError", "Progress", "Recipe", "Record",
    "RecordError", "Report", "Run", "accuracy", "build_model", "build_optimizer", "build_transform", "confidences",
    "confusion_matrix", "evaluate", "load_checkpoint", "load_record", "predict", "report", "save_checkpoint",
    "save_record", "train_epoch",
]  # fmt: skip
