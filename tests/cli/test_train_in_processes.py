"""`mpiexec -n 4 tinygrad-edu train`: the weights of one process, one voice, and a checkpoint whatever happens."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from tests.mpi import MPIEXEC, needs_mpi
from tinygrad_edu.training import load_checkpoint

pytestmark = [pytest.mark.slow, needs_mpi]


def start(n, *options, cwd):
    command = [MPIEXEC, "-n", str(n), sys.executable, "-m", "tinygrad_edu", "train", *options]
    return subprocess.Popen(command, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def run(n, *options, cwd):
    process = start(n, *options, cwd=cwd)
    said, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors
    return said


def ranks(cwd):
    """Return the process numbers of a run's processes, the first that has a folder among the runs first."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and (entry / "cwd").resolve() == cwd.resolve():
                words = (entry / "cmdline").read_bytes().split(b"\0")
                if b"train" in words and b"mpiexec" not in words[0]:
                    found.append(int(entry.name))
        except OSError:
            continue
    return sorted(found)


def wait_for(path):
    end = time.monotonic() + 60
    while not path.exists():
        assert time.monotonic() < end, f"{path} was not written"
        time.sleep(0.05)


def test_the_weights_are_those_of_one_process(tmp_path):
    options = ("--limit", "2000", "--epochs", "1", "--no-report")
    said = {n: run(n, *options, "--out", f"of{n}", cwd=tmp_path) for n in (1, 4)}
    one, four = (load_checkpoint(next((tmp_path / f"of{n}").glob("*/weights.npz"))) for n in (1, 4))
    for name, array in one.weights.items():
        np.testing.assert_allclose(four.weights[name], array, rtol=0, atol=2e-5)  # in float32
    assert said[4].count("epoch 1/1") == 1
    first = {n: [line.split("test accuracy")[0] for line in text.splitlines()[:3]] for n, text in said.items()}
    assert first[4] == first[1]  # once, and of all images
    folders = {n: sorted(path.name for path in (tmp_path / f"of{n}").rglob("*")) for n in said}
    assert folders[4] == folders[1]


@pytest.mark.skipif(not Path("/proc/self/cwd").exists(), reason="it looks for processes in /proc")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_when_one_is_told_to_stop_or_dies_all_end_and_the_run_goes_on_later(tmp_path, number):
    options = ("--limit", "6000", "--epochs", "40", "--no-report", "--out", "runs", "--save-every", "0.2")
    process = start(3, *options, cwd=tmp_path)
    wait_for(tmp_path / "runs" / "mlp-epochs_40-limit_6000" / "weights.unfinished.npz")
    os.kill(ranks(tmp_path)[-1], number)
    process.communicate(timeout=60)
    assert process.returncode != 0
    folder = tmp_path / "runs" / "mlp-epochs_40-limit_6000"
    checkpoint = load_checkpoint(folder / "weights.unfinished.npz")
    said = run(2, "--resume", str(folder), "--epochs", str(checkpoint.epoch + 1), "--no-report", cwd=tmp_path)
    assert f"epoch {checkpoint.epoch + 1}/{checkpoint.epoch + 1}" in said
