"""Whole runs: that they repeat, and that an interruption leaves no trace."""

import contextlib
import functools
import sys
from dataclasses import replace

import numpy as np
import pytest

import tinygrad_edu as tg
from tests.training.small import train
from tinygrad_edu.training import (
    RECIPES,
    CheckpointError,
    DivergedError,
    Run,
    build_transform,
    evaluate,
    load_checkpoint,
    save_checkpoint,
)
from tinygrad_edu.vision.datasets import MNIST

SMALL = {
    "mlp": replace(RECIPES["mlp"], hidden=(20,), batch_size=32, limit=300, epochs=3),
    "classic": replace(RECIPES["classic"], limit=300, epochs=3),
    "momentum": replace(RECIPES["mlp"], hidden=(20,), optimizer="momentum", lr=0.05, limit=300, epochs=3),
}


@pytest.fixture(scope="module")
def images():
    """The test images, standing in for the training images as well: they are read faster."""
    return MNIST(train=False)


def start(recipe, images) -> Run:
    dataset = MNIST.__new__(MNIST)
    vars(dataset).update(vars(images), transform=build_transform(recipe))
    return Run(recipe, dataset, tg.data.Subset(dataset, range(500)))


def weights(run):
    return {name: tensor.array.copy() for name, tensor in run.model.state_dict().items()}


def same(a, b):
    return all(np.array_equal(a[name], b[name]) for name in a)


@pytest.mark.parametrize("recipe", SMALL.values(), ids=SMALL)
def test_an_interrupted_run_comes_to_the_same_weights_bit_for_bit(recipe, images, tmp_path):
    whole = train(start(recipe, images))
    path = tmp_path / "run.npz"
    interrupted = train(start(recipe, images), epochs=1, batches=2)
    save_checkpoint(interrupted.checkpoint(), path)
    checkpoint = load_checkpoint(path)
    assert checkpoint.epoch == 1
    assert same(checkpoint.weights, weights(interrupted))  # as it was, in the middle of the epoch
    assert checkpoint.state["progress"]["batches"] == 2

    tg.manual_seed(12345)  # whatever else the program does in the meantime
    tg.rand(100)
    resumed = start(recipe, images)
    resumed.resume(checkpoint)
    assert resumed.epoch == 1
    train(resumed)
    assert same(weights(whole), weights(resumed))
    assert whole.history == resumed.history
    save_checkpoint(whole.checkpoint(), tmp_path / "a")
    save_checkpoint(resumed.checkpoint(), tmp_path / "b")
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_an_interruption_before_the_first_epoch_ends(images, tmp_path):
    recipe = SMALL["classic"]
    interrupted = train(start(recipe, images), epochs=0, batches=3)
    save_checkpoint(interrupted.checkpoint(), tmp_path / "run.npz")
    resumed = start(recipe, images)
    resumed.resume(load_checkpoint(tmp_path / "run.npz"))
    assert resumed.epoch == 0
    assert same(weights(train(resumed)), weights(train(start(recipe, images))))


def test_the_same_seed_is_the_same_run_and_another_is_another(images):
    recipe = replace(SMALL["classic"], epochs=1)
    first, second, other = (weights(train(start(r, images))) for r in (recipe, recipe, replace(recipe, seed=1)))
    assert same(first, second)
    assert not same(first, other)


def test_what_is_noted(images):
    run = train(start(SMALL["mlp"], images))
    assert len(run.history) == run.epoch == 3
    assert run.history[-1]["loss"] < run.history[0]["loss"]
    assert run.history[-1]["test_accuracy"] == evaluate(run.model, run.test_loader) > 0.4
    assert run.optimizer.param_groups[0]["lr"] == 0  # the end of the cosine
    assert len(run.train_loader.dataset) == 300


def test_a_checkpoint_stays_as_it_was_while_training_goes_on(images):
    run = train(start(SMALL["mlp"], images), epochs=1)
    checkpoint = run.checkpoint()
    before = weights(run)
    moments = checkpoint.state["optimizer"]["state"][0]["exp_avg"].array.copy()
    train(run, epochs=1)
    assert not same(before, weights(run))
    assert same(before, checkpoint.weights)
    assert same(before, {name: tensor.array for name, tensor in checkpoint.state["weights"].items()})
    assert np.array_equal(moments, checkpoint.state["optimizer"]["state"][0]["exp_avg"].array)
    assert checkpoint.epoch == 1


def test_a_run_can_be_made_longer(images, tmp_path):
    recipe = replace(SMALL["classic"], epochs=1)
    run = train(start(recipe, images))
    save_checkpoint(run.checkpoint(), tmp_path / "run.npz")
    longer = start(replace(recipe, epochs=3), images)
    longer.resume(load_checkpoint(tmp_path / "run.npz"))
    assert same(weights(train(longer)), weights(train(start(replace(recipe, epochs=3), images))))


def remembered(change):
    """Change what the optimizer remembers of each parameter."""
    return lambda held: {**held, "state": {number: change(values) for number, values in held["state"].items()}}


