"""The measures of a classifier, against their definitions."""

import numpy as np
import pytest

from tinygrad_edu.training import calibrate, f1_score, precision, recall, top_k_accuracy

OUTPUTS = np.eye(4)[[0, 0, 1, 1, 1, 2]]  # the answers; 3 is never one
TARGETS = np.array([0, 1, 1, 1, 2, 2])


def test_precision_recall_and_f1():
    assert precision(OUTPUTS, TARGETS)[:3] == pytest.approx([1 / 2, 2 / 3, 1])
    assert recall(OUTPUTS, TARGETS)[:3] == pytest.approx([1, 2 / 3, 1 / 2])
    assert f1_score(OUTPUTS, TARGETS)[:3] == pytest.approx([2 / 3, 2 / 3, 2 / 3])
    for share in (precision, recall, f1_score):
        assert np.isnan(share(OUTPUTS, TARGETS)[3])
    assert f1_score(OUTPUTS, np.array([0, 1, 1, 1, 2, 3]))[3] == 0  # it occurs and is never found


def test_top_k():
    scores = np.array([[3, 2, 1, 0], [0, 1, 2, 3], [1, 1, 1, 1.0]])
    targets = np.array([1, 1, 1])
    assert [top_k_accuracy(scores, targets, k) for k in (1, 2, 3, 4)] == pytest.approx([0, 2 / 3, 1, 1])
    assert np.isnan(top_k_accuracy(scores[:0], targets[:0], 1))
    with pytest.raises(ValueError, match="expected k from 1 to 4, the number of classes, got 5"):
        top_k_accuracy(scores, targets, 5)


def test_calibration_takes_what_the_others_take():
    with pytest.raises(ValueError, match=r"calibrate: .* got shapes \(6, 4\) and \(5,\)"):
        calibrate(OUTPUTS, TARGETS[:5])
    assert calibrate(OUTPUTS, TARGETS).error == pytest.approx(1 - 4 / 6)
