"""Several processes: what they say to each other, one model trained by all, and what happens when one of them fails."""

import re
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest

import tinygrad_edu as tg
from tests.mpi import MPIEXEC
from tinygrad_edu import distributed, nn
from tinygrad_edu.data import DistributedSampler

BEGINNING = """
import os, sys, signal
import numpy as np
import tinygrad_edu as tg
from tinygrad_edu import distributed, nn, optim
distributed.init_process_group()
rank, world = distributed.get_rank(), distributed.get_world_size()
"""


@pytest.fixture
def in_processes(tmp_path):
    """Return a function that runs a program in several processes; skip where there is no MPI."""
    if MPIEXEC is None:
        pytest.skip("MPI is not installed: pip install tinygrad-edu[mpi]")

    def run(n, text):
        program = tmp_path / "program.py"
        program.write_text(BEGINNING + textwrap.dedent(text))
        command = [MPIEXEC, "-n", str(n), sys.executable, str(program)]
        return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, cwd=tmp_path)

    return run


@pytest.mark.slow
def test_what_processes_say_to_each_other(in_processes):
    result = in_processes(
        3,
        """
        op = distributed.ReduceOp
        for dtype in (tg.float64, tg.float32, tg.float16, tg.int64):
            for how, expected in ((op.SUM, 6), (op.PRODUCT, 6), (op.MIN, 1), (op.MAX, 3), (op.AVG, 2)):
                x = tg.full((2, 3), rank + 1).to(dtype).T          # not in one piece
                distributed.all_reduce(x, how)
                assert x.dtype == dtype and (x == expected).all(), (dtype, how, x)
        sure = tg.tensor([rank == 1])
        distributed.all_reduce(sure, op.MAX)
        assert sure.dtype == tg.bool and sure.item()
        x = tg.tensor(float(rank))
        distributed.broadcast(x, src=2)
        assert x.item() == 2
        parts = [tg.zeros(2) for _ in range(world)]
        distributed.all_gather(parts, tg.tensor([rank, -rank]).float())
        assert [part.tolist() for part in parts] == [[0, 0], [1, -1], [2, -2]]
        empty = tg.zeros(0)
        distributed.all_reduce(empty)
        w = tg.ones(2, requires_grad=True)
        y = w * 2
        z = (y * y).sum()
        with tg.no_grad():
            distributed.all_reduce(y)
        try:
            z.backward()
        except tg.GraphError as error:
            assert "all_reduce has changed it in place" in str(error)
        else:
            raise AssertionError("what the way back needs was changed")
        distributed.barrier()
        if rank == 0:
            print("all is well")
    """,
    )
    assert (result.returncode, result.stdout) == (0, "all is well\n"), result.stderr


TRAINING = """
    tg.set_default_dtype(tg.float64)
    tg.manual_seed(100 + rank)                                     # the weights of process 0 count
    network = nn.Sequential(nn.Linear(5, 8), nn.Tanh(), nn.BatchNorm1d(8, affine=False).eval(), nn.Linear(8, 3))
    model = nn.parallel.DistributedDataParallel(network, bucket_cap_mb=250 / 2**20)   # several messages
    tg.manual_seed(7)
    x, y = tg.randn(64, 5), tg.randint(0, 3, (64,))
    optimizer = {optimizer}
    for step in range(50):
        optimizer.zero_grad()
        mine = slice(rank, None, world)
        nn.functional.cross_entropy(model(x[mine]), y[mine]).backward()
        optimizer.step()
    np.save(f"weights{{world}}-{{rank}}.npy", np.concatenate([p.array.ravel() for p in model.parameters()]))
"""


@pytest.mark.slow
@pytest.mark.parametrize("optimizer", ["SGD(model.parameters(), lr=0.1, momentum=0.9)", "Adam(model.parameters())"])
def test_all_together_take_the_steps_of_one(in_processes, tmp_path, optimizer):
    text = TRAINING.format(optimizer=f"optim.{optimizer}")
    for n in (1, 4):
        result = in_processes(n, text)
        assert result.returncode == 0, result.stderr
    alone = np.load(tmp_path / "weights1-0.npy")
    for rank in range(4):
        np.testing.assert_allclose(np.load(tmp_path / f"weights4-{rank}.npy"), alone, rtol=0, atol=1e-12)


