"""Runs that are killed, at any moment, or cannot write: the last checkpoint is whole, and leads to the same end."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import nn, training
from tinygrad_edu.optim import SGD
from tinygrad_edu.optim.lr_scheduler import CosineAnnealingLR
from tinygrad_edu.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from tinygrad_edu.system import files
from tinygrad_edu.training import Callback, CheckpointError, KeepBest, SaveCheckpoint, fit

EPOCHS = 4


class Killed(BaseException):
    """The process ended here."""


class Die(Callback):
    """End after a step, as SIGKILL would: nothing is saved any more."""

    def __init__(self, step):
        self.step = step

    def on_step(self, training):
        if training.steps == self.step:
            raise Killed


def points(generator):
    rng = np.random.default_rng(0)
    x = rng.standard_normal((50, 6)).astype(np.float32)
    return tg.data.DataLoader((x, (x[:, 0] > 0).astype(np.int64)), 8, shuffle=True, generator=generator)


def train(path, own_generator=False, **options):
    """Train a small network with everything that has a state: dropout, statistics, momentum, a schedule, an average."""
    tg.manual_seed(3)
    model = nn.Sequential(nn.Linear(6, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(0.3), nn.Linear(8, 2))
    optimizer = SGD(model.parameters(), 0.1, momentum=0.9)
    generator = tg.Generator().manual_seed(8) if own_generator else None
    options = {"callbacks": [KeepBest("loss", restore=False)], **options}
    return fit(
        model,
        points(generator),
        nn.functional.cross_entropy,
        optimizer,
        epochs=EPOCHS,
        validation=list(points(tg.Generator().manual_seed(1))),
        schedule=CosineAnnealingLR(optimizer, 28),
        accumulate=2,
        clip_norm=1.0,
        average=AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(0.9), use_buffers=True),
        checkpoint=path,
        **options,
    )


@pytest.mark.parametrize("ending", ["npz", "safetensors"])
@pytest.mark.parametrize("own_generator", [False, True])
def test_a_run_that_dies_anywhere_comes_to_the_same_file(tmp_path, monkeypatch, own_generator, ending):
    if ending == "safetensors":
        pytest.importorskip("safetensors")
    monkeypatch.setattr(SaveCheckpoint.__init__, "__defaults__", (0,))  # after each step
    whole, path = tmp_path / f"whole.{ending}", tmp_path / f"run.{ending}"
    expected = train(whole, own_generator)
    assert expected.steps == 4 * EPOCHS
    for step in (1, 2, 4, 7, 13, 16):  # each goes on where the one before has died; 4 and 16 are the ends of epochs
        with pytest.raises(Killed):
            train(path, own_generator, callbacks=[KeepBest("loss", restore=False), Die(step)])
        tg.rand(step)  # whatever else is drawn
    ended = train(path, own_generator)
    assert ended.history == expected.history
    assert path.read_bytes() == whole.read_bytes()
    assert [p.name for p in sorted(tmp_path.iterdir())] == [path.name, whole.name]


def test_without_the_place_or_the_random_state_it_would_not(tmp_path, monkeypatch):
    """The test above can fail: each part of the state is needed."""
    monkeypatch.setattr(SaveCheckpoint.__init__, "__defaults__", (0,))
    train(tmp_path / "whole.npz")
    for part in ("random", "place", "progress", "average", "optimizer"):
        path = tmp_path / f"{part}.npz"
        with pytest.raises(Killed):
            train(path, callbacks=[KeepBest("loss", restore=False), Die(6)])
        original = training.Training.load_state_dict

        def forgetful(self, state, part=part, original=original):
            original(self, {**state, part: self.state_dict()[part]})

        with monkeypatch.context() as patch:
            patch.setattr(training.Training, "load_state_dict", forgetful)
            train(path)
        assert path.read_bytes() != (tmp_path / "whole.npz").read_bytes(), part


@pytest.mark.parametrize("moment", ["written", "flushed", "renamed"])
def test_a_death_during_writing_leaves_the_file_before(tmp_path, monkeypatch, moment):
    path = tmp_path / "run.npz"
    with pytest.raises(Killed):
        train(path, callbacks=[Die(9)])
    before = path.read_bytes()

    def dies(*args, **options):
        raise Killed

    target = {"written": (np.lib.format, "write_array"), "flushed": (os, "fsync"), "renamed": (Path, "replace")}[moment]
    with monkeypatch.context() as patch:
        patch.setattr(*target, dies)
        patch.setattr(Path, "unlink", lambda *args, **options: None)  # who is killed cleans nothing up
        with pytest.raises(Killed):
            train(path)
    assert path.read_bytes() == before
    assert len(list(tmp_path.iterdir())) == 2  # and what was being written
    assert train(path).epoch == EPOCHS


def test_a_full_disk_leaves_the_file_before_and_says_so(tmp_path, monkeypatch):
    path = tmp_path / "run.npz"
    with pytest.raises(Killed):
        train(path, callbacks=[Die(9)])
    before = path.read_bytes()
    monkeypatch.setattr(files.os, "fsync", lambda number: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(OSError, match="No space left"):
        train(path)
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["run.npz"]


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="nothing is read-only to root")
def test_a_read_only_folder_leaves_the_file_before_and_says_so(tmp_path):
    path = tmp_path / "run.npz"
    with pytest.raises(Killed):
        train(path, callbacks=[Die(9)])
    before = path.read_bytes()
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(PermissionError):
            train(path)
    finally:
        tmp_path.chmod(0o700)
    assert path.read_bytes() == before


def test_another_training_s_file_is_refused_with_one_line(tmp_path):
    path = tmp_path / "run.npz"
    with pytest.raises(Killed):
        train(path, callbacks=[Die(3)])
    model = nn.Sequential(nn.Linear(6, 2))
    with pytest.raises(CheckpointError, match=r"cannot go on from this checkpoint: .*does not fit") as caught:
        fit(model, points(None), epochs=1, checkpoint=path)
    assert "\n" not in str(caught.value)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(CheckpointError, match="damaged") as caught:
        train(path)
    assert "\n" not in str(caught.value)


PROGRAM = "import sys; from tests.training.test_kill import keep_training; keep_training(sys.argv[1])"


def keep_training(path):
    """Train, saving after each step, so that many moments are within a write."""
    SaveCheckpoint.__init__.__defaults__ = (0,)
    train(path, callbacks=[KeepBest("loss", restore=False), Slow()])


class Slow(Callback):
    """Take a while over each step."""

    def on_step(self, training):
        time.sleep(0.01)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="kills as Unix does")
def test_fifty_deaths_by_sigkill(tmp_path, monkeypatch):
    monkeypatch.setattr(SaveCheckpoint.__init__, "__defaults__", (0,))
    train(tmp_path / "whole.npz")
    rng, path, finished, within_a_write = random.Random(0), tmp_path / "run.npz", 0, 0
    for _ in range(50):
        process = subprocess.Popen([sys.executable, "-c", PROGRAM, str(path)], cwd=Path(__file__).parents[2])
        deadline = time.monotonic() + 60
        begun = path.stat().st_mtime_ns if path.exists() else 0
        while process.poll() is None and time.monotonic() < deadline:  # until it has saved anew: it takes long to load
            if path.exists() and path.stat().st_mtime_ns != begun:
                break
            time.sleep(0.001)
        time.sleep(rng.uniform(0, 0.15))
        process.send_signal(signal.SIGKILL)
        process.wait()
        parts = list(tmp_path.glob(".*.part"))
        within_a_write += bool(parts)
        for part in parts:
            part.unlink()
        if path.exists() and train(copy_of(path, tmp_path)).epoch == EPOCHS:
            assert (tmp_path / "copy.npz").read_bytes() == (tmp_path / "whole.npz").read_bytes()
            finished += 1
        if process.returncode == 0:
            path.unlink()  # it was through: begin anew
    assert finished >= 45
    assert within_a_write > 0


def copy_of(path, folder):
    """Copy a checkpoint, so that the run in question goes on from the one it has."""
    copy = folder / "copy.npz"
    copy.write_bytes(path.read_bytes())
    return copy
