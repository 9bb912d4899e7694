"""The training loop and the measures of how well it went."""

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import distributed, nn
from tinygrad_edu.data import DataLoader
from tinygrad_edu.nn import functional as F
from tinygrad_edu.optim import LBFGS, SGD
from tinygrad_edu.optim.lr_scheduler import LambdaLR, ReduceLROnPlateau
from tinygrad_edu.training import (
    DivergedError,
    PrintEpochs,
    accuracy,
    confusion_matrix,
    evaluate,
    f1_score,
    fit,
    predict,
    train_epoch,
)
from tinygrad_edu.training.processes import Processes


@pytest.fixture
def points():
    """Three clouds of points, 70 in all."""
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 3, 70)
    centers = np.array([[2, 0], [-1, 2], [-1, -2]])
    return (centers[labels] + 0.3 * rng.standard_normal((70, 2))).astype(np.float32), labels


def make_model():
    tg.manual_seed(0)
    return nn.Sequential(nn.Linear(2, 3))


def test_an_epoch_is_what_one_would_write_by_hand(points):
    model, twin = make_model(), make_model()
    loader = DataLoader(points, 16)
    progress = list(train_epoch(model, loader, F.cross_entropy, SGD(model.parameters(), 0.5)))
    losses, right = [], 0
    optimizer = SGD(twin.parameters(), 0.5)
    for x, y in loader:
        outputs = twin(x)
        loss = F.cross_entropy(outputs, y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item() * len(y))
        right += (outputs.argmax(dim=1) == y).sum().item()
    assert [p.batches for p in progress] == [1, 2, 3, 4, 5]
    assert [p.images for p in progress] == [16, 32, 48, 64, 70]
    assert progress[-1].loss == pytest.approx(sum(losses) / 70, rel=1e-12)
    assert progress[-1].accuracy == pytest.approx(right / 70)
    for trained, expected in zip(model.parameters(), twin.parameters(), strict=True):
        assert np.array_equal(trained.array, expected.array)


def test_it_learns(points):
    model = make_model()
    optimizer = SGD(model.parameters(), 0.5)
    for _ in range(5):
        for _ in train_epoch(model, DataLoader(points, 16, shuffle=True), F.cross_entropy, optimizer):
            pass
    assert evaluate(model, DataLoader(points, 64)) == 1.0


def test_the_schedule_goes_on_with_each_batch(points):
    optimizer = SGD(make_model().parameters(), 1.0)
    schedule = LambdaLR(optimizer, lambda step: 1 / (1 + step))
    for p in train_epoch(make_model(), DataLoader(points, 16), F.cross_entropy, optimizer, schedule):
        assert optimizer.param_groups[0]["lr"] == 1 / (1 + p.batches)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_divergence_is_an_error(points, bad):
    x, y = points
    x[20] = bad
    model = make_model()
    message = r"the loss of batch 2 is (nan|inf); use a smaller learning rate"
    with pytest.raises(DivergedError, match=message), np.errstate(all="ignore"):
        list(train_epoch(model, DataLoader((x, y), 16), F.cross_entropy, SGD(model.parameters(), 0.1)))


def test_what_would_train_nothing_is_an_error(points):
    model, other = make_model(), SGD(make_model().parameters(), 0.1)
    loader = DataLoader(points, 16)
    cases = [
        ({"optimizer": other}, "changes no parameter of the model"),
        ({"optimizer": SGD(model.parameters(), 0.1), "schedule": LambdaLR(other, lambda _: 1.0)}, "another optimizer"),
        ({"clip_norm": -1.0}, "clip_norm to be above 0"),
        ({"data": iter(loader)}, "no batch in epoch 2"),
        ({"data": []}, "no batch in epoch 1"),
        ({"data": [(tg.zeros(0, 2), tg.zeros(0, dtype=tg.int64))]}, "no batch in epoch 1, or empty ones"),
        ({"optimizer": (sgd := SGD(model.parameters(), 0.1)), "schedule": ReduceLROnPlateau(sgd)}, "add schedule_each"),
    ]
    for settings, message in cases:
        with pytest.raises(ValueError, match=message):
            fit(model, **{"data": loader, "epochs": 2, **settings})
    with pytest.raises(TypeError, match=r"pairs \(inputs, targets\)"):
        fit(model, points, epochs=1)