@pytest.mark.slow
def test_a_training_comes_to_the_same_weights_whatever_the_sizes_of_the_parts(in_processes, tmp_path):
    """50 steps in float64 of batches of 10, the last of 3, over 4 processes; dropout apart, nothing is random."""
    text = """
        from tinygrad_edu.training import Training
        tg.set_default_dtype(tg.float64)
        tg.manual_seed(rank)
        model = nn.Sequential(nn.Linear(5, 8), nn.Tanh(), nn.Linear(8, 3))
        tg.manual_seed(7 + (rank == 0))                            # all are to take the order of process 0
        data = tg.utils.data.TensorDataset(tg.arange(315.0).reshape(63, 5).sin(), tg.arange(63) % 3)
        loader = tg.utils.data.DataLoader(data, 10, shuffle=True)
        optimizer = optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
        training = Training(model, loader, nn.functional.cross_entropy, optimizer, epochs=7, clip_norm=1.0).fit()
        assert training.steps == 49
        np.save(f"weights{world}-{rank}.npy", np.concatenate([p.array.ravel() for p in model.parameters()]))
        np.save(f"history{world}-{rank}.npy", [[e["loss"], e["accuracy"]] for e in training.history])
    """
    for n in (1, 4):
        result = in_processes(n, text)
        assert result.returncode == 0, result.stderr
    for what in ("weights", "history"):
        alone = np.load(tmp_path / f"{what}1-0.npy")
        for rank in range(4):
            np.testing.assert_allclose(np.load(tmp_path / f"{what}4-{rank}.npy"), alone, rtol=0, atol=1e-12)


@pytest.mark.slow
def test_what_gets_no_gradient_stays_as_it_is(in_processes):
    """A frozen weight and one that plays no part are not moved by a decay, as in one process; nor by an empty part."""
    result = in_processes(
        3,
        """
        from tinygrad_edu.training import Training
        tg.manual_seed(0)
        model = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2))
        model.spare = nn.Linear(2, 2)
        model.forward = lambda x: model[1](model[0](x))
        model[0].weight.requires_grad_(False)
        before = {name: p.detach().clone() for name, p in model.named_parameters()}
        optimizer = optim.SGD(model.parameters(), lr=0.1, weight_decay=0.1)
        data = [(tg.ones(2, 2), tg.tensor([0, 1]))]                # the third process has no example
        Training(model, data, nn.functional.cross_entropy, optimizer, epochs=2).fit()
        same = {name for name, p in model.named_parameters() if (p == before[name]).all()}
        assert same == {"0.weight", "spare.weight", "spare.bias"}, same
        assert model[0].weight.grad is None and model.spare.weight.grad is None
    """,
    )
    assert result.returncode == 0, result.stderr


@pytest.mark.slow
def test_the_program_of_the_guide(in_processes):
    program = Path(__file__).parents[1] / "docs" / "guides" / "several_processes.py"
    result = in_processes(
        2,
        f"""
        distributed.destroy_process_group()
        exec(open({str(program)!r}).read())
    """,
    )
    assert result.returncode == 0, result.stderr
    assert re.fullmatch(r"epoch 0: loss 0\.\d\d\nepoch 1: loss 0\.\d\d\n", result.stdout), result.stdout


@pytest.mark.slow
def test_a_gradient_that_does_not_come_is_told(in_processes):
    result = in_processes(
        2,
        """
        class Spare(nn.Module):
            def __init__(self):
                super().__init__()
                self.used, self.spare = nn.Linear(2, 1), nn.Linear(2, 1)

            def forward(self, x):
                return self.used(x)

        model = nn.parallel.DistributedDataParallel(Spare())
        model(tg.ones(1, 2)).sum().backward()
        model(tg.ones(1, 2))
    """,
    )
    assert result.returncode != 0
    assert "no gradient came to spare.weight, spare.bias in the last backward pass" in result.stderr


