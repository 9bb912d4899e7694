"""Setting up the run that the options of `train` ask for, or resuming one."""

from __future__ import annotations

import argparse
import copy
from dataclasses import replace
from pathlib import Path
from typing import Any

from tinygrad_edu.cli.config import read_config, write_config
from tinygrad_edu.cli.datasets import data_of, describe_data, open_data
from tinygrad_edu.cli.errors import CommandError
from tinygrad_edu.cli.folders import make_folder, name_of
from tinygrad_edu.cli.options import OF_RECIPE, flag
from tinygrad_edu.training import RECIPES, Recipe, Run, TimeBudget, build_transform, load_checkpoint, load_record
from tinygrad_edu.training.parts import LEARNING_RATES
from tinygrad_edu.training.run_files import CONFIG, UNFINISHED, WEIGHTS, find_record, find_weights

CHANGEABLE = ("epochs", "patience")
"""What of a recipe may be another when a run is resumed."""


def given(args: argparse.Namespace) -> dict[str, Any]:
    """Return the options that were given: typed, or else in a configuration file."""
    typed = {name: value for name, value in vars(args).items() if value is not None and name not in ("run", "command")}
    return typed if args.config is None else read_config(args.config) | typed


def begin(options: dict[str, Any]) -> tuple[Run, Path | None]:
    """Set up the run that the options ask for, or resume one.

    Return it with the folder to save it in; None if it is finished.
    """
    if "resume" not in options:
        recipe = choose_recipe(options)
        training = make_run(recipe, options)
        name = name_of(recipe, options.get("data"))
        return training, prepared(make_folder(options.get("out", Path("runs")), name), training, options)
    changed = [flag(name) for name in ("recipe", *OF_RECIPE) if name in options and name not in CHANGEABLE]
    if changed:
        raise CommandError(f"a resumed run keeps its settings; leave out {', '.join(changed)}, or start a new run")
    path = find_weights(options["resume"])
    checkpoint = load_checkpoint(path)
    recipe = changed_recipe(checkpoint.recipe, {name: options.get(name) for name in CHANGEABLE})
    if recipe.epochs < checkpoint.epoch:
        raise CommandError(f"{path} has {checkpoint.epoch} epochs behind it already, more than {recipe.epochs}")
    options.setdefault("data", data_of(path))
    training = make_run(recipe, options)
    beside = find_record(path)
    training.resume(checkpoint, None if beside is None else load_record(beside))
    batches = training.progress.batches
    print(f"Resumed after epoch {training.epoch}{f' and {batches} batches' if batches else ''}.")
    if training.epoch == recipe.epochs and path.name != UNFINISHED and "out" not in options:
        return training, None
    if path.name == UNFINISHED and "out" not in options and recipe == checkpoint.recipe:
        return training, path.parent
    above = path.parent.parent if path.name in (WEIGHTS, UNFINISHED) else path.parent  # the weights stay as they are
    folder = make_folder(options.get("out", above), name_of(recipe, options["data"]))
    return training, prepared(folder, training, options)


def prepared(folder: Path, training: Run, options: dict[str, Any]) -> Path:
    """Write the options into a run's new folder; return the folder."""
    data = options.get("data")
    others = {"data": None if data is None else Path(data).resolve(), "time_budget": options.get("time_budget")}
    write_config(folder / CONFIG, training.recipe, others)
    return folder


def make_run(recipe: Recipe, options: dict[str, Any]) -> Run:
    """Set up a run on MNIST, or on the images in a folder."""
    for name in ("time_budget", "save_every"):
        if not options.get(name, 1) > 0:
            raise CommandError(f"{flag(name)} is a number of seconds above 0, not {options[name]}")
    budget, data, plain = options.get("time_budget"), options.get("data"), build_transform(recipe)
    train_set, test_set = (open_data(data, train, plain) for train in (True, False))
    changing = train_set
    if recipe.augment != "none":
        changing = copy.copy(train_set)  # the same images
        changing.transform = build_transform(recipe, augmented=True)
    try:
        return Run(
            recipe, changing, test_set, plain_set=train_set, callbacks=[] if budget is None else [TimeBudget(budget)]
        )
    except ValueError as error:
        raise CommandError(str(error)) from None


def choose_recipe(options: dict[str, Any]) -> Recipe:
    """Return the recipe that was asked for, with the changes that were asked for."""
    recipe = RECIPES[options.get("recipe", "mlp")]
    changes = {name: options[name] for name in OF_RECIPE if name in options}
    if "lr" not in changes and changes.get("optimizer") not in (None, recipe.optimizer):
        changes["lr"] = LEARNING_RATES.get(str(changes["optimizer"]))
    if options.get("data") is not None:
        changes = describe_data(options["data"], recipe) | changes
    return changed_recipe(recipe, changes)


def changed_recipe(recipe: Recipe, changes: dict[str, Any]) -> Recipe:
    """Return the recipe with those of `changes` that are not None."""
    try:
        return replace(recipe, **{name: value for name, value in changes.items() if value is not None})
    except ValueError as error:
        raise CommandError(str(error)) from None
