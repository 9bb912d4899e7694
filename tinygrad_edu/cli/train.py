"""`tinygrad-edu train`: train a network to read handwritten digits."""

from __future__ import annotations

import argparse
import signal
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from tinygrad_edu.autograd.gradcheck import check_parameters
from tinygrad_edu.cli.called import called, command
from tinygrad_edu.cli.errors import CommandError
from tinygrad_edu.cli.folders import make_folder, name_of, unused
from tinygrad_edu.cli.stopping import Stopped, stoppable
from tinygrad_edu.cli.threads import one_blas_thread
from tinygrad_edu.training import (
    RECIPES,
    DivergedError,
    MissingExtraError,
    Recipe,
    Run,
    build_transform,
    load_checkpoint,
    load_record,
    report,
    save_checkpoint,
    save_record,
)
from tinygrad_edu.training.parts import ACTIVATIONS, INITS, LEARNING_RATES, OPTIMIZERS
from tinygrad_edu.training.run_files import RECORD, REPORT, UNFINISHED, WEIGHTS, find_record, find_weights
from tinygrad_edu.vision.datasets import MNIST

CHECKED_PARAMETERS, CHECKED_IMAGES = 200, 32
TOLERANCE = 1e-6
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

Every run gets a folder of its own, named by what is not as usual, and never overwrites another. Ctrl-C, or SIGTERM,
stops and saves. `--resume` goes on from the last whole epoch, and comes to the same weights, bit for bit, as if
nothing had happened.
"""

SETTINGS = ("recipe", "batch_size", "lr", "optimizer", "hidden", "activation", "init", "seed", "limit")
"""What is fixed once training has begun."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.epilog = EPILOG.format(recipes="\n".join(f"  {recipe}" for recipe in RECIPES.values()), called=called())
    add = parser.add_argument
    add(
        "--recipe",
        choices=RECIPES,
        help="the settings to start from, listed below; every other option changes one of them (default: mlp)",
    )
    add(
        "--epochs",
        type=int,
        metavar="N",
        help=f"how often to go through the images. More learn longer; from some point on the network only learns the "
        f"training images by heart, and the test accuracy stays where it is ({_defaults('epochs')})",
    )
    add(
        "--batch-size",
        type=int,
        metavar="N",
        help=f"how many images a gradient is averaged over. Small batches make many noisy steps, large ones few exact "
        f"ones, and quicker each ({_defaults('batch_size')})",
    )
    add(
        "--lr",
        type=float,
        metavar="X",
        help=f"the learning rate: how far to go against the gradient. Too small is slow; too large oversteps, and the "
        f"loss jumps or grows without bound ({_defaults('lr')})",
    )
    add(
        "--optimizer",
        choices=OPTIMIZERS,
        help=f"how gradients become steps. sgd: straight against the gradient. momentum: with inertia. adam: each "
        f"weight at a pace of its own. adamw: that, and weights that are not needed fade. Without --lr, another "
        f"optimizer than the recipe's brings a learning rate that suits it ({_defaults('optimizer')})",
    )
    add(
        "--hidden",
        type=int,
        nargs="*",
        metavar="N",
        help=f"the number of neurons in each hidden layer: `--hidden 64 32` makes two. More can learn more, and take "
        f"longer; none at all leaves a linear classifier ({_defaults('hidden')})",
    )
    add(
        "--activation",
        choices=ACTIVATIONS,
        help=f"what bends the values between layers; without one all layers together would be a single linear one. "
        f"sigmoid flattens out on both sides, where gradients all but vanish; relu does not "
        f"({_defaults('activation')})",
    )
    add(
        "--init",
        choices=INITS,
        help=f"how the weights start. normal: random with spread 1, which drives sigmoids to where they are flat. "
        f"kaiming, xavier: random with a spread that suits the size of the layer. zeros: to see that it cannot work "
        f"({_defaults('init')})",
    )
    add(
        "--seed",
        type=int,
        metavar="N",
        help="where the random numbers start. The same seed gives the same weights; try a few to see how much of a "
        "result is luck (default: 0)",
    )
    add("--limit", type=int, metavar="N", help="use only the first N training images, for a quick try")
    add("--out", type=Path, metavar="DIR", help="where the run gets a folder of its own (default: runs)")
    add(
        "--resume",
        type=Path,
        metavar="RUN",
        help="go on with the run in this folder or file. Its settings stay; only --epochs can be changed",
    )
    add(
        "--no-report",
        action="store_true",
        help="write no report in the end; `tinygrad-edu report RUN` can write it later",
    )


def _defaults(field: str) -> str:
    """Name the default of an option, in each recipe."""

    def shown(value: Any) -> str:
        return " ".join(map(str, value)) if isinstance(value, tuple) else str(value)

    return "default: " + ", ".join(f"{shown(getattr(recipe, field))} in {name}" for name, recipe in RECIPES.items())


