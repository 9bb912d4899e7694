"""What is done beside training: each callback alone, in short trainings."""

import csv
import itertools
import json

import numpy as np
import pytest
import tqdm.auto

import tinygrad_edu as tg
from tinygrad_edu import nn
from tinygrad_edu.data import DataLoader
from tinygrad_edu.nn import functional as F
from tinygrad_edu.optim import SGD, Adam
from tinygrad_edu.optim.lr_scheduler import ReduceLROnPlateau, StepLR
from tinygrad_edu.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from tinygrad_edu.training import (
    Callback,
    EarlyStopping,
    HistoryFiles,
    KeepBest,
    PrintEpochs,
    ProgressBar,
    TimeBudget,
    Training,
    callbacks,
    fit,
    top_k_accuracy,
    train_epoch,
)

rng = np.random.default_rng(0)
X = rng.standard_normal((30, 4)).astype(np.float32)
Y = (X[:, 0] > 0).astype(np.int64)


def make_model():
    tg.manual_seed(0)
    return nn.Linear(4, 2)


def train(*used, model=None, epochs=3, lr=0.1, **options):
    model = model or make_model()
    return fit(model, DataLoader((X, Y), 10), F.cross_entropy, SGD(model.parameters(), lr), epochs=epochs,
               callbacks=used, **options)  # fmt: skip


def test_fit_is_what_one_would_write_by_hand():
    training, twin = (
        train(validation=DataLoader((X, Y), 30), metrics={"top1": lambda o, t: top_k_accuracy(o, t, 1)}),
        make_model(),
    )
    optimizer = SGD(twin.parameters(), 0.1)
    for epoch in range(3):
        losses, right = [], []
        for i in range(0, 30, 10):
            outputs = twin(tg.tensor(X[i : i + 10]))
            loss = F.cross_entropy(outputs, tg.tensor(Y[i : i + 10]))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
            right.append((outputs.array.argmax(1) == Y[i : i + 10]).mean())
        noted = training.history[epoch]
        assert list(noted) == ["loss", "top1", "validation_loss", "validation_top1"]
        assert noted["loss"] == pytest.approx(np.mean(losses))
        assert noted["top1"] == pytest.approx(np.mean(right))
        assert noted["validation_loss"] == pytest.approx(F.cross_entropy(twin(tg.tensor(X)), tg.tensor(Y)).item())
    assert np.array_equal(training.model.weight.array, twin.weight.array)
    assert (training.epoch, training.steps, training.stopped) == (3, 9, "")


def test_targets_that_are_no_classes():
    model = nn.Linear(4, 1)
    training = fit(model, [(tg.tensor(X), tg.tensor(X[:, :1]))], F.mse_loss, epochs=20, metrics={},
                   validation=[(tg.tensor(X), tg.tensor(X[:, :1]))])  # fmt: skip
    assert list(training.history[0]) == ["loss", "validation_loss"]
    assert training.history[-1]["loss"] < training.history[0]["loss"]


def test_the_gradient_gathered_over_batches_is_that_of_all_of_them_as_one():
    """Also of a last group that is smaller, and of batches of several sizes."""
    sizes = [(0, 10), (10, 14), (14, 24), (24, 30)]
    batches = [(tg.tensor(X[a:b]), tg.tensor(Y[a:b])) for a, b in sizes]
    groups = [(tg.tensor(X[a:b]), tg.tensor(Y[a:b])) for a, b in ((0, 24), (24, 30))]
    results = []
    for loader, accumulate in ((batches, 3), (groups, 1)):
        model = make_model().double()
        loader = [(x.double(), y) for x, y in loader]
        progress = list(train_epoch(model, loader, F.cross_entropy, Adam(model.parameters()), accumulate=accumulate))
        assert [p.images for p in progress] == [24, 30]
        results.append((model.weight.array, progress[-1].loss))
    assert np.allclose(results[0][0], results[1][0], rtol=1e-12)
    assert results[0][1] == pytest.approx(results[1][1])


def test_a_long_gradient_is_shortened():
    norms = []

    class Look(Callback):
        def on_step(self, training):
            norms.append(np.sqrt(sum((p.grad.array**2).sum() for p in training.model.parameters())))

    train(Look(), clip_norm=0.05)
    assert max(norms) == pytest.approx(0.05, rel=1e-4)


@pytest.mark.parametrize("each, steps", [("step", 9), ("epoch", 3)])
def test_a_schedule_goes_on_each_step_or_each_epoch(each, steps):
    model = make_model()
    optimizer = SGD(model.parameters(), 1.0)
    fit(model, DataLoader((X, Y), 10), optimizer=optimizer, epochs=3, schedule=StepLR(optimizer, 1, 0.5),
        schedule_each=each)  # fmt: skip
    assert optimizer.param_groups[0]["lr"] == 0.5**steps
    with pytest.raises(ValueError, match="expected schedule_each to be 'step' or 'epoch', got 'week'"):
        train(schedule_each="week")
    with pytest.raises(ValueError, match="expected epochs to be a whole number from 1 up, got 0"):
        train(epochs=0)


