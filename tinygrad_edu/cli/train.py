"""`tinygrad-edu train`: train a network to read handwritten digits."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import textwrap
import time
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from tinygrad_edu import distributed
from tinygrad_edu.autograd.gradcheck import check_parameters
from tinygrad_edu.cli.begin import begin, given
from tinygrad_edu.cli.called import called, command
from tinygrad_edu.cli.folders import unused
from tinygrad_edu.cli.options import FLAGS, OF_RECIPE, OF_RUN, defaults, flag
from tinygrad_edu.cli.stopping import Stopped, stoppable
from tinygrad_edu.cli.threads import one_blas_thread
from tinygrad_edu.training import (
    RECIPES,
    Callback,
    DivergedError,
    HistoryFiles,
    MissingExtraError,
    PrintEpochs,
    ProgressBar,
    Run,
    SaveCheckpoint,
    Training,
    report,
    save_record,
)
from tinygrad_edu.training.run_files import FIGURES, RECORD, REPORT, UNFINISHED, WEIGHTS, find_weights

CHECKED_PARAMETERS, CHECKED_IMAGES = 200, 32
TOLERANCE = 1e-6
SAVE_EVERY = 60  # seconds
RECORD_EVERY = 10  # seconds; the record is larger than the weights, and writing it after every epoch would take 2 %

HELP = "train a network to read handwritten digits"
DESCRIPTION = """\
Train a network to tell the handwritten digits 0 to 9 apart, on MNIST, which ships with this package.

Each step takes a batch of images, computes the network's answers and a loss that says how wrong they
are, goes back through the computation for the gradient of the loss (how it would change with each weight),
and moves every weight a little against its gradient. An epoch is one way through all the images.

In the end the gradients of the trained network are checked: each should be what the loss really changes by
when its weight is moved a little.
"""

EPILOG = """\
recipes:
{recipes}

try:
  {called} train                         the default: a modern network, in well under a minute
  {called} train --recipe classic        the first network of many a textbook, small and with sigmoids
  {called} train --hidden                no hidden layer at all: how far do straight lines go?
  {called} train --recipe classic --init xavier   the same network with a better start
  {called} train --init zeros --limit 5000        why weights must not start equal
  {called} train --config runs/mlp/config.toml    a run once more, from the file that each leaves

Every run gets a folder of its own, named by what is not as usual, and never overwrites another. Ctrl-C, or SIGTERM,
stops and saves after the present step; a second one stops at once. `--resume` goes on from the last checkpoint, and
comes to the same weights, bit for bit, as if nothing had happened.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    recipes = (
        textwrap.fill(str(recipe), 116, initial_indent="  ", subsequent_indent="      ") for recipe in RECIPES.values()
    )
    parser.epilog = EPILOG.format(recipes="\n".join(recipes), called=called())
    add = parser.add_argument
    add(
        "--recipe",
        choices=RECIPES,
        help="the settings to start from, listed below; every other option changes one of them (default: mlp)",
    )
    for name, (settings, what) in OF_RECIPE.items():
        add(flag(name), help=f"{what} ({defaults(name)})".replace("%", "%%"), **settings)
    for name, (settings, what) in OF_RUN.items():
        add(flag(name), help=what, **settings)
    add(
        "--config",
        type=Path,
        metavar="FILE",
        help="take options from this file in TOML, with the names of these and _ for -; what is typed comes before it",
    )
    add(
        "--resume",
        type=Path,
        metavar="RUN",
        help="go on with the run in this folder or file. Its settings stay; only --epochs and --patience may change",
    )
    for name, what in FLAGS.items():
        add(flag(name), action="store_true", default=None, help=what)


@one_blas_thread()
def run(args: argparse.Namespace) -> int:
    """Train, save, check, and say what came of it. Return the exit code.

    Of the processes that `mpiexec` has started, the first says and saves; what the others write goes nowhere.
    """
    options = given(args)
    if distributed.is_launched():
        distributed.init_process_group()
        if distributed.get_rank():
            with (
                TemporaryDirectory() as elsewhere,
                Path(os.devnull).open("w") as nowhere,
                redirect_stdout(nowhere),
                redirect_stderr(nowhere),  # an error is heard all the same: it ends in `main`
            ):
                return run_one(options | {"out": Path(elsewhere), "no_report": True})
    return run_one(options)


def run_one(options: dict[str, Any]) -> int:
    """Train in one process; with others that do the same, if there are more."""
    start = time.perf_counter()
    training, folder = begin(options)
    recipe = training.recipe
    print(recipe)
    print(
        f"{len(training.train_loader.dataset):,} training images, {len(training.test_loader.dataset):,} test images, "
        f"{recipe.parameter_count:,} weights and biases, seed {recipe.seed}",
        flush=True,
    )
    if folder is None:
        print(f"The run is finished, after epoch {training.epoch}; to go on, ask for more epochs with --epochs.")
        return tell(training, find_weights(options["resume"]), start)
    return train(training, folder, options, start)


