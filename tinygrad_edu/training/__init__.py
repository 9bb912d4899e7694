"""Training, evaluating and saving a classifier: what `tinygrad-edu train` is made of.

Read `epoch` (the inner loop), `loop` (the outer one) and `fit` (both in one call), `callbacks` (what is done beside);
`layers` and `recipes` (what is trained, and how), `run` (a training that a recipe makes), `checkpoint` (the file it is
saved to), `gather` and `record` (what is seen of the network meanwhile), `report` (what is told of it afterwards).
"""

from tinygrad_edu.training.callbacks import (
    Callback,
    EarlyStopping,
    HistoryFiles,
    KeepBest,
    PrintEpochs,
    ProgressBar,
    SaveCheckpoint,
    TimeBudget,
)
from tinygrad_edu.training.checkpoint import Checkpoint, CheckpointError, load_checkpoint, save_checkpoint
from tinygrad_edu.training.epoch import DivergedError, Progress, train_epoch
from tinygrad_edu.training.evaluation import evaluate, predict
from tinygrad_edu.training.fit import fit
from tinygrad_edu.training.loop import Training
from tinygrad_edu.training.metrics import (
    Calibration,
    accuracy,
    calibrate,
    confusion_matrix,
    f1_score,
    precision,
    recall,
    top_k_accuracy,
)
from tinygrad_edu.training.recipes import RECIPES, Recipe, build_model, build_optimizer, build_transform, confidences
from tinygrad_edu.training.record import Record, RecordError, load_record, save_record
from tinygrad_edu.training.report import MissingExtraError, Report, report
from tinygrad_edu.training.run import Run

__all__ = [
    "RECIPES", "Calibration", "Callback", "Checkpoint", "CheckpointError", "DivergedError", "EarlyStopping",
    "HistoryFiles", "KeepBest", "MissingExtraError", "PrintEpochs", "Progress", "ProgressBar", "Recipe", "Record",
    "RecordError", "Report", "Run", "SaveCheckpoint", "TimeBudget", "Training", "accuracy", "build_model",
    "build_optimizer", "build_transform", "calibrate", "confidences", "confusion_matrix", "evaluate", "f1_score", "fit",
    "load_checkpoint", "load_record", "precision", "predict", "recall", "report", "save_checkpoint", "save_record",
    "top_k_accuracy", "train_epoch",
]  # fmt: skip