def test_a_plateau_is_watched():
    model = make_model()
    optimizer = SGD(model.parameters(), 0.0)
    fit(model, DataLoader((X, Y), 10), optimizer=optimizer, epochs=4, schedule_each="epoch",
        schedule=ReduceLROnPlateau(optimizer, patience=1, eps=0))  # fmt: skip
    assert optimizer.param_groups[0]["lr"] == 0
    model = make_model()
    optimizer = SGD(model.parameters(), 1e-9)
    fit(model, DataLoader((X, Y), 10), optimizer=optimizer, epochs=4, schedule_each="epoch",
        schedule=ReduceLROnPlateau(optimizer, patience=1, eps=0))  # fmt: skip
    assert optimizer.param_groups[0]["lr"] == pytest.approx(1e-10)


def test_the_average_is_what_is_evaluated():
    model = make_model()
    average = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(0.9))
    whole = [(tg.tensor(X), tg.tensor(Y))]
    training = train(model=model, average=average, validation=whole)
    assert training.used_model is average.module
    assert not np.array_equal(average.module.weight.array, model.weight.array)
    expected = F.cross_entropy(average.module(tg.tensor(X)), tg.tensor(Y)).item()
    assert training.history[-1]["validation_loss"] == pytest.approx(expected)


class Losses(Callback):
    """Write into the history what a validation might have found."""

    def __init__(self, *values):
        self.values = iter(values)

    def on_epoch(self, training):
        training.history[-1]["validation_loss"] = next(self.values)
        training.model.bias.array[:] = training.epoch


def test_early_stopping_and_the_best_weights():
    used = Losses(3, 2, 4, float("nan"), 5, 1), EarlyStopping(patience=3), KeepBest()
    training = train(*used, epochs=9)
    assert training.epoch == 5
    assert training.stopped == "validation_loss has not been better than in epoch 2 for 3 epochs"
    assert training.model.bias.array.tolist() == [2, 2]
    with pytest.raises(ValueError, match="nothing is noted as 'loss of hair'; expected one of loss, accuracy"):
        train(EarlyStopping("loss of hair"))
    assert callbacks.best_epoch([{"accuracy": x} for x in (0.1, 0.9, 0.9)], "accuracy") == 2


def test_a_time_budget_ends_an_epoch_early_and_counts_the_time_before(monkeypatch):
    clock = itertools.count()
    monkeypatch.setattr(callbacks.time, "monotonic", lambda: next(clock))
    budget = TimeBudget(3.5)
    training = train(budget, epochs=5)
    assert 0 < training.steps < 15
    assert training.stopped == "the time of 3.5 s is over"
    assert len(training.history) == -(-training.steps // 3)
    later = TimeBudget(3.5)
    later.load_state_dict(budget.state_dict())
    assert train(later, epochs=5).steps == 1


def test_the_history_in_two_files(tmp_path):
    training = train(HistoryFiles(tmp_path))
    with (tmp_path / "history.csv").open() as file:
        rows = list(csv.DictReader(file))
    lines = [json.loads(line) for line in (tmp_path / "history.jsonl").read_text().splitlines()]
    for number, (row, line, noted) in enumerate(zip(rows, lines, training.history, strict=True), start=1):
        assert {name: float(value) for name, value in row.items()} == line == {"epoch": number, **noted}
    assert len(list(tmp_path.iterdir())) == 2


def test_a_bar_and_lines(monkeypatch, capsys):
    bars = []

    class Bar(tqdm.auto.tqdm):
        def __init__(self, **options):
            super().__init__(**options | {"disable": False, "mininterval": 0})
            bars.append(self)

    monkeypatch.setattr(tqdm.auto, "tqdm", Bar)
    train(ProgressBar(), PrintEpochs(), epochs=2)
    output = capsys.readouterr()
    assert [(bar.n, bar.total, bar.desc) for bar in bars] == [(3, 3, "epoch 1/2"), (3, 3, "epoch 2/2")]
    assert "loss 0." in output.err
    assert [line.split("   ")[0] for line in output.out.splitlines()] == ["epoch 1/2", "epoch 2/2"]
    assert "training accuracy" in output.out


def test_an_epoch_can_be_left_and_gone_on_with():
    model, twin = make_model(), make_model()
    loader, other = (DataLoader((X, Y), 10, shuffle=True, generator=tg.Generator().manual_seed(1)) for _ in range(2))
    left, whole = (
        Training(m, data, F.cross_entropy, SGD(m.parameters(), 0.1), epochs=2)
        for m, data in ((model, loader), (twin, other))
    )
    for progress in left.train_epoch():
        if progress.batches == 2:
            break
    assert left.epoch == 0
    left.fit()
    whole.fit()
    assert left.history == whole.history
    assert np.array_equal(model.weight.array, twin.weight.array)
