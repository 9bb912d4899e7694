"""Interrupted trainings, gone on with from a file: they come to the same weights, bit for bit."""

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import nn
from tinygrad_edu.data import DataLoader, IterableDataset, Sampler, TensorDataset
from tinygrad_edu.nn import functional as F
from tinygrad_edu.optim import SGD, Adam
from tinygrad_edu.optim.lr_scheduler import StepLR
from tinygrad_edu.optim.swa_utils import AveragedModel
from tinygrad_edu.training import (
    Callback,
    CheckpointError,
    EarlyStopping,
    KeepBest,
    SaveCheckpoint,
    TimeBudget,
    accuracy,
    fit,
)

rng = np.random.default_rng(0)
X = rng.standard_normal((37, 4)).astype(np.float32)
Y = (X[:, 0] > 0).astype(np.int64)


class KilledError(Exception):
    pass


class KilledAt(Callback):
    """Saves after each step, and raises after one of them."""

    def __init__(self, step, path):
        self.step, self.path = step, path

    def on_step(self, training):
        training.save(self.path)
        if training.steps == self.step:
            raise KilledError


def of_chance(count=37):
    return tg.randperm(count).tolist()


class OwnSampler(Sampler):
    def __iter__(self):
        return iter(of_chance())

    def __len__(self):
        return 37


class Stream(IterableDataset):
    def __iter__(self):
        return ((X[i], Y[i]) for i in of_chance())


class Scaled(nn.Module):
    """A loss with a weight of its own."""

    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(tg.ones(1))

    def forward(self, outputs, targets):
        return F.cross_entropy(outputs * self.scale, targets) + 0.1 * (self.scale**2).sum()


class OneWeight(nn.Module):
    """Its only parameter has the name that a file gives to an array."""

    def __init__(self):
        super().__init__()
        self.array = nn.Parameter(tg.zeros(4, 2))

    def forward(self, x):
        return F.dropout(x, 0.2, self.training) @ self.array


def make_model():
    return nn.Sequential(nn.Linear(4, 6), nn.Dropout(0.3), nn.Linear(6, 2))


def shuffled():
    return DataLoader((X, Y), 5, shuffle=True)


def with_own_loss():
    model, loss = make_model(), Scaled()
    return model, shuffled(), {"loss_fn": loss, "optimizer": Adam([*model.parameters(), *loss.parameters()], 0.05)}


def with_a_rate_as_a_tensor():
    model = make_model()
    return model, shuffled(), {"optimizer": Adam(model.parameters(), tg.tensor(0.01))}


CASES = {
    "a sampler of one's own": lambda: (make_model(), DataLoader((X, Y), 5, sampler=OwnSampler()), {}),
    "a sampler of one's own, workers": lambda: (
        make_model(),
        DataLoader(TensorDataset(X, Y), 5, sampler=OwnSampler(), num_workers=2, multiprocessing_context="thread"),
        {},
    ),
    "a stream": lambda: (make_model(), DataLoader(Stream(), 5), {}),
    "weights of the loss": with_own_loss,
    "a rate as a tensor": with_a_rate_as_a_tensor,
    "a parameter named array": lambda: (OneWeight(), shuffled(), {}),
}


@pytest.mark.parametrize("make", CASES.values(), ids=CASES)
def test_interrupted_twice_it_is_the_same(make, tmp_path):
    tg.manual_seed(1)
    model, data, options = make()
    whole = fit(model, data, epochs=3, **options)
    for seed, step in ((1, 3), (2, 13), (3, None)):
        tg.manual_seed(seed)
        again, data, options = make()
        killer = KilledAt(step, tmp_path / "run.npz")
        try:
            training = fit(again, data, epochs=3, checkpoint=tmp_path / "run.npz", callbacks=[killer], **options)
        except KilledError:
            assert step is not None
    assert training.history == whole.history
    for one, other in zip(model.parameters(), again.parameters(), strict=True):
        assert np.array_equal(one.array, other.array)


@pytest.mark.parametrize("make", [lambda: EarlyStopping("accuracy", patience=1), lambda: TimeBudget(1e-9)])
def test_a_run_that_was_stopped_stays_so(make, tmp_path):
    found = []
    for _ in range(2):
        tg.manual_seed(0)
        training = fit(make_model(), shuffled(), epochs=50, checkpoint=tmp_path / "run.npz", callbacks=[make()])
        assert training.stopped
        found.append((training.history, training.model[0].weight.tolist()))
    assert len(found[0][0]) < 50
    assert found[1] == found[0]


def test_a_callback_can_save_the_epoch_that_is_just_over(tmp_path):
    class Saves(Callback):
        def on_epoch(self, training):
            assert len(training.state_dict()["history"]) == training.epoch
            training.save(tmp_path / f"{training.epoch}.npz")

    tg.manual_seed(0)
    whole = fit(make_model(), shuffled(), epochs=3, callbacks=[Saves(), KeepBest("loss")])
    for epoch in (1, 2, 3):
        again, best = make_model(), KeepBest("loss")
        training = fit(again, shuffled(), epochs=3, checkpoint=tmp_path / f"{epoch}.npz", callbacks=[best])
        assert training.history == whole.history
        assert best.weights  # also where the best epoch was saved before KeepBest saw it
        for name, value in best.weights.items():
            assert np.array_equal(value, whole.model.state_dict()[name].array)


def test_weights_of_the_loss_must_fit(tmp_path):
    model, data, options = with_own_loss()
    fit(model, data, epochs=1, checkpoint=tmp_path / "run.npz", **options)
    with pytest.raises(CheckpointError, match="beside the model"):
        again = make_model()
        fit(again, shuffled(), epochs=2, optimizer=Adam(again.parameters()), checkpoint=tmp_path / "run.npz")


def test_a_mask_of_infinities_is_no_divergence(tmp_path):
    model = make_model()
    model.register_buffer("mask", tg.full((3, 3), -float("inf")).triu(1))
    fit(model, shuffled(), epochs=2, callbacks=[SaveCheckpoint(tmp_path / "run.npz")])
    model = make_model()
    model.register_buffer("mask", tg.full((3, 3), -float("inf")).triu(1))
    training = fit(model, shuffled(), epochs=2, checkpoint=tmp_path / "run.npz")
    assert len(training.history) == 2


def begun(path, **options):
    """Train until the middle of the first epoch."""
    with pytest.raises(KilledError):
        fit(make_model(), shuffled(), epochs=2, checkpoint=path, callbacks=[KilledAt(3, path)], **options)


def test_what_is_another_training_is_refused(tmp_path):
    path = tmp_path / "run.npz"
    begun(path)
    model = make_model()
    adam = Adam(model.parameters())
    cases = [
        ({"optimizer": SGD(model.parameters(), 0.1)}, "the optimizer Adam, and this training SGD"),
        ({"optimizer": adam, "schedule": StepLR(adam, 2)}, "the schedule NoneType, and this training StepLR"),
        ({"average": AveragedModel(model)}, "the average NoneType, and this training AveragedModel"),
        ({"metrics": {}}, r"counted \['accuracy', 'loss'\]; expected \['loss'\]"),
        ({"metrics": {"accuracy": accuracy, "one": lambda *_: 1.0}}, "expected .*'one'"),
        ({"data": DataLoader((X, Y), 7, shuffle=True)}, "3 batches of 5 into a pass, .* batches of 7"),
    ]
    for options, message in cases:
        with pytest.raises(CheckpointError, match=message):
            fit(model, **{"data": shuffled(), "epochs": 2, "checkpoint": path, **options})