def train(training: Run, folder: Path, options: dict[str, Any], start: float) -> int:
    """Train to the end, or until a signal comes. Return the exit code."""
    finished, unfinished = folder / WEIGHTS, folder / UNFINISHED
    saving = SaveRun(unfinished, options.get("save_every", SAVE_EVERY))
    bar = ProgressBar()
    try:
        # A diverging network overflows before the loss shows it; that is reported as what it is.
        with stoppable() as stopped, np.errstate(over="ignore", invalid="ignore"):
            training.callbacks += [saving, HistoryFiles(folder), bar, PrintEpochs(say), CheckSignals(stopped)]
            training.fit()
    except DivergedError:
        saving.save(training, with_record=True)  # what was seen may tell why
        raise
    except KeyboardInterrupt as stop:
        bar.close()
        saving.save(training, with_record=True)
        print(
            f"Interrupted in epoch {min(training.epoch + 1, training.recipe.epochs)}; the network as it stands was "
            f"saved in {unfinished}. To go on from there: {command('train', '--resume', folder)}",
            file=sys.stderr,
        )
        return 128 + getattr(stop, "number", signal.SIGINT)
    if training.stopped:
        print(f"Stopped after epoch {training.epoch}: {training.stopped}.")
    save_record_of(training, finished)
    training.save(finished)
    unfinished.unlink(missing_ok=True)  # another run may have gone on from it, and come to the same end
    return tell(training, finished, start, options.get("data"), not options.get("no_report"))


class SaveRun(SaveCheckpoint):
    """Save the checkpoints of a run, and beside them now and then what was seen in the course of it.

    The two need not be of the same moment: when training goes on from the weights, what was seen later is cut off, and
    what was not saved leaves a gap.
    """

    recorded = float("-inf")

    def save(self, training: Training, with_record: bool = False) -> None:
        """Write the files."""
        if with_record or time.monotonic() - self.recorded > RECORD_EVERY:
            save_record_of(training, Path(self.path))
            self.recorded = time.monotonic()
        super().save(training)

    def on_end(self, training: Training) -> None:
        """Leave the end to the caller: it goes to another file."""


class CheckSignals(Callback):
    """Stop after a step when a signal has come, so that what is saved is whole."""

    def __init__(self, stopped: Stopped) -> None:
        self.stopped = stopped

    def on_step(self, training: Training) -> None:
        """Raise Stop if it has, in whichever process."""
        if training.processes is not None:
            self.stopped.signal = int(training.processes.largest(self.stopped.signal or 0)) or None
        self.stopped.check()

    on_end = on_step


def save_record_of(training: Any, path: Path) -> None:
    """Save what was seen in the course of a run beside its weights."""
    record = training.record()
    if record is not None:
        save_record(record, path.with_name(RECORD))


def say(line: str) -> None:
    """Print a line at once, also into a pipe."""
    print(line, flush=True)


def tell(training: Run, path: Path, start: float, data: Any = None, to_report: bool = False) -> int:
    """Check the gradients, print the results, write the report; return the exit code, 1 if the gradients are wrong."""
    images, labels = next(iter(training.test_loader))
    images, labels = images[:CHECKED_IMAGES], labels[:CHECKED_IMAGES]
    check = check_parameters(
        training.model.eval(),
        lambda model: training.loss_fn(model(images), labels),
        samples=CHECKED_PARAMETERS,
        rng=np.random.default_rng(training.recipe.seed),
    )
    passed = check.max_relative_error < TOLERANCE
    verdict = "PASS" if passed else "FAIL"
    print(f"test accuracy   {training.of_used_weights['test_accuracy']:.2%}")
    print(f"gradient check  {verdict} (below {TOLERANCE:.0e}): {check}")
    print(f"time            {time.perf_counter() - start:.1f} s")
    print(f"weights         {path}", flush=True)
    if to_report:
        print(f"report          {write_report(training, path.with_name(REPORT), data)}")
    print(f"try next        {command('predict', path.parent if path.name == WEIGHTS else path, 'mnist:0', '--show')}")
    if not passed:
        print("tinygrad-edu train: the gradients are wrong; see `gradient check` above", file=sys.stderr)
    return 0 if passed else 1


def write_report(training: Run, path: Path, data: Any) -> str:
    """Write the report of a run, and its figures; return where it is, or why there is none."""
    found = report(training, data)
    try:
        written = str(found.save(unused(path)))
        found.save_figures(path.with_name(FIGURES))
    except MissingExtraError:
        return "none: it needs Matplotlib, which is not installed; pip install 'tinygrad-edu[report]'"
    return written
