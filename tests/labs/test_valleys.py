"""Momentum carries descent over a barrier that is lower than the start, and may carry it back."""

import numpy as np
import pytest

from tinygrad_edu.labs import valleys

ESCAPES = {1.6: [], 2.0: [0.9, 0.95], 2.4: [0.8, 0.95]}


def test_which_momentum_escapes_from_where():
    rows = valleys.run(seeds=1, random_starts=2).tables[0].rows
    found = {start: [row["momentum"] for row in rows if row["start"] == start and row["escapes"]] for start in ESCAPES}
    assert found == ESCAPES


@pytest.mark.parametrize("momentum", [0.0, 0.5, 0.9, 0.98])
def test_what_starts_lower_than_the_barrier_stays(momentum):
    starts = np.linspace(valleys.BARRIER + 0.01, 1.85, 50)[:, None]
    assert (valleys.cost(starts) < valleys.cost(np.array([valleys.BARRIER]))).all()
    ends = valleys.descend(starts, 0.03, momentum, 300)[-1]
    assert not valleys.in_the_deepest(ends).any()


def test_plain_descent_never_changes_the_valley_and_momentum_does_now_and_then():
    rows = valleys.run(seeds=1, momenta=(0.0, 0.9), random_starts=300).tables[1].effect()
    plain, rolling = rows[0], rows[1]
    assert plain["got in"] == plain["got out"] == (0, 0, 0)
    assert 0.03 < rolling["got in"][0] < 0.2
    assert 0.01 < rolling["got out"][0] < rolling["got in"][0]


def test_the_landmarks_have_no_slope():
    x = np.array([valleys.WRONG, valleys.BARRIER, valleys.DEEP])
    assert np.allclose(4 * x**3 - 8 * x + 1, 0, atol=0.01)


def test_friction_takes_energy():
    way = valleys.descend([[2.0]], 0.001, 0.98, 400)[:, 0]
    energy = valleys.energy(way, 0.001)
    assert (np.diff(energy) < 0.1).all()
    assert energy[-1] < energy[0] - 3
