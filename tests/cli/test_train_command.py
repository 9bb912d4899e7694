"""`tinygrad-edu train` in its short form, interrupted and resumed."""

import os
import re
import signal
import subprocess
import sys
from functools import partial

import numpy as np
import pytest
from tqdm import tqdm

from tinygrad_edu.autograd.gradcheck import ParameterCheck
from tinygrad_edu.cli import main
from tinygrad_edu.training import Run, load_checkpoint, run

SHORT = ["train", "--limit", "200", "--hidden", "16", "--epochs", "2", "--batch-size", "20"]


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def interrupt(monkeypatch, epoch, batch):
    """Let Ctrl-C be pressed when a batch of an epoch (both from 1) has been learned."""
    seen = {"epochs": 0}
    original = run.train_epoch

    def train_epoch(*args):
        seen["epochs"] += 1
        for progress in original(*args):
            yield progress
            if (seen["epochs"], progress.batches) == (epoch, batch):
                raise KeyboardInterrupt

    monkeypatch.setattr(run, "train_epoch", train_epoch)


@pytest.mark.parametrize("recipe", ["mlp", "classic"])
def test_training_reports_saves_and_checks(recipe, capsys, tmp_path):
    assert main([*SHORT, "--recipe", recipe]) == 0
    output = capsys.readouterr()
    assert output.err == ""  # no progress bar where there is no terminal
    lines = output.out.splitlines()
    assert lines[0].startswith(f"{recipe}: 784-16-10, ")
    assert lines[1] == "200 training images, 10,000 test images, 12,730 weights and biases, seed 0"
    for epoch in (1, 2):
        pattern = r"loss \d\.\d{4}   training accuracy +\d+\.\d\d%   test accuracy +\d+\.\d\d%   \d+\.\d s"
        assert re.fullmatch(rf"epoch {epoch}/2   {pattern}", lines[1 + epoch])
    assert re.fullmatch(r"test accuracy   \d+\.\d\d%", lines[4])
    assert re.match(r"gradient check  PASS \(below 1e-06\): \d+ parameters", lines[5])
    assert re.fullmatch(r"time            \d+\.\d s", lines[6])
    assert lines[7] == f"weights         {'runs'}/{recipe}.npz"
    assert lines[8] == f"try next        tinygrad-edu predict runs/{recipe}.npz mnist:0 --show"
    assert len(lines) == 9
    assert [path.name for path in (tmp_path / "runs").iterdir()] == [f"{recipe}.npz"]
    with np.load(tmp_path / "runs" / f"{recipe}.npz", allow_pickle=False) as file:
        assert file["weights/1.weight"].shape == (16, 784)


def test_options_reach_the_recipe(tmp_path, capsys):
    options = (
        "--recipe mlp --epochs 1 --batch-size 50 --lr 0.03 --optimizer momentum --hidden 8 4 --activation tanh "
        "--init xavier --seed 7 --limit 100 --out here/there"
    )
    assert main(["train", *options.split()]) == 0
    recipe = load_checkpoint(tmp_path / "here" / "there" / "mlp.npz").recipe
    assert (recipe.epochs, recipe.batch_size, recipe.lr, recipe.optimizer) == (1, 50, 0.03, "momentum")
    assert (recipe.hidden, recipe.activation, recipe.init) == ((8, 4), "tanh", "xavier")
    assert (recipe.seed, recipe.limit) == (7, 100)


def test_another_optimizer_brings_its_own_learning_rate(capsys, tmp_path):
    main(["train", "--limit", "20", "--epochs", "1", "--hidden", "--optimizer", "sgd"])
    assert "sgd, lr 0.1 (" in capsys.readouterr().out
    recipe = load_checkpoint(tmp_path / "runs" / "mlp.npz").recipe
    assert (recipe.lr, recipe.hidden) == (0.1, ())


def test_the_same_seed_gives_the_same_file(tmp_path, capsys):
    for out, seed in (("a", 0), ("b", 0), ("c", 1)):
        main([*SHORT, "--seed", str(seed), "--out", out])
    a, b, c = ((tmp_path / out / "mlp.npz").read_bytes() for out in "abc")
    assert a == b != c


@pytest.mark.parametrize("epoch", [1, 2])
def test_ctrl_c_saves_and_the_run_resumes_to_the_same_file(epoch, tmp_path, capsys, monkeypatch):
    assert main([*SHORT, "--out", "whole"]) == 0
    with monkeypatch.context() as patch:
        interrupt(patch, epoch, batch=4)
        assert main(SHORT) == 130
    where = "the beginning" if epoch == 1 else "the end of epoch 1"
    unfinished = os.path.join("runs", "mlp.unfinished.npz")  # noqa: PTH118 - as it is printed
    assert capsys.readouterr().err == (
        f"Interrupted in epoch {epoch}; the network as it stands was saved in {unfinished}. To go on from {where}: "
        f"tinygrad-edu train --resume {unfinished}\n"
    )
    assert load_checkpoint(unfinished).epoch == epoch - 1
    assert main(["evaluate", unfinished]) == 0
    assert main(["train", "--resume", unfinished]) == 0
    assert f"Resumed after epoch {epoch - 1}." in capsys.readouterr().out
    assert [path.name for path in (tmp_path / "runs").iterdir()] == ["mlp.npz"]
    assert (tmp_path / "runs" / "mlp.npz").read_bytes() == (tmp_path / "whole" / "mlp.npz").read_bytes()


