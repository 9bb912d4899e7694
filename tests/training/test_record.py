"""What is gathered while a network learns: right numbers, no trace in the weights, a file that is read with care."""

from dataclasses import fields, replace

import numpy as np
import pytest

from tests.training.archives import rewrite
from tests.training.small import start, train
from tinygrad_edu import nn
from tinygrad_edu.system.generator import default_generator
from tinygrad_edu.training import RECIPES
from tinygrad_edu.training.gather import Gatherer, Series, flat_and_dead
from tinygrad_edu.training.record import KEY, TYPES, RecordError, load_record, save_record

SMALL = replace(RECIPES["mlp"], hidden=(6, 5), batch_size=10, limit=400, epochs=3)


@pytest.fixture(scope="module")
def trained():
    return train(start(SMALL))


def equal(a, b):
    return all(
        np.array_equal(getattr(a, field.name), getattr(b, field.name), equal_nan=True)
        if field.name in TYPES
        else getattr(a, field.name) == getattr(b, field.name)
        for field in fields(a)
    )


def test_gathering_changes_nothing(trained):
    bare = train(start(SMALL, gather=False))
    assert bare.record() is None
    assert bare.history == trained.history
    for name, weight in bare.model.state_dict().items():
        assert np.array_equal(weight.array, trained.model.state_dict()[name].array)
    train(start(SMALL))
    state = default_generator.get_state()
    train(start(SMALL, gather=False))
    assert default_generator.get_state() == state


def test_the_numbers_are_those_computed_by_hand():
    """Look on from outside, with the network copied before and after every step."""
    run = start(replace(SMALL, epochs=1))
    names = [name for name, _ in run.model.named_parameters() if name.endswith("weight")]
    probe = run._gatherer.probe
    expected = {}

    def weights():
        return {name: tensor.array.astype(np.float64) for name, tensor in run.model.state_dict().items()}

    def note(step, before):
        after, seen = weights(), dict(run.model.named_parameters())
        values = probe[0].array.reshape(len(probe[0]), -1).astype(np.float64)
        flat = []
        for name in names:
            values = values @ after[name].T + after[name.replace("weight", "bias")]
            if name != names[-1]:
                values = np.maximum(values, 0)
                flat.append(values == 0)
        likely = np.exp(values) / np.exp(values).sum(axis=1, keepdims=True)
        expected[step] = (
            -np.log(likely[np.arange(len(likely)), probe[1].array]).mean(),
            [np.sqrt((seen[n].grad.array.astype(np.float64) ** 2).mean()) for n in names] if before else None,
            [np.linalg.norm(after[n] - before[n]) / np.linalg.norm(before[n]) for n in names] if before else None,
            [layer.mean() for layer in flat],
            [layer.all(axis=0).mean() for layer in flat],
            np.concatenate([tensor.array.ravel() for tensor in run.model.state_dict().values()]),
        )

    note(0, None)
    before = weights()
    for progress in run.train_epoch():
        note(progress.batches, before)
        before = weights()
    record = run.record()
    assert record.interval == record.path_interval == 5  # of 40 steps, 8 to look at
    assert record.steps.tolist() == record.path_steps.tolist() == list(range(0, 41, 5))
    assert (record.weights, record.activations, record.batches) == (
        ("1.weight", "3.weight", "5.weight"),
        ("2", "4"),
        40,
    )
    assert np.isnan(record.gradient[0]).all()
    assert np.isnan(record.update[0]).all()
    for i, step in enumerate(record.steps.tolist()):
        loss, gradient, update, flat, dead, path = expected[step]
        assert record.loss[i] == pytest.approx(loss, rel=1e-5)
        if step:
            assert record.gradient[i] == pytest.approx(gradient, rel=1e-4)
            assert record.update[i] == pytest.approx(update, rel=1e-3)
        assert record.flat[i] == pytest.approx(flat)
        assert record.dead[i] == pytest.approx(dead)
        assert np.array_equal(record.path[i], path.astype(np.float16))


def test_what_is_flat_and_what_is_dead():
    slopes = np.array([[0.0, 0.04, 1.0], [0.0, 0.06, 1.0]])
    flat, dead = flat_and_dead(slopes)
    assert (flat, dead) == pytest.approx((3 / 6, 1 / 3))
    maps = np.zeros((2, 3, 4, 4))  # a unit of a convolution is a channel
    maps[0, 1, 2, 2] = 1
    assert flat_and_dead(maps) == pytest.approx((1 - 1 / 96, 2 / 3))


@pytest.mark.parametrize("activation", ["sigmoid", "tanh"])
def test_saturated_units(activation):
    run = start(replace(SMALL, activation=activation, hidden=(4,), epochs=1))
    run.model[1].weight.array[:] = 0
    run.model[1].bias.array[:] = [0, 10, -10, 10]
    run._gatherer.on_epoch_start(run)
    assert run.record().flat.tolist() == run.record().dead.tolist() == [[0.75]]


def test_a_series_keeps_within_its_bounds_and_depends_on_nothing_but_its_length():
    series = Series(interval=3, most=10)
    for step in range(1000):
        if series.is_due(step):
            series.add(step, None)
        assert len(series.seen) <= 10
        assert series.steps.tolist() == list(range(0, step + 1, series.interval))
    assert series.interval == 3 * 2**6
    assert not Series(1, 0).is_due(0)