BAD_STATES = {
    "no weights": {"weights": {}},
    "no dictionary": {"optimizer": 5},
    "a moment of another shape": {"optimizer": remembered(lambda values: {**values, "exp_avg": np.ones(3)})},
    "a parameter that is no number": {"optimizer": {"state": {"x": {}}}},
    "another optimizer's": {"optimizer": remembered(lambda values: {"momentum_buffer": values["exp_avg"]})},
    "of some parameters": {"optimizer": lambda held: {"state": dict(list(held["state"].items())[:1])}},
    "of none": {"optimizer": {"state": {}}},
    "text for a number": {"optimizer": remembered(lambda values: {**values, "step": "three"})},
    "no step": {"optimizer": remembered(lambda values: {**values, "step": 0})},
    "a step beyond numbers": {"optimizer": remembered(lambda values: {**values, "step": 10**400})},
    "a number for a moment": {"optimizer": remembered(lambda values: {**values, "exp_avg": 3})},
    "a moment that is NaN": {"optimizer": remembered(lambda values: {**values, "exp_avg": values["exp_avg"] * np.nan})},
    "weights that are NaN": {"weights": lambda held: {name: tensor * np.nan for name, tensor in held.items()}},
    "no random numbers": {"random": {}},
    "another generator": {"random": {"seed": 0, "bit_generator": {"bit_generator": "MT19937"}}},
    "no order": {"order": []},
    "a place before the first batch": {"progress": {"batches": -1, "images": 0, "sums": {}}},
    "a place after the last": {"progress": {"batches": 10**6, "images": 10**6, "sums": {"loss": 1.0, "accuracy": 1.0}}},
    "a sum that is none": {"progress": {"batches": 1, "images": 32, "sums": {"loss": "x", "accuracy": 1.0}}},
    "steps that never were": {"steps": 10**9},
    "no callbacks": {"callbacks": []},
}


@pytest.mark.parametrize("change", BAD_STATES.values(), ids=BAD_STATES)
def test_a_state_that_cannot_be_gone_on_from(images, change):
    run = train(start(replace(SMALL["mlp"], limit=64), images), epochs=1)
    checkpoint = run.checkpoint()
    change = {name: value(checkpoint.state[name]) if callable(value) else value for name, value in change.items()}
    with pytest.raises(CheckpointError, match="training cannot go on from this checkpoint") as caught:
        run.resume(replace(checkpoint, state={**checkpoint.state, **change}))
    assert "\n" not in str(caught.value)
    with pytest.raises(CheckpointError, match="KeyError"):
        run.resume(replace(checkpoint, state={}))


@pytest.mark.parametrize("best", [{"weights": {}}, {"weights": {"1.bias": np.ones(3)}}, {"weights": 5}, 7, "nan"])
def test_best_weights_that_are_another_network_s_are_refused(images, best):
    recipe = replace(SMALL["mlp"], limit=64, validation=20)
    run = train(start(recipe, images), epochs=1)
    checkpoint = run.checkpoint()
    assert len(run.train_loader.dataset) == 44
    kept = checkpoint.state["callbacks"]["KeepBest"]["weights"]
    assert same(checkpoint.weights, kept)
    if best == "nan":
        best = {"weights": {name: array * np.nan for name, array in kept.items()}}
    state = {**checkpoint.state, "callbacks": {"KeepBest": best}}
    if best == {"weights": {}}:  # none were kept yet
        run.resume(replace(checkpoint, state=state))
        return
    with pytest.raises(CheckpointError, match="training cannot go on from this checkpoint"):
        run.resume(replace(checkpoint, state=state))


def test_ctrl_c_anywhere_after_an_epoch_leaves_numbers_and_weights_of_one_epoch(images, monkeypatch):
    """Interrupt at each call that is made between the last batch and the next epoch."""
    whole = train(start(replace(SMALL["mlp"], limit=64), images), epochs=2)
    calls = 0

    def pressed(frame, event, argument, at):
        nonlocal calls
        if event == "call" and frame.f_code.co_filename.endswith(("run.py", "fit.py", "copy.py")):
            calls += 1
            if calls == at:
                raise KeyboardInterrupt

    for at in (1, 2, 3, 5, 10, 20, 40, 80, 160):
        run = train(start(replace(SMALL["mlp"], limit=64), images), epochs=1)
        batches = run.train_epoch()
        assert [next(batches).batches for _ in range(2)] == [1, 2]
        calls = 0
        sys.setprofile(functools.partial(pressed, at=at))
        try:
            with contextlib.suppress(KeyboardInterrupt, StopIteration):
                next(batches)
        finally:
            sys.setprofile(None)
        checkpoint = run.checkpoint()
        resumed = start(replace(SMALL["mlp"], limit=64), images)
        resumed.resume(checkpoint)
        assert resumed.epoch == checkpoint.epoch
        assert same(weights(train(resumed, epochs=2 - resumed.epoch)), weights(whole)), at


def test_weights_that_are_no_numbers_are_not_saved(images):
    run = train(start(SMALL["mlp"], images), epochs=1)
    run.model[1].weight.array[0] = np.nan
    assert all(np.isfinite(array).all() for array in run.checkpoint().weights.values())
    with np.errstate(all="ignore"), pytest.raises(DivergedError, match="the loss of batch 1 is nan"):
        train(run, epochs=1)
    run = start(replace(SMALL["mlp"], limit=64, batch_size=64), images)
    with pytest.raises(DivergedError, match="some weights are not finite"):
        for _ in run.train_epoch():
            run.model[1].weight.array[0] = np.inf
    assert run.epoch == 0