def test_an_interrupted_run_leaves_the_weights_of_an_earlier_one_alone(tmp_path, monkeypatch, capsys):
    main(SHORT)
    before = (tmp_path / "runs" / "mlp.npz").read_bytes()
    interrupt(monkeypatch, epoch=1, batch=1)
    assert main([*SHORT, "--seed", "5"]) == 130
    assert (tmp_path / "runs" / "mlp.npz").read_bytes() == before


@pytest.mark.skipif(sys.platform == "win32", reason="sends a signal as a Unix terminal does")
def test_a_real_ctrl_c():
    process = subprocess.Popen(
        [sys.executable, "-m", "tinygrad_edu", "train", "--limit", "500", "--epochs", "100000"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    for line in process.stdout:
        if line.startswith("epoch      2/100000"):
            process.send_signal(signal.SIGINT)
            break
    _, error = process.communicate(timeout=60)
    assert process.returncode == 130
    assert re.match(
        r"Interrupted in epoch \d+; the network as it stands was saved in runs.mlp\.unfinished\.npz\.", error
    )
    assert error.count("\n") == 1
    assert load_checkpoint("runs/mlp.unfinished.npz").epoch >= 2


def test_a_finished_run_can_be_made_longer(capsys):
    main([*SHORT, "--recipe", "classic"])
    main([*SHORT, "--recipe", "classic", "--epochs", "3", "--out", "whole"])
    assert main(["train", "--resume", "runs/classic.npz", "--epochs", "3"]) == 0
    with open("runs/classic.npz", "rb") as longer, open("whole/classic.npz", "rb") as whole:  # noqa: PTH123
        assert longer.read() == whole.read()
    capsys.readouterr()
    assert main(["train", "--resume", "runs/classic.npz", "--epochs", "2"]) == 2
    assert "has 3 epochs behind it already, more than 2" in capsys.readouterr().err
    assert main(["train", "--resume", "runs/classic.npz"]) == 0  # nothing left to do but to check and report
    assert "epoch 3/3" not in capsys.readouterr().out


def test_resuming_from_something_else(tmp_path, capsys):
    (tmp_path / "other.npz").write_bytes(b"PK\x05\x06" + bytes(18))
    assert main(["train", "--resume", "other.npz"]) == 2
    assert capsys.readouterr().err.startswith("tinygrad-edu train: error: other.npz is not a checkpoint")


def test_divergence_is_said_and_ends_with_1(capsys):
    arguments = ["--recipe", "mlp", "--optimizer", "sgd", "--lr", "1e30", "--limit", "300"]
    assert main(["train", *arguments]) == 1
    error = capsys.readouterr().err
    assert re.fullmatch(r"tinygrad-edu train: training has diverged: the loss of batch \d is (nan|inf); .*\n", error)


def test_wrong_gradients_fail(monkeypatch, capsys):
    wrong = ParameterCheck(2e-6, "1.weight[0, 0]: backward gives 1, differences give 2", 200, 0)
    monkeypatch.setattr("tinygrad_edu.cli.train.check_parameters", lambda *args, **kwargs: wrong)
    assert main(SHORT) == 1
    assert (
        "gradient check  FAIL (below 1e-06): 200 parameters: largest relative error 2.0e-06" in capsys.readouterr().out
    )


def test_zero_weights_do_not_learn(capsys):
    main(["train", "--init", "zeros", "--limit", "200", "--epochs", "2"])
    assert re.search(r"test accuracy   1[01]\.\d\d%", capsys.readouterr().out)


def test_a_progress_bar_on_a_terminal(monkeypatch, capsys):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    monkeypatch.setattr("tinygrad_edu.cli.train.tqdm", partial(tqdm, mininterval=0))
    main(SHORT)
    error = capsys.readouterr().err
    assert "epoch 1/2:" in error
    assert re.search(r"loss \d\.\d{4}, accuracy \d+\.\d\d%", error)
    assert error.endswith("\r")  # it cleans up behind itself


def test_a_folder_that_cannot_be_written_is_known_before_training(tmp_path, capsys, monkeypatch):
    (tmp_path / "runs").write_text("a file")
    monkeypatch.setattr(Run, "train_epoch", lambda self: pytest.fail("it trained"))
    assert main(SHORT) == 2
    assert "File exists: 'runs'" in capsys.readouterr().err