@pytest.mark.parametrize("epochs, batches", [(0, 3), (1, 0), (1, 17), (2, 40)])
def test_an_interrupted_run_keeps_the_same_record(epochs, batches, trained, tmp_path, monkeypatch):
    monkeypatch.setattr("tinygrad_edu.training.gather.MOST_LOOKS", 13)
    monkeypatch.setattr("tinygrad_edu.training.gather.MOST_POINTS", 5)
    whole = train(start(SMALL))
    interrupted = train(start(SMALL), epochs, batches)
    save_record(interrupted.record(), tmp_path / "record.npz")
    resumed = start(SMALL)
    resumed.resume(interrupted.checkpoint(), load_record(tmp_path / "record.npz"))
    # What was seen later is cut off: with more epochs the rest may go another way.
    assert resumed.record().steps.max(initial=0) <= interrupted.steps
    assert equal(train(resumed).record(), whole.record())
    assert whole.record().interval == 10
    assert whole.record().path_interval == 40
    assert len(trained.record().steps) > len(whole.record().steps)


def test_a_record_of_another_run_is_not_gone_on_with(trained):
    record, checkpoint = trained.record(), trained.checkpoint()
    longer = replace(SMALL, epochs=4)
    for recipe, kept in [(longer, True), (replace(longer, seed=1), False), (replace(longer, lr=0.1), False)]:
        assert record.is_of(recipe) == kept
        run = start(recipe)
        run.resume(replace(checkpoint, recipe=recipe), record)
        assert len(run.record().steps) == (len(record.steps) if kept else 0)
    for other in ({"batches": 41}, {"weights": record.weights[:2], "gradient": record.gradient[:, :2]}):
        run.resume(replace(checkpoint, recipe=recipe), replace(record, recipe=recipe, **other))
        assert len(run.record().steps) == 0


def test_a_network_of_many_weights_has_no_path(monkeypatch):
    monkeypatch.setattr("tinygrad_edu.training.gather.PATH_BYTES", 1000)
    run = train(start(replace(SMALL, epochs=1)))
    assert run.record().path.shape == (0, run.recipe.parameter_count)
    assert len(run.record().steps) == 9


def test_a_network_without_hidden_layers(tmp_path):
    record = train(start(replace(SMALL, hidden=(), epochs=1))).record()
    assert record.gradient.shape == (9, 1)
    assert record.flat.shape == record.dead.shape == (9, 0)
    save_record(record, tmp_path / "record.npz")
    assert equal(load_record(tmp_path / "record.npz"), record)


def test_round_trip_and_equal_files(trained, tmp_path):
    record = trained.record()
    for name in "ab":
        save_record(record, tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    assert equal(load_record(str(tmp_path / "a")), record)
    empty = record.until(-1)
    save_record(empty, tmp_path / "c")
    assert equal(load_record(tmp_path / "c"), empty)


BAD = {
    "another format": (lambda text: {**text, "format": 99}, {}),
    "no recipe": (lambda text: {**text, "recipe": {}}, {}),
    "no names": (lambda text: {**text, "weights": 3}, {}),
    "fewer names": (lambda text: {**text, "weights": ["1.weight"]}, {}),
    "an interval of 0": (lambda text: {**text, "interval": 0}, {}),
    "missing text": (lambda text: {}, {}),
    "no losses": (None, {"loss": None}),
    "another type": (None, {"loss": lambda x: x.astype(np.int64)}),
    "fewer rows": (None, {"update": lambda x: x[:-1]}),
    "another network": (None, {"path": lambda x: x[:, 1:]}),
    "a flat path": (None, {"path": lambda x: x.ravel()}),
    "steps that fall": (None, {"steps": lambda x: x[::-1]}),
    "a step before the first": (None, {"path_steps": lambda x: x - 5}),
    "a point that was not looked at": (None, {"path_steps": lambda x: x + 1}),
    "more than all": (None, {"dead": lambda x: x + 2}),
    "a share that is no number": (None, {"accuracy": lambda x: x * np.nan}),
    "a gradient less than none": (None, {"gradient": lambda x: -x}),
    "an epoch without end": (lambda text: {**text, "batches": 10**30}, {}),
}


@pytest.mark.parametrize("text, arrays", BAD.values(), ids=BAD)
def test_a_bad_file_gets_one_line(text, arrays, trained, tmp_path):
    path = tmp_path / "record.npz"
    save_record(trained.record(), path)
    rewrite(path, KEY, text, arrays)
    with pytest.raises(RecordError, match="is a record whose content does not fit together") as caught:
        load_record(path)
    assert "\n" not in str(caught.value)


def test_a_file_of_something_else(tmp_path):
    path = tmp_path / "record.npz"
    np.savez(path, weight=np.arange(5))
    with pytest.raises(RecordError, match="is not a record of `tinygrad-edu train`"):
        load_record(path)
    path.write_bytes(b"hello")
    with pytest.raises(RecordError, match="is not a record of `tinygrad-edu train`"):
        load_record(path)


def test_gathering_from_a_network_that_diverges_raises_nothing():
    model = nn.Sequential(nn.Flatten(), nn.Linear(784, 4), nn.ReLU(), nn.Linear(4, 10))
    model[1].weight.array[:] = np.inf
    run = start(replace(SMALL, hidden=(4,), epochs=1))
    gatherer = Gatherer(run.recipe, model, run.loss_fn, run._gatherer.probe, 40)
    gatherer.on_epoch_start(run)
    assert not np.isfinite(gatherer.record().loss).any()