@one_blas_thread()
def run(args: argparse.Namespace) -> int:
    """Train, save, check, and say what came of it. Return the exit code."""
    start = time.perf_counter()
    training, folder = begin(args)
    recipe = training.recipe
    print(recipe)
    print(
        f"{len(training.train_loader.dataset):,} training images, {len(training.test_loader.dataset):,} test images, "
        f"{recipe.parameter_count:,} weights and biases, seed {recipe.seed}",
        flush=True,
    )
    if folder is None:
        print(f"The run is finished, after epoch {training.epoch}; to go on, ask for more epochs with --epochs.")
        return tell(training, find_weights(args.resume), start, to_report=False)
    finished, unfinished = folder / WEIGHTS, folder / UNFINISHED
    try:
        with stoppable() as stopped:
            save(training, unfinished)
            recorded = time.monotonic()
            while training.epoch < recipe.epochs:
                train_epoch(training, stopped)
                if time.monotonic() - recorded > RECORD_EVERY:
                    save(training, unfinished)
                    recorded = time.monotonic()
                else:
                    save_checkpoint(training.checkpoint(), unfinished)
    except DivergedError:
        save(training, unfinished)  # what was seen may tell why
        raise
    except KeyboardInterrupt as stop:
        save(training, unfinished)
        where = f"the end of epoch {training.epoch}" if training.epoch else "the beginning"
        print(
            f"Interrupted in epoch {min(training.epoch + 1, recipe.epochs)}; the network as it stands was saved in "
            f"{unfinished}. To go on from {where}: {command('train', '--resume', folder)}",
            file=sys.stderr,
        )
        return 128 + getattr(stop, "number", signal.SIGINT)
    save(training, finished)
    unfinished.unlink(missing_ok=True)  # another run may have gone on from it, and come to the same end
    return tell(training, finished, start, to_report=not args.no_report)


def save(training: Run, path: Path) -> None:
    """Save a run as it is to `path`, and beside it what was seen in the course of it.

    The two need not be of the same moment: when training goes on from the weights, what was seen later is cut off, and
    what was not saved leaves a gap.
    """
    record = training.record()
    if record is not None:
        save_record(record, path.with_name(RECORD))
    save_checkpoint(training.checkpoint(), path)


def begin(args: argparse.Namespace) -> tuple[Run, Path | None]:
    """Set up the run that the arguments ask for, or resume one.

    Return it with the folder to save it in; None if it is finished.
    """
    if args.resume is None:
        recipe = choose_recipe(args)
        return make_run(recipe), make_folder(args.out or Path("runs"), name_of(recipe))
    changed = [f"--{name.replace('_', '-')}" for name in SETTINGS if getattr(args, name) is not None]
    if changed:
        raise CommandError(f"a resumed run keeps its settings; leave out {', '.join(changed)}, or start a new run")
    path = find_weights(args.resume)
    checkpoint = load_checkpoint(path)
    recipe = changed_recipe(checkpoint.recipe, epochs=args.epochs)
    if recipe.epochs < checkpoint.epoch:
        raise CommandError(f"{path} has {checkpoint.epoch} epochs behind it already, more than {recipe.epochs}")
    training = make_run(recipe)
    beside = find_record(path)
    training.resume(checkpoint, None if beside is None else load_record(beside))
    print(f"Resumed after epoch {training.epoch}.")
    if training.epoch == recipe.epochs and path.name != UNFINISHED and args.out is None:
        return training, None
    if path.name == UNFINISHED and args.out is None and recipe == checkpoint.recipe:
        return training, path.parent
    beside = path.parent.parent if path.name in (WEIGHTS, UNFINISHED) else path.parent  # the weights stay as they are
    return training, make_folder(args.out or beside, name_of(recipe))


def make_run(recipe: Recipe) -> Run:
    """Set up a run on MNIST."""
    transform = build_transform(recipe)
    return Run(recipe, MNIST(transform=transform), MNIST(train=False, transform=transform))


def choose_recipe(args: argparse.Namespace) -> Recipe:
    """Return the recipe that was asked for, with the changes that were asked for."""
    recipe = RECIPES[args.recipe or "mlp"]
    lr = args.lr
    if lr is None and args.optimizer not in (None, recipe.optimizer):
        lr = LEARNING_RATES[args.optimizer]
    changes = {name: getattr(args, name) for name in (*SETTINGS, "epochs") if name != "recipe"}
    return changed_recipe(recipe, **{**changes, "lr": lr})


def changed_recipe(recipe: Recipe, **changes: Any) -> Recipe:
    """Return the recipe with those of `changes` that are not None."""
    try:
        return replace(recipe, **{name: value for name, value in changes.items() if value is not None})
    except ValueError as error:
        raise CommandError(str(error)) from None


def train_epoch(training: Run, stopped: Stopped) -> None:
    """Train for one epoch, with a progress bar on a terminal, and print a line."""
    start = time.perf_counter()
    total = training.recipe.epochs
    title = f"epoch {training.epoch + 1:{len(str(total))}}/{total}"
    # A diverging network overflows before the loss shows it; that is reported as what it is.
    with (
        tqdm(total=len(training.train_loader), desc=title, unit="batch", leave=False, disable=None) as bar,
        np.errstate(over="ignore", invalid="ignore"),
    ):
        for progress in training.train_epoch():
            stopped.check()
            if not bar.disable:
                bar.set_postfix_str(f"loss {progress.loss:.4f}, accuracy {progress.accuracy:.2%}", refresh=False)
                bar.update()
    last = training.history[-1]
    print(
        f"{title}   loss {last['loss']:.4f}   training accuracy {last['accuracy']:6.2%}   "
        f"test accuracy {last['test_accuracy']:6.2%}   {time.perf_counter() - start:.1f} s",
        flush=True,
    )


def tell(training: Run, path: Path, start: float, to_report: bool) -> int:
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
    print(f"test accuracy   {training.history[-1]['test_accuracy']:.2%}")
    print(f"gradient check  {verdict} (below {TOLERANCE:.0e}): {check}")
    print(f"time            {time.perf_counter() - start:.1f} s")
    print(f"weights         {path}", flush=True)
    if to_report:
        print(f"report          {write_report(training, path.with_name(REPORT))}")
    print(f"try next        {command('predict', path.parent if path.name == WEIGHTS else path, 'mnist:0', '--show')}")
    return 0 if passed else 1


def write_report(training: Run, path: Path) -> str:
    """Write the report of a run; return where it is, or why there is none."""
    try:
        return str(report(training).save(unused(path)))
    except MissingExtraError:
        return "none: it needs Matplotlib, which is not installed; pip install 'tinygrad-edu[report]'"