def test_what_no_step_could_be_made_with_is_an_error(points):
    model, loader = make_model(), DataLoader(points, 16)
    triples = DataLoader((*points, points[1]), 16)
    cases = [
        ({"data": triples}, r"pairs \(inputs, targets\), got a list of 3"),
        ({"validation": triples}, r"pairs \(inputs, targets\), got a list of 3"),
        ({"validation": DataLoader(points[0], 2)}, "got a Tensor"),
        ({"optimizer": SGD}, "expected an optimizer"),
        ({"optimizer": LBFGS(model.parameters())}, r"optimizer\.step\(closure\)"),
        ({"metrics": [accuracy]}, "functions by name"),
        ({"metrics": {"loss": accuracy}}, "none of them 'loss'"),
        ({"metrics": {"f1": f1_score}}, r"'f1' to return one number, got ndarray of shape \(3,\)"),
        ({"callbacks": PrintEpochs()}, "a list of callbacks"),
        ({"callbacks": [PrintEpochs]}, "a list of callbacks"),
    ]
    for settings, message in cases:
        with pytest.raises(TypeError, match=message):
            fit(model, **{"data": loader, "epochs": 2, **settings})


def test_a_metric_is_written_as_in_pytorch(points):
    """It is called with Tensors, on training and validation data, and may return one; what is noted is a number."""

    def share(outputs, targets):
        return (outputs.argmax(dim=1) == targets).float().mean()

    loader = DataLoader(points, 16)
    metrics = {"share": share, "largest": lambda outputs, _: outputs.max(), "accuracy": accuracy}
    for noted in fit(make_model(), loader, epochs=2, validation=loader, metrics=metrics).history:
        assert {type(value) for value in noted.values()} == {float}
        assert noted["share"] == pytest.approx(noted["accuracy"])
        assert noted["validation_share"] == pytest.approx(noted["validation_accuracy"])


def test_several_outputs_and_targets_are_those_of_one(points):
    """The number of examples is not that of the targets' names, also where the last batch is smaller."""

    class Two(nn.Module):
        def __init__(self):
            super().__init__()
            self.first = make_model()

        def forward(self, x):
            outputs = self.first(x)
            return outputs, {"twice": 2 * outputs}

    def loss(outputs, targets):
        return F.cross_entropy(outputs[0], targets["label"]) + 0 * outputs[1]["twice"].sum()

    pairs = [(x, {"label": y, "other": (y, 1.0)}) for x, y in zip(*points, strict=True)]
    several, one = DataLoader(pairs, 16), DataLoader(points, 16)
    found = fit(Two(), several, loss, epochs=2, validation=several, metrics={}, accumulate=2).history
    expected = fit(make_model(), one, epochs=2, validation=one, metrics={}, accumulate=2).history
    for entry, other in zip(found, expected, strict=True):
        assert entry == pytest.approx(other, rel=1e-5)


def test_evaluation_leaves_what_is_kept_from_training(points):
    model = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3))
    model[1].eval()
    evaluate(model, DataLoader(points, 16))
    assert [module.training for module in model.modules()] == [True, True, False]


def test_predicting_changes_nothing_and_records_nothing(points):
    model = nn.Sequential(nn.Linear(2, 3), nn.Dropout(0.5))
    before = [parameter.array.copy() for parameter in model.parameters()]
    outputs, targets = predict(model, DataLoader(points, 16))
    assert np.array_equal(outputs, model[0](tg.tensor(points[0])).detach().numpy())  # without dropout
    assert np.array_equal(targets, points[1])
    assert model.training
    assert all(np.array_equal(a, b.array) for a, b in zip(before, model.parameters(), strict=True))
    model.eval()
    predict(model, DataLoader(points, 16))
    assert not model.training
    with pytest.raises(ValueError, match="is the data set empty"):
        predict(model, [])


def test_accuracy_and_confusion():
    outputs = np.array([[0.9, 0.1, 0], [0.2, 0.7, 0.1], [0.1, 0.8, 0.1], [0, 0, 1]])
    targets = tg.tensor([0, 1, 2, 2])
    assert accuracy(outputs, targets) == 0.75
    assert accuracy(tg.tensor(outputs), targets) == 0.75
    assert confusion_matrix(outputs, targets).tolist() == [[1, 0, 0], [0, 1, 0], [0, 1, 1]]
    assert np.isnan(accuracy(np.zeros((0, 3)), []))
    for function in (accuracy, confusion_matrix):
        with pytest.raises(ValueError, match=r"got shapes \(4, 3\) and \(3,\)"):
            function(outputs, targets[:3])


def test_processes_take_their_parts_of_each_of_several_targets(monkeypatch):
    monkeypatch.setattr(distributed, "get_rank", lambda: 1)
    monkeypatch.setattr(distributed, "get_world_size", lambda: 3)
    processes = Processes(nn.Identity())
    inputs, targets = processes.part_of([tg.arange(8), {"a": tg.arange(8), "b": [tg.arange(8), tg.arange(8)]}])
    assert [x.tolist() for x in (inputs, targets["a"], *targets["b"])] == [[1, 4, 7]] * 4
