"""Random labels are learned by heart: right in training, a guess on images not seen."""

import pytest

from tinygrad_edu.labs import digits, memorizing


@pytest.fixture(scope="module")
def unseen():
    return digits.load(500, train=False)


def fit(share, unseen, cure, epochs=40):
    data, wrong = memorizing.labelled(200, share, seed=0)
    model, curve = memorizing.learn(data, unseen, epochs, 0.002, cure, seed=0)
    return data, wrong, model, curve


def test_true_labels_are_learned_and_random_ones_memorized(unseen):
    curves = {share: fit(share, unseen, memorizing.Cure())[3] for share in (0.0, 1.0)}
    assert all(curve[-1]["in training"] > 0.98 for curve in curves.values())
    assert curves[0.0][-1]["unseen"] > 0.6
    assert curves[1.0][-1]["unseen"] < 0.2
    fitted = [memorizing.epochs_to(curves[share], 0.95) for share in (0.0, 1.0)]
    assert fitted[0] < fitted[1]


def test_wrong_labels_are_repeated_unless_training_stops_early(unseen):
    repeated = []
    for epochs in (40, 3):
        data, wrong, model, _ = fit(0.4, unseen, memorizing.Cure(), epochs)
        repeated.append(digits.accuracy(model, (data[0][wrong], data[1][wrong])))
    assert repeated[0] > 0.9
    assert repeated[1] < 0.4


def test_how_many_labels_are_wrong():
    (_, given), wrong = memorizing.labelled(1000, 0.4, seed=1)
    right = digits.load(1000)[1].array
    assert (given.array != right).nonzero()[0].tolist() == wrong.tolist()
    assert 300 < len(wrong) < 420  # one in ten random labels happens to be right
    assert len(memorizing.labelled(1000, 0.0, seed=1)[1]) == 0


def test_epochs_that_it_took():
    curve = [{"epoch": i, "in training": share} for i, share in enumerate((0.5, 0.9, 0.8, 1.0), start=1)]
    assert memorizing.epochs_to(curve, 0.9) == 2
    assert memorizing.epochs_to(curve, 0.99) == 4
    assert memorizing.epochs_to(curve[:3], 0.99) == float("inf")
