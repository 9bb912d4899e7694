"""Training a network in one call, with callbacks, and going on where it was interrupted.

history = fit(model, loader, nn.CrossEntropyLoss(), epochs=5, validation=others, checkpoint="run.npz").history
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from tinygrad_edu.nn import Module
from tinygrad_edu.nn import functional as F
from tinygrad_edu.optim import Adam, Optimizer
from tinygrad_edu.training.callbacks import Callback, SaveCheckpoint
from tinygrad_edu.training.epoch import ACCURACY, Metrics
from tinygrad_edu.training.loop import Training


def fit(
    model: Module,
    data: Iterable[Any],
    loss_fn: Callable[[Any, Any], Any] = F.cross_entropy,
    optimizer: Optimizer | None = None,
    *,
    epochs: int,
    validation: Iterable[Any] | None = None,
    schedule: Any = None,
    schedule_each: str = "step",
    accumulate: int = 1,
    clip_norm: float | None = None,
    average: Any = None,
    metrics: Metrics = ACCURACY,
    callbacks: Sequence[Callback] = (),
    checkpoint: str | os.PathLike[str] | None = None,
) -> Training:
    """Train a network, and return what has come of it.

        training = fit(model, loader, epochs=5, validation=other_loader, callbacks=[ProgressBar(), EarlyStopping()])
        training.history[-1]["validation_accuracy"]

    Parameters:
        model: the network.
        data: batches, pairs of inputs (N, ...) and targets (N, ...), that can be gone through once for each epoch; a
            DataLoader or a list. Outputs and targets may also be several, in tuples, lists or dictionaries.
        loss_fn: a function of outputs and targets that returns the average loss, one number.
        optimizer: what changes the parameters; Adam if not given. It may have others than the model's, such as weights
            of the loss, which are saved, too. No LBFGS: it computes the loss several times for a step.
        epochs: how often to go through the data.
        validation: batches on which the network is evaluated after each epoch; noted as `validation_loss` and so on.
        schedule: what changes the learning rate, after each step or each epoch; see `schedule_each`. A
            ReduceLROnPlateau watches `validation_loss`, or the loss where there is none.
        schedule_each: "step" or "epoch".
        accumulate: how many batches to gather the gradient of a step over; it is the gradient of all of them as one.
        clip_norm: the most that the norm of the whole gradient may be; longer ones are shortened to it.
        average: an `optim.swa_utils.AveragedModel` of the model. It is told of the weights after each step, and is what
            is evaluated.
        metrics: functions of outputs and targets, both Tensors, that return one number, by name. For targets that are
            no classes, pass an empty dictionary.
        callbacks: what is done beside; see `training.callbacks`.
        checkpoint: a file to save to, after each epoch and every minute. Where it exists, training goes on from it, and
            comes to the same weights, bit for bit, as if it had never been interrupted. What is in no `state_dict` is
            not in it: buffers with persistent=False, and what NumPy's and Python's own generators would draw next.

    Raises:
        DivergedError: the loss, or a weight, is infinite or not a number.
        CheckpointError: the checkpoint is damaged, or of another training.
        TypeError, ValueError: an argument makes no sense, or batches are not pairs.
    """
    training = Training(
        model,
        data,
        loss_fn,
        Adam(model.parameters()) if optimizer is None else optimizer,
        epochs=epochs,
        evaluations={} if validation is None else {"validation": validation},
        schedule=schedule,
        schedule_each=schedule_each,
        accumulate=accumulate,
        clip_norm=clip_norm,
        average=average,
        metrics=metrics,
        callbacks=callbacks if checkpoint is None else [SaveCheckpoint(checkpoint), *callbacks],
    )
    if checkpoint is not None and Path(checkpoint).exists():
        training.load(checkpoint)
    return training.fit()