@pytest.mark.slow
def test_a_compiled_step_with_messages_is_refused(in_processes):
    """Otherwise each process would go on with its own gradients, if the first two calls were on the same numbers."""
    result = in_processes(
        2,
        """
        model = nn.parallel.DistributedDataParallel(nn.Linear(2, 1))
        tg.compile(lambda x: model(x).sum().backward())(tg.ones(1, 2))
    """,
    )
    assert result.returncode != 0
    assert "a message between processes is no part of a compiled or printed program" in result.stderr


@pytest.mark.slow
def test_gradients_gather_without_messages_inside_no_sync(in_processes):
    result = in_processes(
        2,
        """
        model = nn.parallel.DistributedDataParallel(nn.Linear(1, 1, bias=False))
        with model.no_sync():
            model(tg.full((1, 1), float(rank))).sum().backward()
        assert model.module.weight.grad.item() == rank
        model(tg.full((1, 1), 1.0)).sum().backward()
        assert model.module.weight.grad.item() == 1.5              # the average of 0 + 1 and 1 + 1
    """,
    )
    assert result.returncode == 0, result.stderr


@pytest.mark.slow
@pytest.mark.parametrize("end", ["raise ValueError('no more')", "os.kill(os.getpid(), signal.SIGKILL)"])
def test_when_one_process_fails_all_end(in_processes, end):
    result = in_processes(
        3,
        f"""
        if rank == 1:
            {end}
        distributed.barrier()
        print("went on")
    """,
    )
    assert result.returncode != 0
    assert "went on" not in result.stdout
    if "ValueError" in end:
        assert "ValueError: no more" in result.stderr
        assert "process 1 of 3 has failed; all are ended" in result.stderr


def test_each_process_takes_its_share():
    for n, drop_last in ((12, False), (13, False), (13, True), (2, False)):
        data = list(range(n))
        samplers = [DistributedSampler(data, num_replicas=4, rank=rank, drop_last=drop_last) for rank in range(4)]
        taken = [list(sampler) for sampler in samplers]
        assert [len(part) for part in taken] == [len(sampler) for sampler in samplers]
        assert len({len(part) for part in taken}) == 1
        seen = {i for part in taken for i in part}
        assert seen <= set(data)
        assert drop_last or seen == set(data)
        samplers[0].set_epoch(1)
        assert n < 12 or list(samplers[0]) != taken[0]
    assert list(DistributedSampler(range(5), 2, 1, shuffle=False)) == [1, 3, 0]
    with pytest.raises(ValueError, match="expected a rank from 0 to 1, got 2"):
        DistributedSampler(range(5), 2, 2)


def test_before_the_processes_have_joined():
    assert not distributed.is_initialized()
    for ask in (distributed.get_rank, distributed.get_world_size, distributed.barrier, distributed.get_backend):
        with pytest.raises(ValueError, match=r"call distributed\.init_process_group\(\) first"):
            ask()
    with pytest.raises(RuntimeError, match=r"call distributed\.init_process_group\(\) first"):
        nn.parallel.DistributedDataParallel(nn.Linear(2, 1))
    with pytest.raises(ValueError, match="expected the backend 'mpi', got 'nccl'"):
        distributed.init_process_group("nccl")


def test_without_mpi_it_says_what_to_install(monkeypatch):
    monkeypatch.setattr(distributed, "is_available", lambda: False)
    with pytest.raises(ModuleNotFoundError, match=r"pip install tinygrad-edu\[mpi\]"):
        distributed.init_process_group()


def test_a_hook_on_what_has_gathered():
    x, seen = tg.tensor([1.0, 2.0], requires_grad=True), []
    handle = x.register_post_accumulate_grad_hook(lambda leaf: seen.append((leaf is x, leaf.grad.tolist())))
    (x * 2).sum().backward()
    (x * 3).sum().backward()
    handle.remove()
    x.sum().backward()
    assert seen == [(True, [2, 2]), (True, [5, 5])]
    with pytest.raises(tg.GraphError, match="only leaves gather gradients; use register_hook"):
        (x * 2).register_post_accumulate_grad_hook(print)
