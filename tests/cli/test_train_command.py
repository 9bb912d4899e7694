"""`tinygrad-edu train` in its short form, interrupted and resumed."""

import re
import signal
import subprocess
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import tqdm

from tinygrad_edu.autograd.gradcheck import ParameterCheck
from tinygrad_edu.cli import main
from tinygrad_edu.optim import Adam
from tinygrad_edu.training import Run, load_checkpoint, load_record, loop, save_checkpoint

WITH_REPORT = ["train", "--limit", "200", "--hidden", "16", "--epochs", "2", "--batch-size", "20"]
SHORT = [*WITH_REPORT, "--no-report"]  # which takes most of the time

FILES = ["config.toml", "history.csv", "history.jsonl", "record.npz", "weights.npz"]  # in the folder of a run

NAME = "mlp-hidden_16-batch_size_20-epochs_2-limit_200"


def weights_in(folder):
    """Return the one file of weights in the folders of runs below `folder`."""
    (path,) = Path(folder).glob("*/weights.npz")
    return path


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.fixture(autouse=True)
def ctrl_c_works():
    """Let Ctrl-C do what it does in a terminal: a shell lets what it starts in the background ignore it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def interrupt(monkeypatch, epoch, batch):
    """Let Ctrl-C be pressed when a batch of an epoch (both from 1) has been learned."""
    seen = {"epochs": 0}
    original = loop.train_epoch

    def train_epoch(*args, **options):
        seen["epochs"] += 1
        for progress in original(*args, **options):
            if (seen["epochs"], progress.batches) == (epoch, batch):
                signal.raise_signal(signal.SIGINT)
            yield progress

    monkeypatch.setattr(loop, "train_epoch", train_epoch)


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
    path = weights_in("runs")
    assert lines[7] == f"weights         {path}"
    assert lines[8] == f"try next        tinygrad-edu predict {path.parent} mnist:0 --show"
    assert len(lines) == 9
    assert path.parent.name.startswith(f"{recipe}-hidden_16-")
    assert sorted(path.name for path in path.parent.iterdir()) == FILES
    with np.load(path, allow_pickle=False) as file:
        assert file["weights/1.weight"].shape == (16, 784)


def test_the_last_thing_it_does_is_a_report(capsys):
    pytest.importorskip("matplotlib")
    assert main(WITH_REPORT) == 0
    folder = weights_in("runs").parent
    lines = capsys.readouterr().out.splitlines()
    assert lines[7:9] == [f"weights         {folder}/weights.npz", f"report          {folder}/report.html"]
    assert (folder / "report.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert sorted(path.name for path in folder.iterdir()) == sorted([*FILES, "figures", "report.html"])
    assert len(list((folder / "figures").glob("*.svg"))) == 12


def test_without_matplotlib_it_names_the_extra_and_goes_on(capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    assert main(WITH_REPORT) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[8] == (
        "report          none: it needs Matplotlib, which is not installed; pip install 'tinygrad-edu[report]'"
    )
    assert lines[9].startswith("try next ")
    assert not list(Path("runs").rglob("*.html"))


def test_a_run_whose_record_is_gone_can_be_gone_on_with(capsys, monkeypatch):
    with monkeypatch.context() as patch:
        interrupt(patch, epoch=2, batch=4)
        assert main(SHORT) == 130
    record = Path("runs", NAME, "record.npz")
    record.unlink()
    assert main(["train", "--no-report", "--resume", f"runs/{NAME}"]) == 0
    assert load_record(record).steps.tolist() == list(range(15, 21))
    record.write_bytes(b"hello")
    capsys.readouterr()
    assert main(["train", "--no-report", "--resume", f"runs/{NAME}", "--epochs", "3"]) == 2
    assert "record.npz is not a record of `tinygrad-edu train`" in capsys.readouterr().err


def test_options_reach_the_recipe(tmp_path, capsys):
    options = (
        "--recipe mlp --epochs 1 --batch-size 50 --lr 0.03 --optimizer momentum --hidden 8 4 --activation tanh "
        "--init xavier --seed 7 --limit 100 --out here/there --no-report"
    )
    assert main(["train", *options.split()]) == 0
    recipe = load_checkpoint(weights_in("here/there")).recipe
    assert (recipe.epochs, recipe.batch_size, recipe.lr, recipe.optimizer) == (1, 50, 0.03, "momentum")
    assert (recipe.hidden, recipe.activation, recipe.init) == ((8, 4), "tanh", "xavier")
    assert (recipe.seed, recipe.limit) == (7, 100)


def test_another_optimizer_brings_its_own_learning_rate(capsys, tmp_path):
    main(["train", "--limit", "20", "--epochs", "1", "--hidden", "--optimizer", "sgd", "--no-report"])
    assert "sgd, lr 0.1 (" in capsys.readouterr().out
    recipe = load_checkpoint(weights_in("runs")).recipe
    assert (recipe.lr, recipe.hidden) == (0.1, ())


def test_the_same_seed_gives_the_same_file(tmp_path, capsys):
    for out, seed in (("a", 0), ("b", 0), ("c", 1)):
        main([*SHORT, "--seed", str(seed), "--out", out])
    for name in ("weights.npz", "record.npz"):
        a, b, c = (weights_in(out).with_name(name).read_bytes() for out in "abc")
        assert a == b != c


@pytest.mark.parametrize("epoch", [1, 2])
def test_ctrl_c_saves_and_the_run_resumes_to_the_same_file(epoch, tmp_path, capsys, monkeypatch):
    assert main([*SHORT, "--out", "whole"]) == 0
    with monkeypatch.context() as patch:
        interrupt(patch, epoch, batch=4)
        assert main(SHORT) == 130
    folder = Path("runs") / NAME
    unfinished = folder / "weights.unfinished.npz"
    assert capsys.readouterr().err == (
        f"Interrupted in epoch {epoch}; the network as it stands was saved in {unfinished}. To go on from there: "
        f"tinygrad-edu train --resume {folder}\n"
    )
    assert load_checkpoint(unfinished).epoch == epoch - 1
    assert load_checkpoint(unfinished).state["progress"]["batches"] == 4
    assert main(["evaluate", str(folder)]) == 0
    assert main(["train", "--resume", str(folder if epoch == 1 else unfinished), "--no-report"]) == 0
    assert f"Resumed after epoch {epoch - 1} and 4 batches." in capsys.readouterr().out
    assert sorted(path.name for path in folder.iterdir()) == FILES
    for name in ("weights.npz", "record.npz"):
        assert (folder / name).read_bytes() == weights_in("whole").with_name(name).read_bytes()


def test_nothing_is_overwritten(capsys, tmp_path):
    quick = ["train", "--no-report", "--limit", "20", "--epochs", "1", "--hidden"]
    first = "mlp-hidden_none-epochs_1-limit_20"
    kept = {}
    for arguments, name in [
        (quick, first),
        (quick, f"{first}-2"),
        ([*quick, "--seed", "3"], f"{first}-seed_3"),
        ([*quick, "4", "5", "--init", "xavier"], "mlp-hidden_4_5-init_xavier-epochs_1-limit_20"),
        ([*quick, *["1"] * 60], ("mlp-hidden" + "_1" * 60)[:100]),
        ([*quick, *["1"] * 60], ("mlp-hidden" + "_1" * 60)[:100] + "-2"),
        (["train", "--no-report", "--resume", f"runs/{first}", "--epochs", "2"], "mlp-hidden_none-epochs_2-limit_20"),
        (["train", "--no-report", "--resume", f"runs/{first}", "--out", "other"], first),
    ]:
        assert main(arguments) == 0
        now = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
        assert kept.items() <= now.items()
        new = sorted(set(now) - set(kept))
        assert [(path.parent.name, path.name) for path in new] == [(name, file) for file in FILES]
        kept = now


def test_an_interrupted_run_leaves_the_weights_of_an_earlier_one_alone(monkeypatch, capsys):
    main(SHORT)
    path = weights_in("runs")
    before = path.read_bytes()
    interrupt(monkeypatch, epoch=1, batch=1)
    assert main(SHORT) == 130
    assert path.read_bytes() == before
    assert sorted(folder.name for folder in Path("runs").iterdir()) == [NAME, f"{NAME}-2"]


def run_together(*commands):
    """Run commands at the same time, each in a process of its own, and return what each wrote to stderr."""
    processes = [
        subprocess.Popen([sys.executable, "-m", "tinygrad_edu", *arguments], stderr=subprocess.PIPE, text=True,
                         stdout=subprocess.DEVNULL)
        for arguments in commands
    ]  # fmt: skip
    errors = [process.communicate(timeout=120)[1] for process in processes]
    assert [process.returncode for process in processes] == [0] * len(commands), errors
    return errors


def test_two_runs_at_once_into_one_folder(monkeypatch, capsys):
    assert run_together(SHORT, SHORT) == ["", ""]
    first, second = sorted(Path("runs").iterdir())
    assert (first.name, second.name) == (NAME, f"{NAME}-2")
    assert (first / "weights.npz").read_bytes() == (second / "weights.npz").read_bytes()
    with monkeypatch.context() as patch:
        interrupt(patch, epoch=1, batch=1)
        assert main([*SHORT, "--out", "broken"]) == 130
    resume = ["train", "--no-report", "--resume", f"broken/{NAME}"]
    assert run_together(resume, resume) == ["", ""]
    assert sorted(path.name for path in Path("broken", NAME).iterdir()) == FILES
    assert weights_in("broken").read_bytes() == (first / "weights.npz").read_bytes()


@pytest.mark.skipif(sys.platform == "win32", reason="sends a signal as a Unix terminal does")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_real_signal(number):
    process = subprocess.Popen(
        [sys.executable, "-m", "tinygrad_edu", "train", "--limit", "500", "--epochs", "100000"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: [signal.signal(n, signal.SIG_DFL) for n in (number, signal.SIGINT)],  # nohup ignores one
    )
    for line in process.stdout:
        if line.startswith("epoch      2/100000"):
            process.send_signal(number)
            break
    _, error = process.communicate(timeout=60)
    assert process.returncode == 128 + number
    folder = "runs/mlp-epochs_100000-limit_500"
    assert re.match(rf"Interrupted in epoch \d+; the network as it stands was saved in {folder}/weights\.unf", error)
    assert error.endswith(f"{sys.executable} -m tinygrad_edu train --resume {folder}\n")
    assert error.count("\n") == 1
    assert load_checkpoint(f"{folder}/weights.unfinished.npz").epoch >= 2


def test_a_signal_stops_after_the_step(monkeypatch, capsys):
    original = loop.train_epoch

    def train_epoch(*args, **options):
        for progress in original(*args, **options):
            if progress.batches == 3:
                signal.raise_signal(signal.SIGTERM)
            assert progress.batches < 4
            yield progress

    monkeypatch.setattr(loop, "train_epoch", train_epoch)
    assert main(SHORT) == 128 + signal.SIGTERM
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL
    assert load_checkpoint(Path("runs", NAME, "weights.unfinished.npz")).state["progress"]["batches"] == 3


def test_a_second_signal_stops_in_the_middle_of_a_step(monkeypatch, capsys):
    assert main([*SHORT, "--out", "whole"]) == 0
    original, steps = Adam.step, iter(range(20))

    def step(self):
        if next(steps) == 13:
            original(self)  # half a step: the weights are changed, and nothing else
            signal.raise_signal(signal.SIGINT)
            signal.raise_signal(signal.SIGINT)
        original(self)

    with monkeypatch.context() as patch:
        patch.setattr(Adam, "step", step)
        assert main(SHORT) == 130
    state = load_checkpoint(Path("runs", NAME, "weights.unfinished.npz")).state
    assert (len(state["history"]), state["progress"]["batches"]) == (1, 0)  # what was whole last
    assert main(["train", "--resume", f"runs/{NAME}", "--no-report"]) == 0
    assert weights_in("runs").read_bytes() == weights_in("whole").read_bytes()


def test_a_finished_run_can_be_made_longer(capsys):
    main([*SHORT, "--recipe", "classic"])
    main([*SHORT, "--recipe", "classic", "--epochs", "3", "--out", "whole"])
    short = weights_in("runs").parent
    assert main(["train", "--resume", str(short), "--epochs", "3", "--no-report"]) == 0
    (longer,) = set(Path("runs").iterdir()) - {short}
    assert longer.name == "classic-hidden_16-batch_size_20-epochs_3-limit_200"
    for name in ("weights.npz", "record.npz"):
        assert (longer / name).read_bytes() == weights_in("whole").with_name(name).read_bytes()
    capsys.readouterr()
    assert main(["train", "--resume", str(longer), "--epochs", "2"]) == 2
    assert "has 3 epochs behind it already, more than 2" in capsys.readouterr().err
    before = sorted(Path("runs").rglob("*"))
    assert main(["train", "--resume", str(longer)]) == 0  # nothing left to do but to check and report
    output = capsys.readouterr().out
    assert "epoch 3/3" not in output
    assert "The run is finished, after epoch 3; to go on, ask for more epochs with --epochs.\n" in output
    assert sorted(Path("runs").rglob("*")) == before


def test_going_on_with_a_foreign_state_gets_one_line(capsys):
    main([*SHORT, "--epochs", "1"])
    path = weights_in("runs")
    checkpoint = load_checkpoint(path)
    state = {**checkpoint.state, "optimizer": {"0": {"momentum_buffer": np.zeros((16, 784), np.float32)}}}
    save_checkpoint(replace(checkpoint, state=state), path)
    assert main(["train", "--resume", str(path), "--epochs", "2"]) == 2
    error = capsys.readouterr().err
    assert error.startswith("tinygrad-edu train: error: training cannot go on from this checkpoint: ")
    assert error.count("\n") == 1


def test_resuming_from_something_else(tmp_path, capsys):
    (tmp_path / "other.npz").write_bytes(b"PK\x05\x06" + bytes(18))
    assert main(["train", "--resume", "other.npz"]) == 2
    assert capsys.readouterr().err.startswith("tinygrad-edu train: error: other.npz is not a checkpoint")


def test_divergence_is_said_and_ends_with_1(capsys):
    arguments = ["--recipe", "mlp", "--optimizer", "sgd", "--lr", "1e30", "--limit", "300"]
    assert main(["train", *arguments]) == 1
    error = capsys.readouterr().err
    (record,) = Path("runs").glob("*/record.npz")
    assert load_record(record).steps.tolist() == [0, 1]  # what was seen may tell why
    assert re.fullmatch(r"tinygrad-edu train: training has diverged: the loss of batch \d is (nan|inf); .*\n", error)


def test_wrong_gradients_fail(monkeypatch, capsys):
    wrong = ParameterCheck(2e-6, "1.weight[0, 0]: backward gives 1, differences give 2", 200, 0)
    monkeypatch.setattr("tinygrad_edu.cli.train.check_parameters", lambda *args, **kwargs: wrong)
    assert main(SHORT) == 1
    said = capsys.readouterr()
    assert "gradient check  FAIL (below 1e-06): 200 parameters: largest relative error 2.0e-06" in said.out
    assert said.err == "tinygrad-edu train: the gradients are wrong; see `gradient check` above\n"


def test_zero_weights_do_not_learn(capsys):
    main(["train", "--init", "zeros", "--limit", "200", "--epochs", "2", "--no-report"])
    assert re.search(r"test accuracy   1[01]\.\d\d%", capsys.readouterr().out)


def test_a_progress_bar_on_a_terminal(monkeypatch, capsys):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(tqdm, "auto", SimpleNamespace(tqdm=partial(tqdm.tqdm, mininterval=0)), raising=False)
    monkeypatch.setitem(sys.modules, "tqdm.auto", tqdm.auto)
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
